"""What a clerk does at the counter of the own provider. Pages and API redeem and reverse through here; stories do not."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Resident, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import kinds
from ledger.models import Transfer
from vouchers import events
from vouchers.models import Programme, Provider, Voucher
from vouchers.services.redeeming import Accepted, Claim, NoSuchRedemption, accept, redemption_key, reverse


class NoProvider(Refused):
    code = "no_provider"
    sentence = _("Your sign-in belongs to no provider. The city administrator can assign one.")


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


def redeem_shown(*, clerk: User, number: str, fen: int, day: date, key: str, stamp: Stamp) -> Accepted:
    """Take ``fen`` from the voucher of this number.

    Raises NoProvider, NoSuchVoucher, DayAhead, and whatever ``redeem`` raises.
    """
    provider, voucher = provider_of(clerk), voucher_shown(number)
    claim = Claim(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=day,
        key=redemption_key(key),
        voucher_id=voucher.pk,
    )
    return _accept(claim, stamp=stamp)


def redeem_for(
    *, clerk: User, resident_number: str, programme_code: str, fen: int, day: date, key: str, stamp: Stamp
) -> Accepted:
    """Take ``fen`` from the voucher that a resident has in use on ``day`` under a programme.

    Raises NoProvider, NoSuchResident, NoSuchProgramme, DayAhead, and whatever ``redeem`` raises.
    """
    provider = provider_of(clerk)
    resident = Resident.objects.filter(number=resident_number.upper()).first()
    if resident is None:
        raise NoSuchResident(number=resident_number)
    programme = Programme.objects.filter(code=programme_code).first()
    if programme is None:
        raise NoSuchProgramme(programme=programme_code)
    claim = Claim(
        resident=resident, programme=programme, provider=provider, fen=fen, day=day, key=redemption_key(key)
    )
    return _accept(claim, stamp=stamp)


def redemptions_at(provider: Provider) -> QuerySet[Transfer]:
    """Return what was redeemed at a provider, newest first."""
    here = Transfer.objects.filter(
        event=events.REDEEM.code, credit__kind=kinds.PAYABLE.code, credit__party=provider.code
    )
    return here.order_by("-pk")


@transaction.atomic
def reverse_here(*, clerk: User, key: str, day: date, stamp: Stamp) -> Transfer:
    """Give back what a redemption of the own provider took, whole.

    Raises NoProvider, NoSuchRedemption (also for another provider's), DayAhead or AlreadyReversed.
    """
    if not redemptions_at(provider_of(clerk)).filter(key=redemption_key(key)).exists():
        raise NoSuchRedemption
    _refuse_days_ahead(day, stamp=stamp)
    return reverse(key=key, day=day, stamp=stamp)


def _accept(claim: Claim, *, stamp: Stamp) -> Accepted:
    _refuse_days_ahead(claim.day, stamp=stamp)
    return accept(claim=claim, stamp=stamp)


def _refuse_days_ahead(day: date, *, stamp: Stamp) -> None:
    if day > stamp.booked_on:
        raise DayAhead(day=day)
