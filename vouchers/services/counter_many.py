"""A provider's list of redemptions, such as a till sends in one call: each is accepted or refused on its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from accounts.bulk import among
from accounts.models import Resident, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.models import Transfer
from vouchers.models import Programme, Provider, Voucher
from vouchers.services.claims import Claim, redemption_key
from vouchers.services.counter import (
    NoSuchProgramme,
    NoSuchResident,
    NoSuchVoucher,
    Redemption,
    provider_of,
    refuse_days_ahead,
)
from vouchers.services.redeeming import Accepted
from vouchers.services.redeeming_many import accept_many


class Slip(NamedTuple):
    """One line of the list: the number of the voucher, or else of the resident and the code of the programme."""

    key: str
    fen: int
    day: date
    voucher: str = ""
    resident: str = ""
    programme: str = ""


def redeem_listed(*, clerk: User, slips: Sequence[Slip], stamp: Stamp) -> list[Redemption | Refused]:
    """Redeem each slip at the clerk's own provider and answer in their order.

    A slip is refused with what ``redeem_shown`` or ``redeem_for`` would raise. Raises NoProvider for them all.
    """
    provider = provider_of(clerk)
    named = _Named(slips, provider=provider)
    read = [_read(slip, named=named, stamp=stamp) for slip in slips]
    taken = iter(accept_many(claims=[claim for claim in read if isinstance(claim, Claim)], stamp=stamp))
    answers = [next(taken) if isinstance(claim, Claim) else claim for claim in read]
    return _told(answers, provider=provider.code)


class _Named:
    """What the slips name, read at once."""

    def __init__(self, slips: Sequence[Slip], *, provider: Provider) -> None:
        self.provider = provider
        self.programmes = {programme.code: programme for programme in Programme.objects.all()}
        people = Resident.objects.filter(number__in={slip.resident.upper() for slip in slips})
        self.people = {person.number: person for person in people}
        shown = Voucher.objects.filter(number__in={slip.voucher.upper() for slip in slips})
        self.vouchers = {voucher.number: voucher for voucher in shown.select_related("resident", "programme")}

    def claim(self, slip: Slip) -> Claim:
        """Raises NoSuchVoucher, NoSuchResident or NoSuchProgramme."""
        voucher = self._shown(slip) if slip.voucher else None
        return Claim(
            resident=voucher.resident if voucher else self._person(slip),
            programme=voucher.programme if voucher else self._programme(slip),
            provider=self.provider,
            fen=slip.fen,
            day=slip.day,
            key=redemption_key(slip.key),
            voucher_id=voucher.pk if voucher else None,
        )

    def _shown(self, slip: Slip) -> Voucher:
        if slip.voucher.upper() not in self.vouchers:
            raise NoSuchVoucher(number=slip.voucher)
        return self.vouchers[slip.voucher.upper()]

    def _person(self, slip: Slip) -> Resident:
        if slip.resident.upper() not in self.people:
            raise NoSuchResident(number=slip.resident)
        return self.people[slip.resident.upper()]

    def _programme(self, slip: Slip) -> Programme:
        if slip.programme not in self.programmes:
            raise NoSuchProgramme(programme=slip.programme)
        return self.programmes[slip.programme]


def _read(slip: Slip, *, named: _Named, stamp: Stamp) -> Claim | Refused:
    try:
        claim = named.claim(slip)
        refuse_days_ahead(slip.day, stamp=stamp)
    except Refused as refusal:
        return refusal
    return claim


def _told(answers: Sequence[Accepted | Refused], *, provider: str) -> list[Redemption | Refused]:
    ids = {answer.transfer.subject or 0 for answer in answers if isinstance(answer, Accepted)}
    vouchers = Voucher.objects.filter(pk__in=among(ids)).select_related("resident", "programme").in_bulk()
    replayed = [answer.transfer.pk for answer in answers if isinstance(answer, Accepted) and answer.replayed]
    reversed_on = _reversed_on(replayed)
    return [
        Redemption(
            answer.transfer,
            vouchers[answer.transfer.subject or 0],
            provider,
            reversed_on=reversed_on.get(answer.transfer.pk),
            replayed=answer.replayed,
        )
        if isinstance(answer, Accepted)
        else answer
        for answer in answers
    ]


def _reversed_on(row_ids: Collection[int]) -> dict[int, date]:
    rows = Transfer.objects.filter(reverses__in=among(row_ids))
    return dict(rows.values_list("reverses_id", "occurred_on"))
