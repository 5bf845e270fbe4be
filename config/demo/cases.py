"""Moves that districts answer, dispute or let the time pass on, so that no desk is empty.

They are told by days before today, of people who move at no other time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from accounts.stamps import Stamp
from config.demo.founding import City
from config.demo.happenings import Year
from config.demo.stories import BAOSHAN, JINGAN, MINHANG, PUDONG, PUTUO, XUHUI
from config.demo.timeline import Timeline
from vouchers.cases import Party, Step, due_on
from vouchers.models import Move, MoveChannel
from vouchers.services import cases
from vouchers.services.moving import MoveOrder

Deed = Callable[[Stamp], object]

#: Whoever lives somewhere moved a few days before it was reported.
DAYS_BEFORE = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A move reported so many days ago, and the step that followed, with its grounds."""

    origin: str
    to: str
    reported: int
    note: str
    taken: int = 0
    step: Step | None = None
    by: Party = Party.RECEIVING
    grounds: str = ""


ARGUMENTS = (
    Argument(origin=PUDONG, to=JINGAN, reported=3, note="租房合同（延长路）"),
    Argument(origin=BAOSHAN, to=JINGAN, reported=12, note="学校入学通知"),
    Argument(origin=XUHUI, to=MINHANG, reported=6, note="购房合同"),
    Argument(origin=JINGAN, to=PUDONG, reported=5, note="居住证登记回执"),
    Argument(
        origin=PUTUO,
        to=JINGAN,
        reported=16,
        note="口头说明",
        taken=8,
        step=Step.DISPUTED,
        grounds="上门两次，无人居住。",
    ),
    Argument(
        origin=JINGAN,
        to=BAOSHAN,
        reported=20,
        note="租房合同",
        taken=9,
        step=Step.DISPUTED,
        grounds="合同已在去年到期。",
    ),
    Argument(origin=PUDONG, to=MINHANG, reported=18, note="单位证明", taken=10, step=Step.CONFIRMED),
    Argument(
        origin=MINHANG,
        to=XUHUI,
        reported=14,
        note="租房合同",
        taken=11,
        step=Step.WITHDRAWN,
        by=Party.REQUESTER,
        grounds="租约取消。",
    ),
)
#: Nobody answered this one; its clock runs out by itself.
SILENCE = Argument(origin=BAOSHAN, to=JINGAN, reported=60, note="租房合同")
#: This one was agreed to, and its day was put right later.
MISTAKE = Argument(origin=PUTUO, to=MINHANG, reported=40, note="租房合同", taken=25, grounds="合同上的日期看错了。")


def deeds(city: City, *, year: Year, timeline: Timeline) -> Iterator[tuple[date, Deed]]:
    """Yield what was done and on which day, as far as the city has people for it."""
    choice = _Choice(year)
    for argument in (*ARGUMENTS, SILENCE, MISTAKE):
        place = choice.somebody_for(argument)
        if place is None:
            continue
        reported = timeline.today - timedelta(days=argument.reported)
        yield reported, partial(_report, city, place, argument)
        if argument.step is not None:
            yield timeline.today - timedelta(days=argument.taken), partial(_take, city, place, argument)
        if argument is SILENCE:
            last = due_on(Step.REQUESTED, day=reported)
            assert last is not None
            yield last + timedelta(days=1), partial(_time_out, city, place)
        if argument is MISTAKE:
            yield timeline.today - timedelta(days=argument.taken), partial(_correct, city, place, argument)


class _Choice:
    """Places of people who may be told of: of no story, who never move, each once, in the order of the city."""

    def __init__(self, year: Year) -> None:
        movers = {person for relocation in year.relocations for person in relocation.people}
        told = _households_told(year)
        self._left: Sequence[tuple[str, int]] = [
            (person.lives_in, place)
            for place, person in enumerate(year.people)
            if place not in movers and person.guardian is None and person.household not in told
        ]

    def somebody_for(self, argument: Argument) -> int | None:
        """Return somebody who lives where the argument begins, or at least not where it leads."""
        there = [row for row in self._left if row[0] == argument.origin]
        elsewhere = [row for row in self._left if row[0] != argument.to]
        found = next(iter(there or elsewhere), None)
        self._left = [row for row in self._left if row is not found]
        return found[1] if found else None


def _households_told(year: Year) -> set[int]:
    return {year.people[place].household for place in year.personas}


def _report(city: City, place: int, argument: Argument, stamp: Stamp) -> None:
    order = MoveOrder(
        resident=city.residents[place],
        to=argument.to,
        effective_on=stamp.booked_on - DAYS_BEFORE,
        channel=MoveChannel.ONLINE,
        note=argument.note,
    )
    cases.request(orders=[order], confirmed=argument is MISTAKE, stamp=stamp)


def _take(city: City, place: int, argument: Argument, stamp: Stamp) -> None:
    assert argument.step is not None
    cases.act(move=_case(city, place), step=argument.step, parties={argument.by}, note=argument.grounds, stamp=stamp)


def _time_out(city: City, place: int, stamp: Stamp) -> None:
    cases.time_out(moves=[_case(city, place)], stamp=stamp)


def _correct(city: City, place: int, argument: Argument, stamp: Stamp) -> None:
    move = _case(city, place)
    cases.correct(
        move=move,
        effective_on=move.effective_on - timedelta(days=5),
        note=argument.grounds,
        parties={Party.CITY},
        stamp=stamp,
    )


def _case(city: City, place: int) -> Move:
    return Move.objects.standing().get(resident=city.residents[place])
