"""The same facts recorded in any order end in the same homes, payers and costs: those of the day-by-day reckoning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import District, Resident
from accounts.selectors import spells_by_resident
from accounts.stamps import Stamp
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
)
from tests.model import books
from tests.model.case_rules import EVERYBODY, POOL_OF
from tests.model.reference import DAY, Claim, Paper, Person, Rule, Use, reckon
from tests.model.searching import profile
from vouchers.cases import Step
from vouchers.models import Provider, Voucher
from vouchers.services import cases
from vouchers.services.deaths import record_death
from vouchers.services.merging_districts import merge_districts
from vouchers.services.moving import MoveOrder
from vouchers.services.redeeming import redeem

BEGIN, END = date(2025, 1, 1), date(2026, 1, 1)
HOME, SINCE = "310101", date(2020, 1, 1)
#: What the home may become part of.
SUCCESSOR = "310103"
POOLS = {**POOL_OF, "330101": "330101", SUCCESSOR: POOL_OF[HOME]}
#: Everything is recorded in this month, on days of its own.
OPEN_MONTH = date(2025, 12, 1)
RULES = [
    Rule("daily", "daily", False, 9_973),
    Rule("pooled", "daily", True, 9_973),
    Rule("monthly", "monthly", False, 1_003),
    Rule("origin", "origin", False, 500),
    Rule("by-use", "by_use", False, 1_000),
]
#: A decided claim and what became of it.
DECISIONS = {Step.CONFIRMED: "agreed", Step.REJECTED: "over", Step.WITHDRAWN: "over"}

Act = Callable[[Stamp], object]
days = st.integers(0, 330).map(lambda number: BEGIN + timedelta(days=number))


@dataclass(frozen=True)
class Town:
    lin: Resident
    vouchers: Sequence[Voucher]
    provider: Provider


@dataclass(frozen=True, kw_only=True)
class Story:
    """Facts of one person: moves to different districts on different days, so that none is in another's way.

    The first move is argued about and decided, the last is put right to ``corrected_to``, the others are just reported.
    Later than all of it the person may die; the district of the first residence may become part of another.
    """

    moves: Sequence[Claim]
    decision: Step
    corrected_to: date
    uses: Sequence[tuple[date, int]]
    died_on: date | None
    merged_on: date | None

    def paper(self, rule: Rule) -> Paper:
        status = "died" if self.died_on else "active"
        used = [Use("", day, fen, "") for day, fen in self.uses]
        return Paper("lin", rule, BEGIN, END, rule.fen, used, status, self.died_on)

    def person(self) -> Person:
        *others, last = self.moves
        first = replace(others[0], state=DECISIONS[self.decision])
        home = SUCCESSOR if self.merged_on else HOME
        return Person(home, SINCE, [first, *others[1:], replace(last, day=self.corrected_to)])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    places = draw(st.permutations([code for code in POOLS if code not in {HOME, SUCCESSOR}]))
    number = draw(st.integers(2, 4))
    dates = draw(st.lists(days, min_size=number + 1, max_size=number + 1, unique=True))
    return Story(
        moves=[Claim(day, to) for day, to in zip(dates[:number], places, strict=False)],
        decision=draw(st.sampled_from(list(DECISIONS))),
        corrected_to=dates[-1],
        uses=draw(st.lists(st.tuples(days, st.integers(1, 40)), max_size=3)),
        died_on=draw(st.none() | st.just(BEGIN + DAY * 332)),
        merged_on=draw(st.none() | days),
    )


def chains(story: Story, town: Town) -> list[list[Act]]:
    """Return what is recorded, as chains: the acts of one follow each other, whatever comes between."""
    *others, last = story.moves
    return [
        [asks(others[0], town, agreed=False), decides(Step.DISPUTED, town), decides(story.decision, town)],
        *([asks(claim, town, agreed=True)] for claim in others[1:]),
        [asks(last, town, agreed=True), corrects(last, story.corrected_to, town)],
        *([uses(f"{number}", day, fen, town)] for number, (day, fen) in enumerate(story.uses)),
        *([dies(day, town)] for day in [story.died_on] if day),
        *([merges(day)] for day in [story.merged_on] if day),
    ]


def asks(claim: Claim, town: Town, *, agreed: bool) -> Act:
    def ask(stamp: Stamp) -> None:
        order = MoveOrder(resident=town.lin, to=claim.to, effective_on=claim.day)
        cases.request(orders=[order], confirmed=agreed, stamp=stamp)

    return ask


def decides(step: Step, town: Town) -> Act:
    def act(stamp: Stamp) -> None:
        move = cases.open_case(town.lin)
        assert move is not None
        cases.act(move=move, step=step, parties=EVERYBODY, stamp=stamp)

    return act


def corrects(claim: Claim, day: date, town: Town) -> Act:
    def act(stamp: Stamp) -> None:
        move = cases.standing_on(resident=town.lin, day=claim.day)
        cases.correct(move=move, effective_on=day, parties=EVERYBODY, stamp=stamp)

    return act


def uses(key: str, day: date, fen: int, town: Town) -> Act:
    def act(stamp: Stamp) -> None:
        for voucher in town.vouchers:
            redeem(
                resident=town.lin,
                programme=voucher.programme,
                provider=town.provider,
                fen=fen,
                day=day,
                key=f"{voucher.pk}/{key}",
                stamp=stamp,
            )

    return act


def dies(day: date, town: Town) -> Act:
    return lambda stamp: record_death(resident=town.lin, day=day, stamp=stamp)


def merges(day: date) -> Act:
    return lambda stamp: merge_districts(predecessor=HOME, successor=SUCCESSOR, day=day, stamp=stamp)


def interleaved(chains: Sequence[Sequence[Act]], order: Sequence[int]) -> list[Act]:
    """Return all acts, the next one of the chain that ``order`` names; who would ask waits while a case is open."""
    left, turns, acts = [list(chain) for chain in chains], list(order), []
    while turns:
        is_open = len(left[0]) in {1, 2}
        number = next(turn for turn in turns if turn == 0 or not (is_open and left[turn][0].__name__ == "ask"))
        turns.remove(number)
        acts.append(left[number].pop(0))
    return acts


@contextmanager
def undone_afterwards() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def outcome(acts: Sequence[Act], town: Town) -> tuple[object, ...]:
    """Record everything, a day later each time it may be, and return homes, payers, what is held and what is borne."""
    author = UserFactory()
    with undone_afterwards():
        for number, act in enumerate(acts):
            day = OPEN_MONTH + DAY * number
            act(Stamp(by=author, booked_on=day, as_of=day))
        rows, found = books.rows(), books.vouchers()
        return (
            [(spell.district_id, spell.start, spell.end) for spell in spells_by_resident([town.lin.pk])[town.lin.pk]],
            {voucher.pk: found[voucher.pk].payer for voucher in town.vouchers},
            books.balances(rows, "entitlement"),
            books.balances(rows, "cost"),
        )


def reckoned(story: Story, town: Town) -> tuple[Mapping[int, str], Mapping[int, dict[str, int]]]:
    """Return payers and costs as the reference has them."""
    person = story.person()
    found = {
        voucher.pk: reckon(
            story.paper(rule),
            person,
            pool_of=POOLS,
            as_of=OPEN_MONTH,
        )
        for rule, voucher in zip(RULES, town.vouchers, strict=True)
    }
    return {key: one.payer for key, one in found.items()}, {key: one.costs for key, one in found.items()}


@pytest.fixture
def town(db: None) -> Town:
    for code, pool in POOLS.items():
        DistrictFactory(code=code, pool=pool)
    lin = ResidentFactory(district=District.objects.get(pk=HOME), since=SINCE)
    programmes = [
        ProgrammeFactory(
            code=rule.code,
            cost_rule=rule.cost_rule,
            funded_by="pool" if rule.pooled else "district",
            annual_fen=rule.fen,
            valid_from=BEGIN,
            valid_until=END,
        )
        for rule in RULES
    ]
    vouchers = [VoucherFactory(resident=lin, programme=programme, day=BEGIN) for programme in programmes]
    return Town(lin, vouchers, ProviderFactory(district=lin.residences.get().district, programmes=programmes))


def test_facts_recorded_in_any_order_end_in_the_same_costs(town: Town) -> None:
    @profile(examples=12)
    @given(stories(), st.data())
    def holds(story: Story, data: st.DataObject) -> None:
        told = chains(story, town)
        turns = [number for number, chain in enumerate(told) for _ in chain]

        one, other = (
            outcome(interleaved(told, data.draw(order)), town) for order in (st.just(turns), st.permutations(turns))
        )

        payers, costs = reckoned(story, town)
        assert one == other
        assert (other[1], other[3]) == (payers, costs)

    holds()
