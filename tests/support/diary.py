"""A city whose days are played at random, and a diary of the answers that it gave on each of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st

from accounts import selectors as places
from accounts.models import Resident, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.models import Job, JobState
from ledger.services.jobs import run_step
from tests.factories import DistrictFactory, ProgrammeFactory, ProviderFactory, ResidentFactory, UserFactory
from vouchers.cases import Party, Step
from vouchers.models import CostRule, Funding, Move, Programme, Provider, Voucher
from vouchers.services import cases, daily
from vouchers.services.ending import revoke
from vouchers.services.issuing import issue
from vouchers.services.moving import MoveOrder, annul_move, move
from vouchers.services.planning import books_of
from vouchers.services.redeeming import redeem, reverse

BEGIN = date(2026, 1, 1)
POOLS = {"310101": "310000", "310104": "310000", "320505": "320500"}
NOW: datetime = timezone.now() + timedelta(days=1)


class Answer(NamedTuple):
    """What a voucher was good for on a day, who paid, and what each authority bore, in fen."""

    payer: str
    amount_fen: int
    spent_fen: int
    returned_fen: int
    remaining_fen: int
    status: str
    costs: dict[str, int]


Beliefs = list[tuple[date, date | None, str, bool]]


@dataclass
class Day:
    answers: dict[int, Answer]
    homes: dict[int, Beliefs]


class Happening(NamedTuple):
    """Something done to one person: ``back`` days ago or, below zero, ahead; then ``pass_days`` go by."""

    verb: str
    person: int
    programme: int
    to: str
    back: int
    fen: int
    pass_days: int


VERBS = (
    *("issue", "move", "request", "request", "leave", "confirm", "dispute", "reject", "withdraw", "annul"),
    *("take_back", "correct", "correct", "redeem", "redeem", "redeem", "reverse", "revoke"),
)
happenings = st.lists(
    st.builds(
        Happening,
        verb=st.sampled_from(VERBS),
        person=st.integers(0, 1),
        programme=st.integers(0, 4),
        to=st.sampled_from(list(POOLS)),
        back=st.integers(-20, 60),
        fen=st.integers(1, 9_000),
        pass_days=st.sampled_from([0, 0, 1, 9, 25]),
    ),
    min_size=12,
    max_size=40,
)


@dataclass
class Diary:
    """Plays happenings, lets the rules refuse what they will, and writes down each day's answers at its end."""

    author: User
    people: list[Resident]
    programmes: list[Programme]
    provider: Provider
    today: date = BEGIN + timedelta(days=60)
    keys: list[str] = field(default_factory=list)
    days: dict[date, Day] = field(default_factory=dict)

    @property
    def stamp(self) -> Stamp:
        return Stamp(by=self.author, booked_on=self.today, as_of=self.today)

    def play(self, happening: Happening) -> None:
        with suppress(Refused), transaction.atomic():
            getattr(self, f"_{happening.verb}")(happening)
        if happening.pass_days:
            self.end_the_day()
            self.today += timedelta(days=happening.pass_days)
            self._do_the_days_work()

    def end_the_day(self) -> None:
        """Write down what was answered today."""
        vouchers = list(Voucher.objects.select_related("programme", "holder", "ending"))
        books = books_of(vouchers)
        self.days[self.today] = Day(
            answers={
                voucher.pk: Answer(
                    payer=voucher.payer,
                    amount_fen=voucher.amount_fen,
                    spent_fen=voucher.spent_fen,
                    returned_fen=voucher.returned_fen,
                    remaining_fen=voucher.remaining_fen,
                    status=voucher.status,
                    costs={code: fen for code, fen in books[voucher.pk].borne.items() if fen},
                )
                for voucher in vouchers
            },
            homes={
                resident_id: [(row.start, row.end, row.district_id, row.confirmed) for row in rows]
                for resident_id, rows in places.spells_by_resident([person.pk for person in self.people]).items()
            },
        )

    def _do_the_days_work(self) -> None:
        daily.ask_for_the_day(stamp=self.stamp)
        for job in Job.objects.filter(state=JobState.OPEN).order_by("pk"):
            while run_step(job_id=job.pk, now=NOW, stamp=self.stamp):
                pass
        assert not Job.objects.exclude(state=JobState.DONE).exists()

    def _when(self, happening: Happening) -> date:
        return self.today - timedelta(days=happening.back)

    def _before(self, happening: Happening) -> date:
        return self.today - timedelta(days=abs(happening.back))

    def _order(self, happening: Happening, *, to: str) -> MoveOrder:
        return MoveOrder(resident=self.people[happening.person], to=to, effective_on=self._when(happening))

    def _issue(self, happening: Happening) -> None:
        issue(
            resident=self.people[happening.person],
            programme=self.programmes[happening.programme],
            day=self._before(happening),
            stamp=self.stamp,
        )

    def _move(self, happening: Happening) -> None:
        person = self.people[happening.person]
        move(resident=person, to=happening.to, effective_on=self._when(happening), stamp=self.stamp)

    def _request(self, happening: Happening) -> None:
        cases.request(orders=[self._order(happening, to=happening.to)], stamp=self.stamp)

    def _leave(self, happening: Happening) -> None:
        cases.request(orders=[self._order(happening, to="")], stamp=self.stamp, confirmed=True)

    def _confirm(self, happening: Happening) -> None:
        self._step(happening, Step.CONFIRMED, Party.RECEIVING)

    def _dispute(self, happening: Happening) -> None:
        self._step(happening, Step.DISPUTED, Party.RECEIVING)

    def _reject(self, happening: Happening) -> None:
        self._step(happening, Step.REJECTED, Party.CITY)

    def _withdraw(self, happening: Happening) -> None:
        self._step(happening, Step.WITHDRAWN, Party.REQUESTER)

    def _step(self, happening: Happening, step: Step, party: Party) -> None:
        if case := cases.open_case(self.people[happening.person]):
            cases.act(move=case, step=step, parties={party}, stamp=self.stamp)

    def _annul(self, happening: Happening) -> None:
        self._with_a_move(
            happening, lambda row: annul_move(resident=row.resident, effective_on=row.effective_on, stamp=self.stamp)
        )

    def _take_back(self, happening: Happening) -> None:
        self._with_a_move(
            happening, lambda row: cases.act(move=row, step=Step.ANNULLED, parties={Party.CITY}, stamp=self.stamp)
        )

    def _correct(self, happening: Happening) -> None:
        self._with_a_move(
            happening,
            lambda row: cases.correct(
                move=row,
                to=happening.to,
                effective_on=self._when(happening),
                parties={Party.CITY},
                confirmed=happening.fen % 2 == 0,
                stamp=self.stamp,
            ),
        )

    def _with_a_move(self, happening: Happening, act: Callable[[Move], object]) -> None:
        rows = list(Move.objects.standing().filter(resident=self.people[happening.person]).order_by("effective_on"))
        if rows:
            act(rows[happening.fen % len(rows)])

    def _redeem(self, happening: Happening) -> None:
        self.keys.append(f"key-{len(self.keys)}")
        redeem(
            resident=self.people[happening.person],
            programme=self.programmes[happening.programme],
            provider=self.provider,
            fen=happening.fen,
            day=self._before(happening),
            key=self.keys[-1],
            stamp=self.stamp,
        )

    def _reverse(self, happening: Happening) -> None:
        if self.keys:
            reverse(key=self.keys[happening.fen % len(self.keys)], day=self.today, stamp=self.stamp)

    def _revoke(self, happening: Happening) -> None:
        revoke(
            resident=self.people[happening.person],
            programme=self.programmes[happening.programme],
            day=self._before(happening),
            stamp=self.stamp,
        )


def open_diary() -> Diary:
    """Three districts in two pools, two people, a programme of each cost rule and a pooled one, one voucher of each."""
    districts = {code: DistrictFactory.create(code=code, pool=pool) for code, pool in POOLS.items()}
    programmes = [
        ProgrammeFactory.create(cost_rule=rule, annual_fen=20_000 + number) for number, rule in enumerate(CostRule)
    ]
    programmes.append(ProgrammeFactory.create(funded_by=Funding.POOL, annual_fen=9_973, valid_until=date(2026, 4, 1)))
    people = [ResidentFactory.create(district=districts[code]) for code in ("310101", "320505")]
    diary = Diary(
        author=UserFactory.create(),
        people=people,
        programmes=programmes,
        provider=ProviderFactory.create(district=districts["310104"], programmes=programmes),
    )
    for programme in programmes:
        issue(resident=people[0], programme=programme, day=BEGIN, stamp=diary.stamp)
    return diary
