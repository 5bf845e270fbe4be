"""Vouchers end with what becomes of their holders, and go on again when that turns out not to be so.

Called wherever a life is told again. Whatever was recorded, in whatever order, each voucher ends by the facts that
stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

from accounts.bulk import among
from accounts.models import Death, Resident, ResidentMerge
from accounts.refusals import Refused
from accounts.selectors import kept_entry
from accounts.stamps import Stamp
from vouchers.life_ends import Cut, earliest, end_of
from vouchers.models import BY_LIFE, EndReason, LiftedEnd, Move, Voucher, VoucherEnd
from vouchers.refusals import Died, LeftArea, MergedPerson
from vouchers.services.ending import end, lift, replace_end
from vouchers.services.planning import Cause, locked


def put_ends_right(*, resident_ids: Collection[int], cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """End the vouchers of these residents as the facts want, and lift the ends they no longer want."""
    cuts = cuts_of(resident_ids)
    by_life = VoucherEnd.objects.filter(reason__in=BY_LIFE, voucher__resident__in=among(resident_ids))
    concerned = cuts.keys() | set(by_life.values_list("voucher__resident_id", flat=True))
    if not concerned:
        return
    rows = Voucher.objects.filter(resident__in=among(concerned)).order_by("pk")
    vouchers = locked(rows.values_list("pk", flat=True))
    others = _ends_for_other_reasons(vouchers)
    wanted = {
        voucher: earliest([*others[voucher.pk], *filter(None, [wanted_end(voucher, cuts=cuts, as_of=stamp.as_of)])])
        for voucher in vouchers
    }
    _make(wanted, cause=cause, stamp=stamp)


def cuts_of(resident_ids: Collection[int]) -> Mapping[int, Sequence[Cut]]:
    """Return what ends the vouchers of each resident, by the facts that stand; nobody else is among the keys."""
    found: dict[int, list[Cut]] = defaultdict(list)
    for death in Death.objects.standing().of(resident_ids):
        found[death.resident_id].append(Cut(death.day, EndReason.DIED, f"death:{death.pk}"))
    for merge in ResidentMerge.objects.standing().of(resident_ids):
        found[merge.dropped_id].append(Cut(merge.day, EndReason.MERGED, f"merge:{merge.pk}"))
    for move, back in _departures(resident_ids):
        found[move.resident_id].append(Cut(move.effective_on, EndReason.LEFT, f"move:{move.pk}", back))
    return found


def wanted_end(voucher: Voucher, *, cuts: Mapping[int, Sequence[Cut]], as_of: date) -> Cut | None:
    """Return how the life of its holder ends a voucher, if it does."""
    return end_of(
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        cuts=cuts.get(voucher.resident_id, ()),
        as_of=as_of,
    )


def cut_off(*, resident_ids: Collection[int], window: tuple[date, date], as_of: date) -> dict[int, Cut]:
    """Return those to whom nothing can be issued for a window, and why: it would end by what is known of them."""
    start, end_ = window
    ends = {
        resident_id: end_of(valid_from=start, valid_until=end_, cuts=cuts, as_of=as_of)
        for resident_id, cuts in cuts_of(resident_ids).items()
    }
    return {resident_id: cut for resident_id, cut in ends.items() if cut}


def refuse_cut_off(*, resident: Resident, window: tuple[date, date], as_of: date) -> None:
    """Raise Died, LeftArea or MergedPerson when nothing can be issued to ``resident`` for a window."""
    cut = cut_off(resident_ids=[resident.pk], window=window, as_of=as_of).get(resident.pk)
    if cut is not None:
        raise refusal_of(cut, resident=resident)


def refusal_of(cut: Cut, *, resident: Resident) -> Refused:
    """Return why nothing takes effect for ``resident`` from the day of ``cut`` on."""
    if cut.reason == EndReason.MERGED:
        return MergedPerson(number=resident.number, kept=kept_entry(resident).number)
    refusal = Died if cut.reason == EndReason.DIED else LeftArea
    return refusal(resident=resident.name, day=cut.day)


class Lives:
    """Deaths and merges of some people: what stands in the way of anything new about them."""

    def __init__(self, resident_ids: Collection[int]) -> None:
        self.deaths = {row.resident_id: row for row in Death.objects.standing().of(resident_ids)}
        self.merged = set(ResidentMerge.objects.standing().of(resident_ids).values_list("dropped_id", flat=True))

    def refusal(self, resident: Resident, *, day: date) -> Refused | None:
        """Return why nothing new can take effect for ``resident`` on ``day``, or None."""
        if resident.pk in self.merged:
            return MergedPerson(number=resident.number, kept=kept_entry(resident).number)
        death = self.deaths.get(resident.pk)
        return Died(resident=resident.name, day=death.day) if death and day >= death.day else None


def _departures(resident_ids: Collection[int]) -> Iterable[tuple[Move, date | None]]:
    """Return each departure from the area with the day of the next move, if there is one."""
    gone = Move.objects.standing().filter(resident__in=among(resident_ids), destination=None)
    leavers = set(gone.order_by().values_list("resident_id", flat=True))
    if not leavers:
        return
    after: dict[int, date] = {}
    for move in Move.objects.standing().filter(resident__in=among(leavers)).order_by("-effective_on"):
        if move.destination_id is None:
            yield move, after.get(move.resident_id)
        after[move.resident_id] = move.effective_on


def _ends_for_other_reasons(vouchers: Sequence[Voucher]) -> Mapping[int, Sequence[Cut]]:
    """Return how vouchers were revoked or expired, also where that gave way to an earlier end."""
    found: dict[int, list[Cut]] = defaultdict(list)
    ids = among([voucher.pk for voucher in vouchers])
    for model in (VoucherEnd, LiftedEnd):
        rows = model.objects.filter(voucher__in=ids).exclude(reason__in=BY_LIFE)
        for voucher_id, day, reason in rows.values_list("voucher_id", "day", "reason"):
            found[voucher_id].append(Cut(day, reason, ""))
    return found


def _make(wanted: Mapping[Voucher, Cut | None], *, cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """Make each voucher's end the one that is wanted."""
    ending: dict[str, dict[Voucher, Cut]] = defaultdict(dict)
    lifted, replaced = [], {}
    for voucher, cut in wanted.items():
        if cut is None and voucher.end_reason:
            lifted.append(voucher)
        elif cut and not voucher.end_reason:
            ending[cut.reason][voucher] = cut
        elif cut and (cut.day, cut.reason) != (voucher.ended_on, voucher.end_reason):
            replaced[voucher] = cut
    lift(lifted, cause=cause, stamp=stamp)
    replace_end({voucher: (EndReason(cut.reason), cut.day) for voucher, cut in replaced.items()}, stamp=stamp)
    for reason, ends in ending.items():
        end(
            list(ends),
            reason=EndReason(reason),
            days={voucher.pk: cut.day for voucher, cut in ends.items()},
            acts={voucher.pk: cut.act for voucher, cut in ends.items()},
            stamp=stamp,
        )
