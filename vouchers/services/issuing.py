"""Issuing vouchers, to one person or to many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.bulk import insert_many
from accounts.models import Residence, Resident
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from ledger import kinds
from ledger.kinds import AccountName
from ledger.services.posting import Entry, ensure_accounts, post
from vouchers import events, portability
from vouchers.eligibility import is_of_age
from vouchers.models import Programme, Voucher
from vouchers.portability import Spell
from vouchers.services.planning import Cause, entitlement_of, funding_spells, replan


class AlreadyIssued(Refused):
    code = "already_issued"
    sentence = _("%(resident)s holds voucher %(number)s of %(programme)s for these days already.")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is issued: ``fen`` of one programme for ``[valid_from, valid_until)``."""

    programme: Programme
    fen: int
    valid_from: date
    valid_until: date

    @classmethod
    def of(
        cls,
        programme: Programme,
        *,
        fen: int | None = None,
        valid_from: date | None = None,
        valid_until: date | None = None,
    ) -> Offer:
        """Return the programme's own amount and window where none is given."""
        return cls(
            programme=programme,
            fen=programme.annual_fen if fen is None else fen,
            valid_from=valid_from or programme.valid_from,
            valid_until=valid_until or programme.valid_until,
        )

    def fits(self, resident: Resident) -> bool:
        """Return whether the resident is of the programme's age on the first day of the window."""
        return is_of_age(
            born_on=resident.born_on,
            day=self.valid_from,
            min_age=self.programme.min_age,
            max_age=self.programme.max_age,
        )


@dataclass(frozen=True, kw_only=True)
class Issued:
    """What came of it, by resident id: the new vouchers, and the ones that stood in the way."""

    vouchers: Mapping[int, Voucher]
    in_the_way: Mapping[int, Voucher]


@transaction.atomic
def issue(
    *,
    resident: Resident,
    programme: Programme,
    stamp: Stamp,
    day: date | None = None,
    fen: int | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Voucher:
    """Issue one voucher; the amount in fen and the window are the programme's where none is given.

    Raises AlreadyIssued when the resident holds one whose window overlaps.
    """
    offer = Offer.of(programme, fen=fen, valid_from=valid_from, valid_until=valid_until)
    outcome = issue_many(resident_ids=[resident.pk], offer=offer, day=day or stamp.booked_on, stamp=stamp)
    if other := outcome.in_the_way.get(resident.pk):
        raise AlreadyIssued(resident=resident.name, number=other.number, programme=programme)
    voucher = outcome.vouchers[resident.pk]
    audit.record(stamp=stamp, verb="issue", subject=f"voucher:{voucher.pk}", fen=offer.fen)
    return voucher


@transaction.atomic
def issue_many(*, resident_ids: Collection[int], offer: Offer, day: date, stamp: Stamp, act: str = "") -> Issued:
    """Issue ``offer`` to each resident who holds no overlapping voucher, on the books of today's payer.

    ``act`` names what caused it ("batch:3"); without one each voucher is its own cause.
    """
    lock_residents(resident_ids)
    in_the_way = overlapping(resident_ids, offer=offer)
    receivers = [resident_id for resident_id in resident_ids if resident_id not in in_the_way]
    spells = _counted_spells(receivers, offer=offer, as_of=stamp.as_of)
    vouchers = _create(receivers, spells=spells, offer=offer, day=day)
    post(
        entries=[
            _entry(voucher, payer=spells[voucher.resident_id][-1].authority, offer=offer, act=act, day=day)
            for voucher in vouchers
        ],
        stamp=stamp,
    )
    shared = [voucher.pk for voucher in vouchers if len(spells[voucher.resident_id]) > 1]
    if shared:
        replan(voucher_ids=shared, cause=lambda voucher: Cause(act or f"issue:{voucher.pk}", day), stamp=stamp)
    return Issued(vouchers={voucher.resident_id: voucher for voucher in vouchers}, in_the_way=in_the_way)


def overlapping(resident_ids: Collection[int], *, offer: Offer) -> dict[int, Voucher]:
    """Return a voucher that stands in the way of ``offer``, by resident. A revoked one ended when it was revoked."""
    rows = Voucher.objects.filter(
        resident_id__in=resident_ids,
        programme=offer.programme,
        valid_from__lt=offer.valid_until,
        valid_until__gt=offer.valid_from,
    ).select_related("ending", "programme")
    return {voucher.resident_id: voucher for voucher in rows if entitlement_of(voucher).end > offer.valid_from}


def _counted_spells(resident_ids: Collection[int], *, offer: Offer, as_of: date) -> dict[int, list[Spell]]:
    residences: Mapping[int, list[Residence]] = places.spells_by_resident(resident_ids)
    pools = places.pool_by_district()
    return {
        resident_id: portability.counted_spells(
            funding_spells(residences[resident_id], programme=offer.programme, pools=pools),
            start=offer.valid_from,
            end=offer.valid_until,
            as_of=as_of,
        )
        for resident_id in resident_ids
    }


def _create(
    resident_ids: Collection[int], *, spells: Mapping[int, list[Spell]], offer: Offer, day: date
) -> list[Voucher]:
    payers = {spells[resident_id][-1].authority for resident_id in resident_ids}
    names = {payer: _account(payer, kinds.ENTITLEMENT, offer) for payer in payers}
    accounts = ensure_accounts(names.values())
    vouchers = [
        Voucher(
            resident_id=resident_id,
            programme=offer.programme,
            valid_from=offer.valid_from,
            valid_until=offer.valid_until,
            amount_fen=offer.fen,
            holder_id=accounts[str(names[spells[resident_id][-1].authority])],
            issued_on=day,
        )
        for resident_id in resident_ids
    ]
    insert_many(vouchers)
    return vouchers


def _entry(voucher: Voucher, *, payer: str, offer: Offer, act: str, day: date) -> Entry:
    return Entry(
        key=f"issue:{voucher.pk}",
        event=events.ISSUE,
        act=act or f"issue:{voucher.pk}",
        day=day,
        debit=_account(payer, kinds.COST, offer),
        credit=_account(payer, kinds.ENTITLEMENT, offer),
        fen=offer.fen,
        subject=voucher.pk,
    )


def _account(authority: str, kind: kinds.Kind, offer: Offer) -> AccountName:
    return AccountName(authority, kind.code, offer.programme.code)
