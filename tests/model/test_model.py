"""The whole of the domain against the reference, step by step: who pays, what is left, what each authority bears."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from accounts.refusals import Refused
from ledger import selectors
from ledger.models import Job, JobState, Transfer
from ledger.months import month_of, next_month, previous_month
from ledger.netting import positions
from ledger.services.jobs import run_step
from ledger.services.periods import close_period, settle_period
from tests.factories import DistrictFactory, ProgrammeFactory, ProviderFactory, ResidentFactory, UserFactory
from tests.model import books
from tests.model.case_rules import POOL_OF, CaseRules, shifts
from tests.model.reference import DAY, Claim, Paper, Person, Rule, Use, reckon
from tests.model.searching import profile
from vouchers.models import Programme, Provider
from vouchers.services import daily
from vouchers.services.ending import expire, revoke
from vouchers.services.issuing import issue
from vouchers.services.moving import annul_move, move
from vouchers.services.planning import Cause, replan
from vouchers.services.redeeming import redeem, reverse

BEGIN = date(2024, 1, 1)
WINDOW = (BEGIN, date(2025, 1, 1))
RULES = [
    Rule(f"{cost_rule}-{'pool' if pooled else 'district'}", cost_rule, pooled, fen)
    for cost_rule, fen in (("daily", 9_973), ("origin", 500), ("by_use", 1_000))
    for pooled in (False, True)
]
RULES += [
    Rule("monthly-district", "monthly", False, 1_003),
    Rule("monthly-pool", "monthly", True, 7_919, count_days=(31,) * 8 + (20,) + (31,) * 3),
]
WINDOWS = [
    WINDOW,
    (date(2024, 2, 11), date(2024, 3, 10)),
    (date(2024, 3, 1), date(2024, 9, 1)),
    (date(2024, 3, 10), date(2024, 3, 11)),
]

people = st.sampled_from(["an", "bo"])
districts = st.sampled_from(list(POOL_OF))
counters = st.sampled_from([*POOL_OF, "nowhere"])
codes = st.sampled_from([rule.code for rule in RULES])
#: Days are ten apart, so that uses, moves and ends meet on one day now and then.
tenths = st.integers(0, 12)
#: A programme's days for late claims, as the factory leaves them.
LATE_CLAIMS = timedelta(days=30)
NOW: datetime = timezone.now() + timedelta(days=1)
HOMES = {"an": ("310101", date(2020, 1, 1)), "bo": ("320101", date(2024, 2, 15))}

Body = tuple[str, str, str, date, int]


def months_before(day: date, number: int) -> date:
    """Return the month of ``day``, or one so many months before."""
    month = month_of(day)
    for _ in range(number):
        month = previous_month(month)
    return month


class City(CaseRules, RuleBasedStateMachine):
    """Every rule first says what must come of it by the reference, then asks the services."""

    approver: User
    programmes: dict[str, Programme]
    providers: dict[str, Provider]

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.today = BEGIN
        self.people = {name: Person(home, since) for name, (home, since) in HOMES.items()}
        self.cases = []
        self.papers: dict[int, Paper] = {}
        self.keys: dict[str, Body] = {}
        self.closed_through: date | None = None
        self.settled: set[date] = set()
        self.frozen: dict[date, list[str]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # What happens

    @initialize(to=districts, shift=shifts, together=st.booleans())
    def both_hold_vouchers_and_one_is_said_to_have_moved(self, to: str, shift: int, together: bool) -> None:
        self.receives("an", "by_use-district", WINDOW)
        self.receives("an", "daily-district", WINDOW)
        self.receives("bo", "monthly-pool", WINDOW)
        self.today = BEGIN + DAY * 100
        self.asks_for_what_cannot_be("an")
        for number, paper in enumerate(list(self.papers.values()) * 2):
            day = BEGIN + DAY * 20 * (number + 1)
            self.uses(paper.owner, paper.rule.code, "310102", day, 100 + number, key=f"key-{len(self.keys)}")
        self.asks("an", to, shift, False, together)

    @rule(owner=people, code=codes, window=st.sampled_from(WINDOWS))
    def receives(self, owner: str, code: str, window: tuple[date, date]) -> None:
        offer = next(rule for rule in RULES if rule.code == code)
        in_the_way = any(paper.overlaps(*window) for paper in self.of(owner, code))
        voucher = self.attempt(
            "already_issued" if in_the_way else None,
            lambda: issue(
                resident=self.residents[owner],
                programme=self.programmes[code],
                valid_from=window[0],
                valid_until=window[1],
                stamp=self.stamp,
            ),
        )
        if voucher is not None:
            self.papers[voucher.pk] = Paper(owner, offer, *window, fen=offer.fen)

    @rule(data=st.data(), at=counters, ago=tenths, fen=st.integers(1, 400))
    def uses_some(self, data: st.DataObject, at: str, ago: int, fen: int) -> None:
        paper = self.draw_paper(data)
        self.uses(paper.owner, paper.rule.code, at, self.today - DAY * 10 * ago, fen, key=f"key-{len(self.keys)}")

    @precondition(lambda self: any(paper.remaining for paper in self.papers.values()))
    @rule(data=st.data(), at=districts, ago=tenths, too_much=st.booleans())
    def uses_exactly_the_rest(self, data: st.DataObject, at: str, ago: int, too_much: bool) -> None:
        paper = data.draw(st.sampled_from([paper for paper in self.papers.values() if paper.remaining]))
        day = min(max(paper.start, self.today - DAY * 10 * ago), paper.end - DAY)
        self.uses(paper.owner, paper.rule.code, at, day, paper.remaining + too_much, key=f"key-{len(self.keys)}")

    @precondition(lambda self: self.keys)
    @rule(data=st.data(), more=st.integers(0, 1))
    def sends_a_key_again(self, data: st.DataObject, more: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.keys)))
        owner, code, at, day, fen = self.keys[key]
        before = Transfer.objects.count()
        self.uses(owner, code, at, day, fen + more, key=key)
        assert Transfer.objects.count() == before

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def reverses(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.keys)))
        use = next(use for paper in self.papers.values() for use in paper.uses if use.key == key)
        code = "already_reversed" if use.is_reversed else None
        self.attempt(code, lambda: reverse(key=key, day=self.today, stamp=self.stamp))
        use.is_reversed = True

    @rule(owner=people, to=districts, shift=st.integers(-15, 4))
    def moves(self, owner: str, to: str, shift: int) -> None:
        """Today, late or ahead; often too early."""
        self.goes(owner, to, self.today + DAY * 10 * shift)

    @rule(owner=people, to=districts, after=st.integers(1, 4))
    def moves_on(self, owner: str, to: str, after: int) -> None:
        """Some days after the last move, but not far ahead: mostly recorded late."""
        self.goes(owner, to, min(max(self.people[owner].last_start, BEGIN) + DAY * 10 * after, self.today + DAY * 20))

    @precondition(lambda self: any(person.standing for person in self.people.values()))
    @rule(data=st.data())
    def annuls_the_last_move(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from([name for name, person in self.people.items() if person.standing]))
        last = self.people[owner].standing[-1]
        self.annuls(owner, last.day)
        last.state = "over"

    @rule(data=st.data(), ago=tenths)
    def loses(self, data: st.DataObject, ago: int) -> None:
        paper = self.draw_paper(data)
        day = self.today - DAY * 10 * ago
        found = self.in_use(paper.owner, paper.rule.code, day)
        self.attempt(
            found if isinstance(found, str) else None,
            lambda: revoke(
                resident=self.residents[paper.owner],
                programme=self.programmes[paper.rule.code],
                day=day,
                stamp=self.stamp,
            ),
        )
        if isinstance(found, Paper):
            found.status, found.revoked_on = "revoked", day

    @rule()
    def everything_over_expires(self) -> None:
        due = [pk for pk, paper in self.papers.items() if paper.status == "active" and paper.end <= self.today]
        expire(voucher_ids=due, stamp=self.stamp)
        for pk in due:
            self.papers[pk].status = "expired"

    @rule(back=st.integers(0, 3))
    def month_closes(self, back: int) -> None:
        month = months_before(self.today, back)
        code = self.why_not_close(month)
        self.attempt(code, lambda: close_period(month=month, approved_by=self.approver, stamp=self.stamp))
        if code is None:
            self.closed_through = month
            self.frozen = {closed: keys for closed, keys in self.keys_by_month().items() if closed <= month}

    @precondition(lambda self: self.closed_through)
    @rule(back=st.integers(-1, 3))
    def month_settles(self, back: int) -> None:
        closed = self.closed_through or BEGIN
        month = next_month(closed) if back < 0 else months_before(closed, back)
        code = "period_open" if month > closed else "already_settled" if month in self.settled else None
        self.attempt(code, lambda: settle_period(month=month, approved_by=self.approver, stamp=self.stamp))
        if code is None:
            self.settled.add(month)

    def asks_for_what_cannot_be(self, owner: str) -> None:
        """The refusals that need no luck: another authority's code, a pool, a day without a move, a key nobody used."""
        self.goes(owner, "310000", self.today)
        self.annuls(owner, self.people[owner].last_start + DAY)
        self.attempt("no_such_redemption", lambda: reverse(key="nobody's", day=self.today, stamp=self.stamp))
        self.uses("bo", "origin-pool", "310101", self.today, 1, key="free")

    @rule(days=st.sampled_from([10, 10, 30, 80]))
    def days_pass(self, days: int) -> None:
        """Time goes on, and the day's work is done: silence is agreement, moves take effect, vouchers expire."""
        self.today += timedelta(days=days)
        daily.ask_for_the_day(stamp=self.stamp)
        for job in Job.objects.filter(state=JobState.OPEN).order_by("pk"):
            while run_step(job_id=job.pk, now=NOW, stamp=self.stamp):
                pass
        assert not Job.objects.exclude(state=JobState.DONE).exists()
        self.clocks_ran_out()
        for paper in self.papers.values():
            if paper.status == "active" and paper.end + LATE_CLAIMS <= self.today:
                paper.status = "expired"

    # What the rules above share

    def uses(self, owner: str, code: str, at: str, day: date, fen: int, *, key: str) -> None:
        body = (owner, code, at, day, fen)
        paper = self.in_use(owner, code, day)
        wanted = self.why_not_use(key, body, at, paper, fen)
        self.attempt(
            wanted,
            lambda: redeem(
                resident=self.residents[owner],
                programme=self.programmes[code],
                provider=self.providers[at],
                fen=fen,
                day=day,
                key=key,
                stamp=self.stamp,
            ),
        )
        if wanted is None and key not in self.keys:
            assert isinstance(paper, Paper)
            self.keys[key] = body
            paper.uses.append(Use(key, day, fen, at))

    def why_not_use(self, key: str, body: Body, at: str, paper: Paper | str, fen: int) -> str | None:
        if key in self.keys:
            return None if self.keys[key] == body else "key_reused"
        if at == "nowhere":
            return "wrong_programme"
        if isinstance(paper, str):
            return paper
        return "balance_too_low" if fen > paper.remaining else None

    def in_use(self, owner: str, code: str, day: date) -> Paper | str:
        """Return the voucher in use on ``day``, or the refusal that stands in its place."""
        mine = self.of(owner, code)
        if not mine:
            return "no_voucher"
        if day < min(paper.start for paper in mine):
            return "not_valid_yet"
        covering = [paper for paper in mine if paper.covers(day)]
        if not covering:
            return "expired"
        return next((paper for paper in covering if paper.status == "active"), None) or covering[0].status

    def draw_paper(self, data: st.DataObject) -> Paper:
        return data.draw(st.sampled_from(list(self.papers.values())))

    def annuls(self, owner: str, day: date) -> None:
        person = self.people[owner]
        self.attempt(
            None if person.standing and day == person.last_start else "not_the_last_move",
            lambda: annul_move(resident=self.residents[owner], effective_on=day, stamp=self.stamp),
        )

    def goes(self, owner: str, to: str, day: date) -> None:
        person = self.people[owner]
        home = person.lives_in(day, as_of=day)
        code = (
            "not_a_member" if to not in POOL_OF
            else "same_district" if home == to
            else "move_overlaps" if day <= person.last_start
            else None
        )  # fmt: skip
        self.attempt(code, lambda: move(resident=self.residents[owner], to=to, effective_on=day, stamp=self.stamp))
        if code is None:
            self.claims([owner], Claim(day, to))

    def why_not_close(self, month: date) -> str | None:
        closed = self.closed_through or date.min
        if any(closed < period < month for period in self.keys_by_month()):
            return "earlier_period_open"
        return "already_closed" if month <= closed else None

    def of(self, owner: str, code: str) -> list[Paper]:
        return [paper for paper in self.papers.values() if (paper.owner, paper.rule.code) == (owner, code)]

    def attempt(self, code: str | None, act: Callable[[], Any]) -> Any:
        """Do it, and hold it to what the reference says: the refusal ``code``, or none."""
        refused_as, result = None, None
        try:
            with transaction.atomic():
                result = act()
        except Refused as refusal:
            refused_as = refusal.code
        assert refused_as == code
        return result

    def keys_by_month(self) -> dict[date, list[str]]:
        found: dict[date, list[str]] = {}
        for period, key in Transfer.objects.order_by("pk").values_list("period", "key"):
            found.setdefault(period, []).append(key)
        return found

    # What always holds

    @invariant()
    def the_books_are_as_the_reference_has_them(self) -> None:
        rows = books.rows()
        self.every_voucher_agrees(rows)
        self.every_book_is_in_balance(rows)
        self.closed_months_stand(rows)

    def every_voucher_agrees(self, rows: list[Transfer]) -> None:
        vouchers, spent = books.vouchers(), books.spent_by_rows(rows)
        held, borne = books.balances(rows, "entitlement"), books.balances(rows, "cost")
        assert vouchers.keys() == self.papers.keys()
        for pk, paper in self.papers.items():
            voucher = vouchers[pk]
            wanted = reckon(paper, self.people[paper.owner], pool_of=POOL_OF, as_of=self.today)
            assert (voucher.payer, voucher.status) == (wanted.payer, paper.status)
            assert (voucher.spent_fen, voucher.remaining_fen) == (paper.spent, paper.remaining)
            assert voucher.spent_fen == spent[pk]
            assert held[pk] == ({wanted.payer: -paper.remaining} if paper.remaining else {})
            assert borne[pk] == wanted.costs
            assert sum(borne[pk].values()) == voucher.amount_fen - voucher.returned_fen

    def every_book_is_in_balance(self, rows: list[Transfer]) -> None:
        assert not any(books.own_books(rows).values())
        assert books.journal_by_authority() == {}
        for month, owed in selectors.obligations_by_month().items():
            assert sum(positions(owed).values()) == 0, month

    def closed_months_stand(self, rows: list[Transfer]) -> None:
        now = self.keys_by_month()
        assert {month: keys for month, keys in now.items() if month <= (self.closed_through or date.min)} == self.frozen
        for month in self.settled:
            assert books.unsettled(rows, month) == {}, month

    @invariant()
    def planning_again_posts_nothing(self) -> None:
        before = Transfer.objects.count()
        replan(voucher_ids=list(self.papers), cause=lambda _: Cause("again", self.today), stamp=self.stamp)
        assert Transfer.objects.count() == before


