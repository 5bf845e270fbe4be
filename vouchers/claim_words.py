"""Claims and their differences in the words of the provider who sent them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.words import day_in_words, in_words, yuan_in_figures
from ledger.break_reasons import LINES_AWAITED
from vouchers import claim_matching as matching
from vouchers.models import ClaimDifference, Programme
from vouchers.services.comparing import Cell

#: What the provider can do about each class of difference.
ADVICE: dict[str, Promise] = {
    matching.MISSING_HERE: gettext_lazy("We have no redemption of this number. Redeem the voucher, or take it out."),
    matching.MISSING_THERE: gettext_lazy("You redeemed this and do not claim it. Add it, or reverse the redemption."),
    matching.AMOUNT_DIFFERS: gettext_lazy("The amount is not the one you redeemed. Correct it in your file."),
    matching.DAY_DIFFERS: gettext_lazy("The day is not the one you redeemed it for. Correct it in your file."),
    matching.WRONG_PROGRAMME: gettext_lazy("It was redeemed under another programme, or you may not claim this one."),
    matching.DUPLICATE: gettext_lazy("The same number stands in your file before. Take the second one out."),
    matching.LATE: gettext_lazy("It was never redeemed and the deadline for it is over. The city decides about it."),
    matching.PROVIDER_SUSPENDED: gettext_lazy("Payments for this day are suspended. The city decides about it."),
    matching.AFTER_DEATH: gettext_lazy("It is said to be after the holder's death. Check the day and the person."),
    LINES_AWAITED.code: gettext_lazy("The totals of this day differ. Send the lines of this day."),
}


def number_of(one: ClaimDifference) -> str:
    """Return the number of the redemption, or an en dash where a whole day differs."""
    key = one.evidence["theirs"].get("key") or one.evidence["ours"].get("key")
    return str(key or "–")


def what_to_do(one: ClaimDifference) -> str:
    return str(ADVICE[one.reason])


def day_in_a_sentence(cell: Cell, *, programme: Programme) -> str:
    """Say what either side has of one day: "4 May 2026, Education: you claim 2 (130.00 yuan), our books have …"."""
    said: dict[str, Any] = {
        "day": day_in_words(cell.day),
        "programme": in_words(programme),
        "theirs": cell.theirs_number,
        "theirs_yuan": yuan_in_figures(cell.theirs_fen),
        "ours": cell.ours_number,
        "ours_yuan": yuan_in_figures(cell.ours_fen),
    }
    if (cell.theirs_number, cell.theirs_fen) == (cell.ours_number, cell.ours_fen):
        return _("%(day)s, %(programme)s: number and amount agree, but not all numbers of redemptions.") % said
    return (
        _(
            "%(day)s, %(programme)s: claimed %(theirs)s services, %(theirs_yuan)s yuan; "
            "in our books %(ours)s, %(ours_yuan)s yuan."
        )
        % said
    )
