"""Two entries turn out to be one person. Both histories stay; one number stands for the person from then on.

Of double vouchers that of the kept entry stays. The other one ends on the day of the merge, and what was left on it
goes back to those who funded it. Where only the merged entry held one, what was left on it is issued anew to the kept
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.models import MergeTakenBack, Resident, ResidentMerge
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from ledger.models import Transfer
from vouchers import events
from vouchers.models import EndReason, Voucher
from vouchers.refusals import MergedPerson
from vouchers.services.cases import refuse_open
from vouchers.services.ending import end
from vouchers.services.histories import retell
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.lives import cut_off
from vouchers.services.planning import Cause, entitlement_of, locked


class SameEntry(Refused):
    code = "same_entry"
    sentence = _("Both numbers lead to the same entry, %(number)s. There is nothing to merge.")


class DeathsDiffer(Refused):
    code = "deaths_differ"
    sentence = _(
        "%(dropped)s died according to the one entry and did not, or on another day, according to the other. "
        "Put the deaths right first, then merge."
    )


class NoMerge(Refused):
    code = "no_merge"
    sentence = _("The entry %(number)s is not merged into another.")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of one voucher of the merged entry: what is left, ``fen``, goes on with the kept entry or goes back.

    ``stays`` is the kept entry's own voucher for the same days, if there is one.
    """

    voucher: Voucher
    offer: Offer
    stays: Voucher | None
    goes_on: bool

    @property
    def fen(self) -> int:
        return self.offer.fen


@transaction.atomic
def merge_residents(*, dropped: Resident, kept: Resident, stamp: Stamp, note: str = "") -> ResidentMerge:
    """Let ``kept`` stand for both entries from the day of the stamp on.

    Raises SameEntry, MergedPerson, DeathsDiffer or CaseOpen.
    """
    lock_residents([dropped.pk, kept.pk])
    going_on = [fate for fate in foresee_merge(dropped=dropped, kept=kept, stamp=stamp) if fate.goes_on]
    merge = ResidentMerge.objects.create(
        dropped=dropped, kept=kept, day=stamp.booked_on, note=note, booked_on=stamp.booked_on, recorded_by=stamp.by
    )
    audit.record(stamp=stamp, verb="merge", subject=f"resident:{dropped.pk}", into=kept.pk)
    cause = Cause(act_of(merge), merge.day)
    retell(resident_ids=[dropped.pk], cause=lambda _voucher: cause, stamp=stamp)
    for fate in going_on:
        issue_many(
            resident_ids=[kept.pk],
            offer=fate.offer,
            day=merge.day,
            act=act_of(merge),
            stamp=stamp,
        )
    return merge


@transaction.atomic
def take_back_merge(*, dropped: Resident, stamp: Stamp, note: str = "") -> ResidentMerge:
    """Let both entries stand for themselves again: the vouchers of ``dropped`` go on with all that went back.

    What was issued anew to the kept entry ends; what was used of it stays used. Raises NoMerge.
    """
    merge = ResidentMerge.objects.standing().filter(dropped=dropped).first()
    if merge is None:
        raise NoMerge(number=dropped.number)
    lock_residents([dropped.pk, merge.kept_id])
    if not ResidentMerge.objects.standing().filter(pk=merge.pk).exists():
        raise NoMerge(number=dropped.number)
    MergeTakenBack.objects.create(merge=merge, note=note, booked_on=stamp.booked_on, recorded_by=stamp.by)
    audit.record(stamp=stamp, verb="take_back_merge", subject=f"resident:{dropped.pk}", of=merge.kept_id)
    _revoke_issued_by(merge, stamp=stamp)
    cause = Cause(f"take_back_{act_of(merge)}", merge.day)
    retell(resident_ids=[dropped.pk], cause=lambda _voucher: cause, stamp=stamp)
    return merge


def foresee_merge(*, dropped: Resident, kept: Resident, stamp: Stamp) -> list[Fate]:
    """Return what would become of each voucher of ``dropped`` that is in use. Raises what merging raises."""
    _refuse(dropped=dropped, kept=kept)
    active = Voucher.objects.active().filter(resident=dropped, valid_until__gt=stamp.booked_on)
    rows = active.select_related("programme", "holder__authority", "ending").order_by("valid_from", "pk")
    held = list(Voucher.objects.filter(resident=kept).select_related("programme", "ending"))
    return [
        _fate(row, kept=kept, held=[own for own in held if own.programme == row.programme], stamp=stamp) for row in rows
    ]


def issued_by(merge: ResidentMerge) -> Sequence[Voucher]:
    """Return the vouchers that took over what was left."""
    rows = Transfer.objects.filter(act=act_of(merge), event=events.ISSUE.code).values("subject")
    return list(Voucher.objects.filter(pk__in=rows).select_related("programme", "ending").order_by("pk"))


def act_of(merge: ResidentMerge) -> str:
    """Return how the ledger names this merge as a cause."""
    return f"merge:{merge.pk}"


def _refuse(*, dropped: Resident, kept: Resident) -> None:
    if dropped == kept:
        raise SameEntry(number=kept.number)
    for entry in (dropped, kept):
        if (stands := places.kept_entry(entry)) != entry:
            raise MergedPerson(number=entry.number, kept=stands.number)
    deaths = [places.death_of(entry) for entry in (dropped, kept)]
    if len({death.day if death else None for death in deaths}) > 1:
        raise DeathsDiffer(dropped=dropped.name)
    refuse_open([dropped.pk])


def _fate(voucher: Voucher, *, kept: Resident, held: Sequence[Voucher], stamp: Stamp) -> Fate:
    """Say what becomes of a voucher: the kept entry's own stays, else what is left goes on with it.

    It goes on for the same days, so that what was used before still finds it; but behind what had ended there already.
    """
    meant = [own for own in held if own.valid_from < voucher.valid_until and own.valid_until > voucher.valid_from]
    start = max([voucher.valid_from, *(entitlement_of(own).end for own in meant if own.end_reason)])
    stays = next((own for own in meant if own.end_reason is None), None)
    offer = Offer(
        programme=voucher.programme, fen=voucher.remaining_fen, valid_from=start, valid_until=voucher.valid_until
    )
    blocked = stays or start >= voucher.valid_until or not offer.fen
    gone = cut_off(resident_ids=[kept.pk], window=offer.window, as_of=stamp.as_of)
    return Fate(voucher=voucher, offer=offer, stays=stays, goes_on=not blocked and not gone)


def _revoke_issued_by(merge: ResidentMerge, *, stamp: Stamp) -> None:
    ids = [voucher.pk for voucher in issued_by(merge) if voucher.end_reason is None]
    vouchers = locked(ids) if ids else []
    end(
        vouchers,
        reason=EndReason.REVOKED,
        days={voucher.pk: stamp.booked_on for voucher in vouchers},
        acts={voucher.pk: f"take_back_{act_of(merge)}" for voucher in vouchers},
        stamp=stamp,
    )
