"""What one resident can be given, and why not something else. Pages and API issue through here; stories do not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Resident
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.eligibility import age_on
from vouchers.life_ends import Cut, end_of
from vouchers.models import Programme, Voucher
from vouchers.services.issuing import AlreadyIssued, Offer, issue, overlapping
from vouchers.services.lives import cuts_of, refusal_of, refuse_cut_off
from vouchers.services.planning import entitlement_of


class NotOfAge(Refused):
    code = "not_of_age"
    sentence = _("%(resident)s is %(age)s years old on %(day)s, and %(programme)s is for other ages.")


class BirthdayUnknown(Refused):
    code = "birthday_unknown"
    sentence = _("The day of birth of %(resident)s is not known, and %(programme)s is for certain ages only.")


class ProgrammeOver(Refused):
    code = "programme_over"
    sentence = _("%(programme)s ended on %(day)s. The city administrator can open the next one.")


class Offering(NamedTuple):
    """One programme for one resident; ``hindrance`` says what stands in the way, if anything."""

    programme: Programme
    hindrance: Refused | None


def offerings_for(*, resident: Resident, day: date) -> list[Offering]:
    """Return every programme in order of its code, each with what keeps the resident from it on ``day``."""
    held = list(Voucher.objects.filter(resident=resident).select_related("programme", "ending"))
    cuts = cuts_of([resident.pk]).get(resident.pk, ())
    return [
        Offering(programme, _hindrance(Offer.of(programme), resident=resident, held=held, cuts=cuts, day=day))
        for programme in Programme.objects.order_by("code")
    ]


@transaction.atomic
def issue_to_eligible(*, resident: Resident, offer: Offer, stamp: Stamp) -> Voucher:
    """Issue one voucher to somebody the programme is for.

    Raises ProgrammeOver, NotOfAge, BirthdayUnknown or AlreadyIssued.
    """
    if offer.valid_until <= stamp.booked_on:
        raise ProgrammeOver(programme=offer.programme, day=offer.valid_until)
    if refusal := refusal_by_age(offer, resident=resident):
        raise refusal
    return issue(
        resident=resident,
        programme=offer.programme,
        stamp=stamp,
        fen=offer.fen,
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
    )


def check_offer(*, resident: Resident, offer: Offer, stamp: Stamp) -> None:
    """Raise what issuing would raise now."""
    refuse_cut_off(resident=resident, window=offer.window, as_of=stamp.as_of)
    if refusal := refusal_by_age(offer, resident=resident):
        raise refusal
    if other := overlapping([resident.pk], offer=offer).get(resident.pk):
        raise AlreadyIssued(resident=resident.name, number=other.number, programme=offer.programme)


def refusal_by_age(offer: Offer, *, resident: Resident) -> Refused | None:
    """Return why the resident is not of the programme's age on the first day of the window, or None."""
    if offer.fits(resident):
        return None
    if resident.born_on is None:
        return BirthdayUnknown(resident=resident.name, programme=offer.programme)
    age = age_on(offer.valid_from, born_on=resident.born_on)
    return NotOfAge(resident=resident.name, age=age, day=offer.valid_from, programme=offer.programme)


def _hindrance(
    offer: Offer, *, resident: Resident, held: Iterable[Voucher], cuts: Iterable[Cut], day: date
) -> Refused | None:
    programme = offer.programme
    if programme.valid_until <= day:
        return ProgrammeOver(programme=programme, day=programme.valid_until)
    if cut := end_of(valid_from=offer.valid_from, valid_until=offer.valid_until, cuts=cuts, as_of=day):
        return refusal_of(cut, resident=resident)
    if refusal := refusal_by_age(offer, resident=resident):
        return refusal
    for voucher in held:
        overlaps = voucher.valid_from < offer.valid_until and entitlement_of(voucher).end > offer.valid_from
        if voucher.programme_id == programme.pk and overlaps:
            return AlreadyIssued(resident=resident.name, number=voucher.number, programme=programme)
    return None
