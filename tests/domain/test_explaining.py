"""The explanation of a plan has its figures, to the fen."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_portability import BAOSHAN, END, JINGAN, LATER, MINHANG, START, entitlement, entitlements, lives
from tests.domain.test_portability import spells as many_spells
from vouchers.explaining import Tail, Term, explain
from vouchers.portability import Entitlement, Spell, Spend, plan

MOVED_ON = date(2024, 3, 16)
spends = st.lists(st.builds(Spend, st.dates(START, END), st.integers(1, 10**6)), max_size=5)


@given(entitlements, many_spells, spends, st.dates(min_value=START, max_value=LATER))
def test_the_terms_sum_to_the_costs_of_the_plan(
    entitled: Entitlement, spells: list[Spell], used: list[Spend], as_of: date
) -> None:
    terms = explain(entitlement=entitled, spells=spells, spends=used, as_of=as_of)

    costs: Counter[str] = Counter()
    for term in terms:
        costs[term.authority] += term.fen
    wanted = plan(entitlement=entitled, spells=spells, spends=used, as_of=as_of)
    assert (dict(costs), terms[-1].authority) == wanted


@given(entitlements, many_spells)
def test_one_term_begins_where_the_last_ended(entitled: Entitlement, spells: list[Spell]) -> None:
    terms = explain(entitlement=entitled, spells=spells, spends=[], as_of=LATER)

    assert [term.here for term in terms[1:]] == [term.after for term in terms[:-1]]
    assert (terms[0].here.day, terms[-1].after.day) == (entitled.start, entitled.end)


@pytest.mark.parametrize(
    ("cost_rule", "tail", "fen"),
    [
        ("daily", Tail(MOVED_ON, "days", 72_000, 291, 366), 57_246),
        ("monthly", Tail(MOVED_ON, "count_days", 72_000, 9, 12), 54_000),
        ("origin", Tail(MOVED_ON, "first_payer", 72_000, 0, 1), 0),
        ("by_use", Tail(MOVED_ON, "use", 72_000, 71_500, 72_000), 71_500),
    ],
)
def test_each_rule_says_what_it_counted(cost_rule: str, tail: Tail, fen: int) -> None:
    first, second = explain(
        entitlement=entitlement(cost_rule, fen=72_000),
        spells=lives((MOVED_ON, JINGAN)),
        spends=[Spend(date(2024, 3, 15), 500), Spend(MOVED_ON, 700)],
        as_of=LATER,
    )

    assert first == Term(MINHANG, Tail(START, "whole", 72_000, 1, 1), tail)
    assert second == Term(JINGAN, tail, Tail(END, "nothing", 72_000, 0, 1))
    assert (first.fen, second.fen) == (72_000 - fen, fen)


def test_a_window_without_a_count_day_is_explained_by_days() -> None:
    terms = explain(
        entitlement=entitlement("monthly", end=date(2024, 1, 9)),
        spells=lives((date(2024, 1, 5), BAOSHAN)),
        spends=[],
        as_of=LATER,
    )

    assert terms[0].after == Tail(date(2024, 1, 5), "days", 36_600, 4, 8)
