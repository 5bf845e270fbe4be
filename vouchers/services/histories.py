"""Where people lived, told again from the moves that stand; then their vouchers are planned again.

The one mechanism behind every case: a move recorded late, confirmed, corrected or taken back is another set of facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date

from accounts import selectors as places
from accounts.bulk import among
from accounts.models import Residence
from accounts.residence_history import Reported, Spell, history
from accounts.selectors import Funders
from accounts.services import residences
from accounts.stamps import Stamp
from vouchers.models import Move, Voucher
from vouchers.models.moves import is_agreed
from vouchers.services.lives import put_ends_right
from vouchers.services.planning import Cause, replan


def retell(*, resident_ids: Collection[int], cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """Tell where these people lived again, and plan every voucher of theirs. Call with the people locked."""
    residences.believe(spells=told(resident_ids), stamp=stamp)
    replan_residents(resident_ids=resident_ids, cause=cause, stamp=stamp)


def told(resident_ids: Collection[int]) -> dict[int, list[Spell]]:
    """Return each resident's spells by the facts that stand now."""
    firsts = places.spells_by_resident(resident_ids)
    reported = reported_moves(resident_ids)
    funders, ends = places.funders(), places.ends_of_lives(resident_ids)
    return {key: tell(firsts[key], reported[key], funders=funders, ended_on=ends.get(key)) for key in resident_ids}


def tell(
    known: Sequence[Residence], moves: Iterable[Reported], *, funders: Funders, ended_on: date | None = None
) -> list[Spell]:
    """Return the spells that follow from the first known residence and these moves, until a life ended."""
    first = Reported(known[0].start, known[0].district_id, known[0].confirmed)
    return history(first=first, moves=sorted(moves), mergers=funders.mergers, ended_on=ended_on)


def reported_moves(resident_ids: Collection[int], *, without: Collection[int] = ()) -> dict[int, list[Reported]]:
    """Return the moves that stand, by resident, ``without`` those that are to be replaced."""
    found: dict[int, list[Reported]] = defaultdict(list)
    rows = Move.objects.standing().filter(resident_id__in=among(resident_ids)).exclude(pk__in=without).order_by()
    for resident_id, day, district, agreed in rows.values_list(
        "resident_id", "effective_on", "destination_id", is_agreed()
    ):
        found[resident_id].append(Reported(day, district or "", agreed))
    return found


def replan_residents(*, resident_ids: Collection[int], cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """Put right which vouchers of these residents ended, and plan every one of them again, ended ones included."""
    put_ends_right(resident_ids=resident_ids, cause=cause, stamp=stamp)
    ids = Voucher.objects.filter(resident_id__in=among(resident_ids)).order_by("pk").values_list("pk", flat=True)
    replan(voucher_ids=list(ids), cause=cause, stamp=stamp)