@pytest.fixture
def city(db: None) -> type[City]:
    """The machine's world before anything happens: four districts in three pools, two people, eight programmes."""
    places = {code: DistrictFactory(code=code, pool=pool) for code, pool in POOL_OF.items()}
    made = {
        rule.code: ProgrammeFactory(
            code=rule.code,
            cost_rule=rule.cost_rule,
            funded_by="pool" if rule.pooled else "district",
            annual_fen=rule.fen,
            valid_from=WINDOW[0],
            valid_until=WINDOW[1],
            count_days={"default": 31, "9": 20} if rule.code == "monthly-pool" else {},
        )
        for rule in RULES
    }
    City.author, City.approver = UserFactory(), UserFactory()
    City.programmes = made
    City.residents = {
        name: ResidentFactory(name=name, district=places[home], since=since) for name, (home, since) in HOMES.items()
    }
    City.providers = {
        code: ProviderFactory(code=code, district=place, programmes=list(made.values()))
        for code, place in places.items()
    }
    City.providers["nowhere"] = ProviderFactory(code="nowhere", district=places["310101"], programmes=[])
    return City


def test_the_books_agree_with_a_day_by_day_reckoning(city: type[City]) -> None:
    run_state_machine_as_test(city, settings=profile(examples=16, steps=30))
