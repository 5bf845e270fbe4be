"""A city whose districts merge on the way, against one in which they were one district from the start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from config.scenarios.arguments import EventLine
from config.scenarios.playing import play
from config.scenarios.story import DistrictLine, ProgrammeLine, ProviderLine, ResidentLine, Story
from ledger.months import next_month
from ledger.services import verifying
from tests.model import books
from tests.model.searching import profile
from vouchers.services import verifying as verifying_vouchers

#: Everything about the books but their seals: nothing is sealed here.
LEDGER_CHECKS = [check for check in verifying.CHECKS if check.code in ("reversals", "books", "settlements", "balances")]

BEGIN = date(2015, 1, 1)
#: Two mergers of a chain: Zhabei into Jing'an, then Jing'an into Huangpu; Minhang stays what it is.
ZHABEI, JINGAN, HUANGPU, MINHANG = "310108", "310106", "310101", "310112"
DISTRICTS = (ZHABEI, JINGAN, HUANGPU, MINHANG)
#: The first merger stays within a pool. The second changes pools, and its predecessor was the pool of Minhang.
POOLS = {ZHABEI: "310000", JINGAN: "310000", HUANGPU: HUANGPU, MINHANG: JINGAN}
CHAIN = ((ZHABEI, JINGAN), (JINGAN, HUANGPU))
PROGRAMMES = tuple(
    ProgrammeLine(
        code=f"{rule}-{funder}",
        valid=(BEGIN, date(2016, 1, 1)),
        annual_fen=fen,
        cost_rule=rule,
        funded_by=funder,
        count_days={"default": 10, "9": 15} if rule == "monthly" else {},
        visits="open",
        visit_terms=(),
    )
    for rule, funder, fen in (
        ("daily", "district", 9_973),
        ("monthly", "pool", 7_919),
        ("by_use", "district", 1_003),
        ("origin", "pool", 500),
    )
)
CODES = tuple(programme.code for programme in PROGRAMMES)
PEOPLE = ("an", "bo", "cheng")

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(PEOPLE), st.sampled_from(DISTRICTS), st.integers(1, 60)),
        st.tuples(st.just("annul"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("redeem"), st.sampled_from(PEOPLE), st.sampled_from(CODES), st.sampled_from(DISTRICTS)),
        st.tuples(st.just("reverse"), st.integers(0, 5)),
        st.tuples(st.just("revoke"), st.sampled_from(PEOPLE), st.sampled_from(CODES)),
        st.tuples(st.just("close")),
        st.tuples(st.just("settle"), st.integers(1, 3)),
        st.tuples(st.just("merge")),
    ),
    min_size=10,
    max_size=30,
)


class Script:
    """Turns drawn happenings into two stories: one with the mergers, one where the districts were always one."""

    def __init__(self, homes: tuple[str, ...]) -> None:
        self.homes = dict(zip(PEOPLE, homes, strict=True))
        self.lives = {name: [(date(2010, 1, 1), home)] for name, home in self.homes.items()}
        self.heir = {code: code for code in DISTRICTS}
        self.events: list[EventLine] = []
        self.left = list(CHAIN)
        self.today, self.closed, self.redeemed = BEGIN, date(2014, 12, 1), 0
        for name in PEOPLE:
            for code in CODES:
                self.add("issue", {"issue": code, "to": name})

    def add(self, verb: str, values: dict[str, Any], *, day: date | None = None) -> None:
        self.events.append(EventLine(day=day or self.today, posted=self.today, verb=verb, values=values))

    def happen(self, what: tuple[Any, ...]) -> None:
        self.today += timedelta(days=11)
        getattr(self, what[0])(*what[1:])

    def move(self, name: str, to: str, ago: int) -> None:
        """Recorded late more often than not, but in the order of the days; never into what is no district any more."""
        last, home = self.lives[name][-1]
        day = max(self.today - timedelta(days=ago), last + timedelta(days=1), BEGIN)
        if self.heir[to] == to and self.heir[home] != to and day <= self.today:
            self.lives[name].append((day, to))
            self.add("move", {"move": name, "to": to}, day=day)

    def annul(self, name: str) -> None:
        if len(self.lives[name]) > 1:
            day, _to = self.lives[name].pop()
            self.add("annul_move", {"annul_move": name, "of": day})

    def redeem(self, name: str, code: str, at: str) -> None:
        self.redeemed += 1
        values = {"redeem": code, "by": name, "at": f"at-{at}", "fen": 97, "key": f"k{self.redeemed}"}
        self.add("redeem", values, day=max(BEGIN, self.today - timedelta(days=20)))

    def reverse(self, number: int) -> None:
        self.add("reverse", {"reverse": f"k{number}"})

    def revoke(self, name: str, code: str) -> None:
        self.add("revoke", {"revoke": code, "of": name})

    def close(self) -> None:
        self.closed = next_month(self.closed)
        self.add("close", {"close": self.closed})

    def settle(self, number: int) -> None:
        self.add("settle", {"settle": date(2015, number, 1)})

    def all_months_are_settled(self) -> None:
        self.today = date(2016, 2, 1)
        while self.closed < date(2016, 1, 1):
            self.close()
        for month in self.months:
            self.add("settle", {"settle": month})

    @property
    def months(self) -> list[date]:
        return [date(2015, number, 1) for number in range(1, 13)] + [date(2016, 1, 1)]

    @property
    def gone(self) -> set[str]:
        return {code for code, heir in self.heir.items() if heir != code}

    def merge(self) -> None:
        """The next two districts of the chain become one."""
        if self.left:
            predecessor, successor = self.left.pop(0)
            self.heir = {code: successor if heir == predecessor else heir for code, heir in self.heir.items()}
            self.add("merge_district", {"merge_district": predecessor, "into": successor})


def renamed(event: EventLine, heir: dict[str, str]) -> EventLine:
    values = {name: heir.get(value, value) if name == "to" else value for name, value in event.values.items()}
    return EventLine(day=event.day, posted=event.posted, verb=event.verb, values=values)


def story(homes: dict[str, str], events: list[EventLine], *, heir: dict[str, str]) -> Story:
    return Story(
        title="",
        districts=tuple(
            DistrictLine(code=code, name=code, pool=heir.get(POOLS[code], POOLS[code])) for code in DISTRICTS
        ),
        residents=tuple(
            ResidentLine(id=name, lives_in=heir[home], since=date(2010, 1, 1), born=None)
            for name, home in homes.items()
        ),
        providers=tuple(ProviderLine(id=f"at-{code}", district=heir[code], programmes=CODES) for code in DISTRICTS),
        programmes=PROGRAMMES,
        events=tuple(events),
        expect={},
    )


def held(state: dict[str, Any]) -> dict[str, int]:
    """Return what the accounts hold that have nothing to do with settling."""
    return {code: fen for code, fen in state["books"].items() if not code.endswith("/cash")}


@pytest.mark.django_db
@profile(examples=6)
@given(homes=st.tuples(*[st.sampled_from(DISTRICTS)] * len(PEOPLE)), drawn=happenings)
def test_after_mergers_everybody_bears_what_they_would_had_the_districts_been_one_from_the_start(
    homes: tuple[str, ...], drawn: list[tuple[Any, ...]]
) -> None:
    script = Script(homes)
    for what in drawn:
        script.happen(what)
    script.all_months_are_settled()
    as_one = [renamed(event, script.heir) for event in script.events if event.verb != "merge_district"]

    with undone():
        merged = play(story(script.homes, script.events, heir={code: code for code in DISTRICTS}))
        rows = books.rows()
        left = {month: books.unsettled(rows, month) for month in script.months}
        of_their_own = books.own_books(rows)
        for check in (*LEDGER_CHECKS, *verifying_vouchers.CHECKS):
            check.run()
    with undone():
        always_one = play(story(script.homes, as_one, heir=script.heir))

    assert merged["vouchers"] == always_one["vouchers"]
    assert held(merged) == held(always_one)
    assert not [code for code in merged["books"] if {*code.split("/")} & script.gone]
    assert not any(of_their_own.values())
    assert not any(left.values())


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
