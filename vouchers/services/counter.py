"""What a clerk does at the counter of the own provider. Pages and API go through here; stories do not."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Resident, Role, User
from accounts.refusals import Refused
from accounts.selectors import kept_entry
from accounts.stamps import Stamp
from ledger.models import Transfer
from vouchers.models import Programme, Provider, Voucher
from vouchers.selectors import redemptions_at
from vouchers.services.claims import Claim, decide, key_given, look, redemption_key
from vouchers.services.redeeming import NoSuchRedemption, Row, accept, reverse
from vouchers.services.visiting import visits_of
from vouchers.visits import Bill


class NoProvider(Refused):
    code = "no_provider"
    sentence = _("Your sign-in belongs to no provider yet. The city administrator can say which one is yours.")


class NoSuchVoucher(Refused):
    code = "no_such_voucher"
    sentence = _("There is no voucher with the number %(number)s. Check each character.")


class NoSuchResident(Refused):
    code = "no_such_resident"
    sentence = _("Nobody has the resident number %(number)s. Check each character.")


class NoSuchProgramme(Refused):
    code = "no_such_programme"
    sentence = _("There is no programme %(programme)s.")


class DayAhead(Refused):
    code = "day_ahead"
    sentence = _("%(day)s has not come yet. Give the day on which the voucher was used.")


class Owner(NamedTuple):
    """A voucher by its number, whose it is, and of which programme."""

    voucher: str
    resident: str
    programme: str


class Redemption(NamedTuple):
    """What was taken, all parties by number or code; ``replayed`` says that an earlier call made it."""

    key: str
    voucher: str
    resident: str
    programme: str
    provider: str
    fen: int
    day: date
    booked_on: date
    period: date
    reversed_on: date | None
    replayed: bool


def provider_of(clerk: User) -> Provider:
    """Return the provider this clerk acts for. Raises NoProvider."""
    provider = Provider.objects.filter(clerks__user=clerk).first()
    if provider is None:
        raise NoProvider
    return provider


def voucher_shown(number: str) -> Voucher:
    """Return the voucher of this number: whoever can show it may use it. Raises NoSuchVoucher."""
    voucher = Voucher.objects.select_related("resident", "programme").filter(number=number.upper()).first()
    if voucher is None:
        raise NoSuchVoucher(number=number)
    return voucher


def check_shown(*, clerk: User, number: str, fen: int, day: date, stamp: Stamp, bill: Bill | None = None) -> None:
    """Raise what would stand in the way of ``redeem_shown``, a used key aside. Nothing is written."""
    claim = _claim_on(voucher_shown(number), provider=provider_of(clerk), fen=fen, day=day, key="", bill=bill)
    refuse_days_ahead(day, stamp=stamp)
    candidates = look(claim, as_of=stamp.as_of)
    decide(claim, candidates, visit=visits_of([claim], rules=[candidates[0].visits])[0], booked_on=stamp.booked_on)


def redeem_shown(
    *, clerk: User, number: str, fen: int, day: date, key: str, stamp: Stamp, bill: Bill | None = None
) -> Redemption:
    """Take ``fen`` from the voucher of this number.

    Raises NoProvider, NoSuchVoucher, DayAhead, and whatever ``redeem`` raises.
    """
    provider, voucher = provider_of(clerk), voucher_shown(number)
    claim = _claim_on(voucher, provider=provider, fen=fen, day=day, key=key, bill=bill)
    return _take(claim, voucher=voucher, stamp=stamp)


def redeem_for(
    *,
    clerk: User,
    resident_number: str,
    programme_code: str,
    fen: int,
    day: date,
    key: str,
    stamp: Stamp,
    bill: Bill | None = None,
) -> Redemption:
    """Take ``fen`` from the voucher that a resident has in use on ``day`` under a programme.

    Raises NoProvider, NoSuchResident, NoSuchProgramme, DayAhead, and whatever ``redeem`` raises.
    """
    provider = provider_of(clerk)
    resident = Resident.objects.filter(number=resident_number.upper()).with_merge().first()
    if resident is None:
        raise NoSuchResident(number=resident_number)
    if resident.is_merged:
        resident = kept_entry(resident)
    programme = Programme.objects.filter(code=programme_code).first()
    if programme is None:
        raise NoSuchProgramme(programme=programme_code)
    claim = Claim(
        resident=resident,
        programme=programme,
        provider=provider,
        fen=fen,
        day=day,
        key=redemption_key(key),
        bill=bill,
    )
    return _take(claim, voucher=None, stamp=stamp)


def redemption_known_to(user: User, *, key: str) -> Redemption:
    """Return the redemption of this key, for the provider that made it or for who may read the books it touches.

    Raises NoProvider or NoSuchRedemption.
    """
    at_the_counter = user.role == Role.PROVIDER_CLERK
    rows = redemptions_at(provider_of(user)) if at_the_counter else Transfer.objects.visible_to(user)
    row = rows.filter(key=redemption_key(key)).select_related("credit", "reversed_by").first()
    if row is None:
        raise NoSuchRedemption
    return _told(row, replayed=False)


@transaction.atomic
def reverse_here(*, clerk: User, key: str, day: date, stamp: Stamp) -> Transfer:
    """Give back what a redemption of the own provider took, whole.

    Raises NoProvider, NoSuchRedemption (also for another provider's), DayAhead or AlreadyReversed.
    """
    if not redemptions_at(provider_of(clerk)).filter(key=redemption_key(key)).exists():
        raise NoSuchRedemption
    refuse_days_ahead(day, stamp=stamp)
    return reverse(key=key, day=day, stamp=stamp)


def _claim_on(voucher: Voucher, *, provider: Provider, fen: int, day: date, key: str, bill: Bill | None) -> Claim:
    return Claim(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=day,
        key=redemption_key(key),
        voucher_id=voucher.pk,
        bill=bill,
    )


def _take(claim: Claim, *, voucher: Voucher | None, stamp: Stamp) -> Redemption:
    refuse_days_ahead(claim.day, stamp=stamp)
    row, replayed = accept(claim=claim, stamp=stamp)
    if replayed or voucher is None:
        return _told(row, replayed=replayed)
    return redemption(row, of=_owner(voucher), provider=claim.provider.code, replayed=False)


def _told(row: Transfer, *, replayed: bool) -> Redemption:
    voucher = Voucher.objects.select_related("resident", "programme").get(pk=row.subject or 0)
    reversal: Transfer | None = getattr(row, "reversed_by", None)
    return redemption(
        row,
        of=_owner(voucher),
        provider=row.credit.party,
        reversed_on=reversal.occurred_on if reversal else None,
        replayed=replayed,
    )


def _owner(voucher: Voucher) -> Owner:
    return Owner(voucher.number, voucher.resident.number, voucher.programme.code)


def redemption(
    row: Transfer | Row, *, of: Owner, provider: str, replayed: bool, reversed_on: date | None = None
) -> Redemption:
    """Return what a row of the ledger took from a voucher."""
    return Redemption(
        key=key_given(row.key),
        voucher=of.voucher,
        resident=of.resident,
        programme=of.programme,
        provider=provider,
        fen=row.fen,
        day=row.occurred_on,
        booked_on=row.booked_on,
        period=row.period,
        reversed_on=reversed_on,
        replayed=replayed,
    )


def refuse_days_ahead(day: date, *, stamp: Stamp) -> None:
    """Raise DayAhead for a day later than the one it would be recorded on."""
    if day > stamp.booked_on:
        raise DayAhead(day=day)
