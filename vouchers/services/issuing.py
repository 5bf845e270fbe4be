"""Issuing vouchers, to one person or to many."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.bulk import among, insert_values, new_keys
from accounts.models import Resident
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from ledger import kinds
from ledger.kinds import AccountName
from ledger.services.posting import Entry, ensure_accounts, post
from vouchers import events, portability
from vouchers.eligibility import is_of_age
from vouchers.models import Programme, Voucher
from vouchers.models.vouchers import new_voucher_number
from vouchers.portability import Spell
from vouchers.services.lives import cut_off, refuse_cut_off
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

    @property
    def window(self) -> tuple[date, date]:
        return self.valid_from, self.valid_until

    def fits(self, resident: Resident) -> bool:
        """Return whether the resident is of the programme's age on the first day of the window."""
        return is_of_age(
            born_on=resident.born_on,
            day=self.valid_from,
            min_age=self.programme.min_age,
            max_age=self.programme.max_age,
        )


COLUMNS = (
    "id",
    "number",
    "resident_id",
    "holder_id",
    "programme_id",
    "valid_from",
    "valid_until",
    "amount_fen",
    "spent_fen",
    "returned_fen",
    "issued_on",
)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """What came of it, by resident id: the new vouchers' ids, and the vouchers that stood in the way."""

    voucher_ids: Mapping[int, int]
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

    Raises AlreadyIssued when the resident holds one whose window overlaps; Died, LeftArea or MergedPerson when it would
    end at once.
    """
    offer = Offer.of(programme, fen=fen, valid_from=valid_from, valid_until=valid_until)
    refuse_cut_off(resident=resident, window=offer.window, as_of=stamp.as_of)
    outcome = issue_many(resident_ids=[resident.pk], offer=offer, day=day or stamp.booked_on, stamp=stamp)
    if other := outcome.in_the_way.get(resident.pk):
        raise AlreadyIssued(resident=resident.name, number=other.number, programme=programme)
    voucher = Voucher.objects.get(pk=outcome.voucher_ids[resident.pk])
    audit.record(stamp=stamp, verb="issue", subject=f"voucher:{voucher.pk}", fen=offer.fen)
    return voucher


@transaction.atomic
def issue_many(*, resident_ids: Collection[int], offer: Offer, day: date, stamp: Stamp, act: str = "") -> Issued:
    """Issue ``offer`` to each resident who holds no overlapping voucher, on the books of today's payer.

    Nothing is issued to whom it would end at once: those who died, left, or are merged into another entry.
    ``act`` names what caused it ("batch:3"); without one each voucher is its own cause.
    """
    lock_residents(resident_ids)
    in_the_way = overlapping(resident_ids, offer=offer)
    gone = cut_off(resident_ids=resident_ids, window=offer.window, as_of=stamp.as_of)
    receivers = [key for key in resident_ids if key not in in_the_way and key not in gone]
    spells = _counted_spells(receivers, offer=offer, as_of=stamp.as_of)
    payers = [spells[resident_id][-1].authority for resident_id in receivers]
    ids = _create(receivers, payers=payers, offer=offer, day=day)
    post(entries=_entries(ids, payers=payers, offer=offer, act=act, day=day), stamp=stamp)
    replan(
        voucher_ids=[key for key, resident_id in zip(ids, receivers, strict=True) if len(spells[resident_id]) > 1],
        cause=lambda voucher: Cause(act or f"issue:{voucher.pk}", day),
        stamp=stamp,
    )
    return Issued(voucher_ids=dict(zip(receivers, ids, strict=True)), in_the_way=in_the_way)


def overlapping(resident_ids: Collection[int], *, offer: Offer) -> dict[int, Voucher]:
    """Return a voucher that stands in the way of ``offer``, by resident. A revoked one ended when it was revoked."""
    rows = Voucher.objects.filter(
        resident_id__in=among(resident_ids),
        programme=offer.programme,
        valid_from__lt=offer.valid_until,
        valid_until__gt=offer.valid_from,
    ).select_related("ending", "programme")
    return {voucher.resident_id: voucher for voucher in rows if entitlement_of(voucher).end > offer.valid_from}


def _counted_spells(resident_ids: Collection[int], *, offer: Offer, as_of: date) -> dict[int, list[Spell]]:
    homes = places.homes_by_resident(resident_ids)
    funders = places.funders()
    return {
        resident_id: portability.counted_spells(
            funding_spells(homes[resident_id], programme=offer.programme, funders=funders),
            start=offer.valid_from,
            end=offer.valid_until,
            as_of=as_of,
        )
        for resident_id in resident_ids
    }


def _create(resident_ids: Sequence[int], *, payers: Sequence[str], offer: Offer, day: date) -> Sequence[int]:
    """Store one voucher for each resident and return their ids in the same order."""
    accounts = ensure_accounts({_account(payer, kinds.ENTITLEMENT, offer) for payer in payers})
    holders = {name.authority: account_id for name, account_id in accounts.items()}
    ids = new_keys(Voucher, len(resident_ids))
    same = (offer.programme.pk, offer.valid_from, offer.valid_until, offer.fen, 0, 0, day)
    insert_values(
        Voucher,
        columns=COLUMNS,
        rows=[
            (key, new_voucher_number(), resident_id, holders[payer], *same)
            for key, resident_id, payer in zip(ids, resident_ids, payers, strict=True)
        ],
    )
    return ids


def _entries(ids: Sequence[int], *, payers: Sequence[str], offer: Offer, act: str, day: date) -> list[Entry]:
    accounts = {
        payer: (_account(payer, kinds.COST, offer), _account(payer, kinds.ENTITLEMENT, offer)) for payer in set(payers)
    }
    return [
        Entry(key, events.ISSUE, act or key, day, *accounts[payer], offer.fen, voucher_id)
        for voucher_id, payer in zip(ids, payers, strict=True)
        for key in (f"issue:{voucher_id}",)
    ]


def _account(authority: str, kind: kinds.Kind, offer: Offer) -> AccountName:
    return AccountName(authority, kind.code, offer.programme.code)
