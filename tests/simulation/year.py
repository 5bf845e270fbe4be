"""A year, month by month: moves and cases, visits and reversals, closing and settling. The seed decides everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import TypeVar

from django.utils import timezone

from accounts.refusals import Refused
from ledger.models import Job, JobState
from ledger.months import next_month
from ledger.services.jobs import run_step
from ledger.services.periods import close_period, settle_period
from tests.simulation.town import BEGIN, DISTRICTS, Town, build
from vouchers.cases import Party, Step
from vouchers.models import Move
from vouchers.services import cases, daily
from vouchers.services.claims import Claim, key_given, redemption_key
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.moving import MoveOrder, move_many
from vouchers.services.redeeming import reverse
from vouchers.services.redeeming_many import accept_many

SEED = 20_130_629
AT_ONCE = 2_000
#: How many of so many residents do it in a month.
MOVE, ASK, CORRECT, USE, REVERSE = 60, 1_000, 4_000, 4, 1_000
ANSWERS = [Step.CONFIRMED, Step.DISPUTED, Step.WITHDRAWN, Step.REJECTED, None, None]
NOW: datetime = timezone.now() + timedelta(days=1)

T = TypeVar("T")


class Year:
    """Lives the year of a town; ``refused`` counts by code what the rules did not allow."""

    def __init__(self, *, residents: int, seed: int = SEED) -> None:
        self.chance = Random(seed)
        self.town: Town = build(residents=residents, chance=self.chance)
        self.refused: Counter[str] = Counter()
        self.keys: list[str] = []

    def live(self) -> None:
        """Issue everything, live twelve months, and let what was not used expire."""
        for number, programme in enumerate(self.town.programmes):
            for part in chunks([person.pk for person in self.town.holding(number)]):
                issue_many(resident_ids=part, offer=Offer.of(programme), day=BEGIN, stamp=self.town.stamp(BEGIN))
        month = BEGIN
        for _ in range(12):
            self.live_month(month)
            month = next_month(month)
        self.days_work(date(2026, 2, 15))

    def live_month(self, month: date) -> None:
        self.ask(month)
        self.move(month)
        self.use(month)
        self.correct(month)
        self.answer(month)
        self.days_work(month + timedelta(days=27))
        after = self.town.stamp(next_month(month))
        close_period(month=month, approved_by=self.town.approver, stamp=after)
        settle_period(month=month, approved_by=self.town.approver, stamp=after)

    def some(self, one_in: int) -> list[int]:
        """Return the places of some residents, no one twice."""
        number = len(self.town.residents)
        return self.chance.sample(range(number), max(1, number // one_in))

    def day_about(self, month: date, *, ago: int, ahead: int) -> date:
        return month + timedelta(days=self.chance.randint(-ago, ahead))

    def order(self, place: int, day: date, to: str) -> MoveOrder:
        return MoveOrder(resident=self.town.residents[place], to=to, effective_on=day)

    def ask(self, month: date) -> None:
        """Some ask for a move, alone or with a neighbour, of days past and to come."""
        stamp = self.town.stamp(month + timedelta(days=4))
        for place in self.some(ASK):
            day, to = self.day_about(month, ago=60, ahead=40), self.chance.choice(DISTRICTS)
            together = [place, *([place - 1] if place and self.chance.random() < 0.3 else [])]
            orders = [self.order(one, day, to) for one in together]
            self.attempt(partial(cases.request, orders=orders, stamp=stamp))

    def move(self, month: date) -> None:
        """Others move with everybody's agreement, half of them recorded late."""
        stamp = self.town.stamp(month + timedelta(days=9))
        orders = [
            self.order(place, self.day_about(month, ago=45, ahead=20), self.chance.choice(DISTRICTS))
            for place in self.some(MOVE)
        ]
        for part in chunks(orders):
            self.refused.update(refusal.code for refusal in move_many(orders=part, stamp=stamp).refused.values())

    def use(self, month: date) -> None:
        """A third of the people use something, and some of it is reversed."""
        stamp = self.town.stamp(month + timedelta(days=15))
        claims = [
            Claim(
                resident=self.town.residents[place],
                programme=self.chance.choice(self.town.held_by(place)),
                provider=self.chance.choice(self.town.providers),
                fen=self.chance.randint(1, 2_500),
                day=max(BEGIN, self.day_about(month, ago=20, ahead=15)),
                key=redemption_key(f"{month}/{place}"),
            )
            for place in self.some(USE)
        ]
        for part in chunks(claims):
            answers = accept_many(claims=part, stamp=stamp)
            self.refused.update(answer.code for answer in answers if isinstance(answer, Refused))
            booked = [answer.row for answer in answers if not isinstance(answer, Refused)]
            self.keys += [key_given(row.key) for row in booked]
        for key in self.chance.sample(self.keys, len(self.town.residents) // REVERSE):
            self.attempt(partial(reverse, key=key, day=stamp.booked_on, stamp=stamp))

    def correct(self, month: date) -> None:
        """Some moves were of another day or to another district, whether the last or not; some were none."""
        stamp = self.town.stamp(month + timedelta(days=19))
        standing = list(Move.objects.standing().order_by("pk").values_list("pk", flat=True))
        for key in self.chance.sample(standing, min(len(standing), 1 + len(self.town.residents) // CORRECT)):
            move = Move.objects.get(pk=key)
            day, to = self.day_about(month, ago=90, ahead=10), self.chance.choice([None, *DISTRICTS])
            self.attempt(
                partial(
                    cases.correct,
                    move=move,
                    to=to,
                    effective_on=day,
                    confirmed=to is None,
                    parties=set(Party),
                    stamp=stamp,
                )
            )

    def answer(self, month: date) -> None:
        """Some of the open cases are answered, others wait for their clock."""
        stamp = self.town.stamp(month + timedelta(days=24))
        for move in Move.objects.open().order_by("pk"):
            if step := self.chance.choice(ANSWERS):
                self.attempt(partial(cases.act, move=move, step=step, parties=set(Party), stamp=stamp))

    def days_work(self, day: date) -> None:
        """Do what the beat asks for: clocks that ran out, moves that begin, vouchers that expire."""
        stamp = self.town.stamp(day)
        daily.ask_for_the_day(stamp=stamp)
        for job in Job.objects.filter(state=JobState.OPEN).order_by("pk"):
            while run_step(job_id=job.pk, now=NOW, stamp=stamp):
                pass

    def attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Refused as refusal:
            self.refused[refusal.code] += 1


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
