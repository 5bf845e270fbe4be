"""A provider's list of redemptions, such as a till sends in one call: each is accepted or refused on its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from accounts.bulk import among, among_texts
from accounts.models import Resident, User
from accounts.refusals import Refused
from accounts.selectors import kept_entry
from accounts.stamps import Stamp
from ledger.models import Transfer
from vouchers.models import Programme, Provider, Voucher
from vouchers.services.claims import Claim, redemption_key
from vouchers.services.counter import (
    NoSuchProgramme,
    NoSuchResident,
    NoSuchVoucher,
    Owner,
    Redemption,
    provider_of,
    redemption,
    refuse_days_ahead,
)
from vouchers.services.redeeming_many import Booked, accept_many


class Slip(NamedTuple):
    """One line of the list: the number of the voucher, or else of the resident and the code of the programme."""

    key: str
    fen: int
    day: date
    voucher: str = ""
    resident: str = ""
    programme: str = ""


class _Person(NamedTuple):
    pk: int
    number: str


class _Shown(NamedTuple):
    pk: int
    person: _Person
    owner: Owner


def redeem_listed(*, clerk: User, slips: Sequence[Slip], stamp: Stamp) -> list[Redemption | Refused]:
    """Redeem each slip at the clerk's own provider and answer in their order.

    A slip is refused with what ``redeem_shown`` or ``redeem_for`` would raise. Raises NoProvider for them all.
    """
    named = _Named(slips, provider=provider_of(clerk))
    read = [_read(slip, named=named, stamp=stamp) for slip in slips]
    taken = iter(accept_many(claims=[claim for claim in read if isinstance(claim, Claim)], stamp=stamp))
    return _told([next(taken) if isinstance(claim, Claim) else claim for claim in read], named=named)


class _Named:
    """What the slips name, read at once."""

    def __init__(self, slips: Sequence[Slip], *, provider: Provider) -> None:
        self.provider = provider
        numbers = {slip.voucher.upper() for slip in slips} - {""}
        self.vouchers = {shown.owner.voucher: shown for shown in _shown(number__in=among_texts(numbers))}
        self.people = _people({slip.resident.upper() for slip in slips} - {""})
        self.programmes = {programme.code: programme for programme in Programme.objects.all()}

    def claim(self, slip: Slip) -> Claim:
        """Raises NoSuchVoucher, NoSuchResident or NoSuchProgramme."""
        shown = self._shown(slip) if slip.voucher else None
        return Claim(
            resident=shown.person if shown else self._person(slip),
            programme=self._programme(shown.owner.programme if shown else slip.programme),
            provider=self.provider,
            fen=slip.fen,
            day=slip.day,
            key=redemption_key(slip.key),
            voucher_id=shown.pk if shown else None,
        )

    def _shown(self, slip: Slip) -> _Shown:
        shown = self.vouchers.get(slip.voucher.upper())
        if shown is None:
            raise NoSuchVoucher(number=slip.voucher)
        return shown

    def _person(self, slip: Slip) -> _Person:
        person = self.people.get(slip.resident.upper())
        if person is None:
            raise NoSuchResident(number=slip.resident)
        return person

    def _programme(self, code: str) -> Programme:
        if code not in self.programmes:
            raise NoSuchProgramme(programme=code)
        return self.programmes[code]


def _people(numbers: set[str]) -> dict[str, _Person]:
    """Return by number whom it stands for: of an entry that was merged, the other one."""
    found = Resident.objects.filter(number__in=among_texts(numbers)).with_merge()
    people = {person.number: kept_entry(person) if person.is_merged else person for person in found}
    return {number: _Person(person.pk, person.number) for number, person in people.items()}


def _shown(**wanted: object) -> list[_Shown]:
    """Return the vouchers ``wanted``."""
    columns = ("pk", "resident_id", "number", "resident__number", "programme__code")
    found = Voucher.objects.filter(**wanted).values_list(*columns)
    return [
        _Shown(pk, _Person(resident_id, resident), Owner(number, resident, programme))
        for pk, resident_id, number, resident, programme in found
    ]


def _read(slip: Slip, *, named: _Named, stamp: Stamp) -> Claim | Refused:
    try:
        claim = named.claim(slip)
        refuse_days_ahead(slip.day, stamp=stamp)
    except Refused as refusal:
        return refusal
    return claim


def _told(answers: Sequence[Booked | Refused], *, named: _Named) -> list[Redemption | Refused]:
    booked = [answer for answer in answers if isinstance(answer, Booked)]
    owners = {shown.pk: shown.owner for shown in named.vouchers.values()}
    unseen = {answer.row.subject or 0 for answer in booked} - owners.keys()
    owners |= {shown.pk: shown.owner for shown in _shown(pk__in=among(unseen))}
    reversed_on = _reversed_on([answer.row.key for answer in booked if answer.replayed])
    return [
        redemption(
            answer.row,
            of=owners[answer.row.subject or 0],
            provider=named.provider.code,
            reversed_on=reversed_on.get(answer.row.key),
            replayed=answer.replayed,
        )
        if isinstance(answer, Booked)
        else answer
        for answer in answers
    ]


def _reversed_on(keys: Sequence[str]) -> dict[str, date]:
    """Return by key the day on which a redemption was reversed."""
    rows = Transfer.objects.filter(reverses__key__in=among_texts(keys))
    return dict(rows.values_list("reverses__key", "occurred_on"))
