"""A plan and its terms in words, for those who check it by hand."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.words import day_in_words, joined, yuan_in_figures
from vouchers.count_days import DEFAULT_DAY, USUAL_COUNT_DAYS
from vouchers.explaining import Tail
from vouchers.models import CostRule
from vouchers.portability import Entitlement

#: By basis. ``used`` is what was used before the day; amounts in yuan.
TAILS: dict[str, str | Promise] = {
    "whole": _("%(day)s is the first day of the voucher: the whole of it, %(fen)s yuan, is borne from here on."),
    "days": _("On %(day)s %(part)s of %(whole)s days are left: %(borne)s × %(part)s ÷ %(whole)s = %(fen)s yuan."),
    "count_days": _(
        "On %(day)s %(part)s of %(whole)s count days are left: %(borne)s × %(part)s ÷ %(whole)s = %(fen)s yuan."
    ),
    "first_payer": _("On %(day)s nothing moves on: the first payer bears it all."),
    "use": _("Before %(day)s %(used)s yuan had been used: %(borne)s − %(used)s = %(fen)s yuan."),
    "nothing": _("On %(day)s it is over: nothing is left to bear."),
}


def tail_in_words(tail: Tail) -> str:
    return str(TAILS[tail.basis]) % {
        "day": day_in_words(tail.day),
        "part": tail.part,
        "whole": tail.whole,
        "borne": yuan_in_figures(tail.borne_fen),
        "used": yuan_in_figures(tail.borne_fen - tail.part),
        "fen": yuan_in_figures(tail.fen),
    }


def rule_in_words(entitlement: Entitlement) -> str:
    """Name the rule, its parameters, and what there is to share."""
    amounts = {
        "amount": yuan_in_figures(entitlement.amount_fen),
        "returned": yuan_in_figures(entitlement.returned_fen),
        "borne": yuan_in_figures(entitlement.borne_fen),
    }
    rule = _("Cost rule: %(rule)s.") % {"rule": CostRule(entitlement.cost_rule).label}
    shared = (
        _("To share: %(amount)s − %(returned)s yuan that went back = %(borne)s yuan.")
        if entitlement.returned_fen
        else _("To share: %(borne)s yuan.")
    )
    counts = count_days_in_words(entitlement.count_days) if entitlement.cost_rule == CostRule.MONTHLY else ""
    return joined(str(rule), counts, str(shared) % amounts)


def count_days_in_words(count_days: Mapping[str, int]) -> str:
    days = count_days or USUAL_COUNT_DAYS
    usual = _("Pupils are counted on day %(day)s of a month.") % {"day": days.get("default", DEFAULT_DAY)}
    others = [
        _("In month %(month)s it is day %(day)s.") % {"month": month, "day": day}
        for month, day in sorted(days.items())
        if month != "default"
    ]
    return joined(str(usual), *map(str, others))
