"""An answer as of one day, as known on another, with both days in the sentence."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.models import SUSPENSE, Authority, Residence
from accounts.words import day_in_words, in_words, yuan_in_figures
from vouchers.models import EndReason
from vouchers.services.knowing import KnownVoucher, Times


def home_in_words(spell: Residence | None, *, name: str, times: Times) -> str:
    """Say where somebody lives as of one day, as known on another."""
    if spell is None:
        text = _("As of %(as_of)s, by what was known on %(known_on)s, no residence of %(name)s in the area is known.")
    elif spell.confirmed:
        text = _("As of %(as_of)s, by what was known on %(known_on)s, %(name)s lives in %(district)s.")
    else:
        text = _(
            "As of %(as_of)s, by what was known on %(known_on)s, %(name)s lives in %(district)s, which has not "
            "confirmed it yet."
        )
    return text % {**_days(times), "name": name, "district": in_words(spell.district) if spell else ""}


def voucher_in_words(known: KnownVoucher, *, names: Mapping[str, Authority]) -> str:
    """Say who pays for a voucher and what is left on it, as of one day, as known on another."""
    amounts = {"left": yuan_in_figures(known.remaining_fen), "amount": yuan_in_figures(known.amount_fen)}
    if known.payer == SUSPENSE:
        text = _(
            "As of %(as_of)s, by what was known on %(known_on)s, the city pays until a district has confirmed, and "
            "%(left)s of %(amount)s yuan are left."
        )
    else:
        text = _(
            "As of %(as_of)s, by what was known on %(known_on)s, %(payer)s pays, and %(left)s of %(amount)s yuan are "
            "left."
        )
    return text % {**_days(known.times), **amounts, "payer": in_words(names[known.payer])}


def status_in_words(known: KnownVoucher) -> str:
    return str(EndReason(known.end.reason).label) if known.end else _("Active")


def _days(times: Times) -> dict[str, str]:
    return {"as_of": day_in_words(times.as_of), "known_on": day_in_words(times.known_on)}
