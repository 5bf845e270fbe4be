"""The plan, by worked examples and by what must hold for every plan."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.portability import (
    COST_RULES,
    Entitlement,
    Plan,
    Posting,
    Spell,
    Spend,
    counted_spells,
    difference,
    plan,
    window_end,
)

START, END = date(2024, 1, 1), date(2025, 1, 1)
LATER = date(2030, 1, 1)
MINHANG, JINGAN, BAOSHAN = "310112", "310106", "310113"


def entitlement(
    cost_rule: str = "daily",
    *,
    fen: int = 36_600,
    returned: int = 0,
    end: date = END,
    count_days: dict[str, int] | None = None,
) -> Entitlement:
    return Entitlement(
        start=START,
        end=end,
        amount_fen=fen,
        returned_fen=returned,
        cost_rule=cost_rule,
        count_days=count_days or {},
    )


def lives(*spells: tuple[date, str]) -> list[Spell]:
    """Return somebody's spells: in Minhang since 2020, then as given."""
    return [Spell(date(2020, 9, 1), MINHANG), *(Spell(*spell) for spell in spells)]


days = st.dates(min_value=date(2023, 6, 1), max_value=date(2025, 6, 1))
spells = st.lists(st.tuples(days, st.sampled_from([MINHANG, JINGAN, BAOSHAN])), max_size=6).map(
    lambda found: lives(*sorted(dict(found).items()))
)
entitlements = st.builds(
    entitlement,
    st.sampled_from(sorted(COST_RULES)),
    fen=st.integers(1, 10**12),
    end=st.dates(min_value=START + timedelta(days=1), max_value=END),
    count_days=st.one_of(st.just({}), st.builds(lambda day: {"default": day}, st.integers(1, 31))),
)

# Worked examples


def test_the_worked_example_of_the_design() -> None:
    wanted = plan(
        entitlement=entitlement(fen=72_000), spells=lives((date(2024, 3, 16), JINGAN)), spends=[], as_of=LATER
    )

    assert wanted == Plan(costs={MINHANG: 14_754, JINGAN: 57_246}, payer=JINGAN)


def test_what_expires_goes_back_in_proportion() -> None:
    wanted = plan(
        entitlement=entitlement(fen=72_000, returned=42_000),
        spells=lives((date(2024, 3, 16), JINGAN)),
        spends=[],
        as_of=LATER,
    )

    assert wanted.costs == {MINHANG: 6_148, JINGAN: 23_852}


@pytest.mark.parametrize(
    ("cost_rule", "costs"),
    [
        ("daily", {MINHANG: 18_200, JINGAN: 18_400}),  # 182 and 184 days of 366
        ("monthly", {MINHANG: 18_300, JINGAN: 18_300}),  # 6 and 6 count days of 12
        ("origin", {MINHANG: 36_600, JINGAN: 0}),
        ("by_use", {MINHANG: 500, JINGAN: 36_100}),  # 500 used on 30 June, 700 on 1 July
    ],
)
def test_each_cost_rule_shares_a_move_on_the_first_of_july(cost_rule: str, costs: dict[str, int]) -> None:
    wanted = plan(
        entitlement=entitlement(cost_rule),
        spells=lives((date(2024, 7, 1), JINGAN)),
        spends=[Spend(date(2024, 6, 30), 500), Spend(date(2024, 7, 1), 700)],
        as_of=LATER,
    )

    assert wanted.costs == costs


def test_somebody_who_comes_back_bears_both_times() -> None:
    wanted = plan(
        entitlement=entitlement(),
        spells=lives((date(2024, 3, 1), JINGAN), (date(2024, 4, 1), MINHANG)),
        spends=[],
        as_of=LATER,
    )

    assert wanted == Plan(costs={MINHANG: 33_500, JINGAN: 3_100}, payer=MINHANG)


# Which spells count


def test_a_move_that_has_not_begun_does_not_count_yet() -> None:
    spells = lives((date(2024, 7, 1), JINGAN))

    on_the_eve = counted_spells(spells, start=START, end=END, as_of=date(2024, 6, 30))
    on_the_day = counted_spells(spells, start=START, end=END, as_of=date(2024, 7, 1))

    assert on_the_eve == [Spell(START, MINHANG)]
    assert on_the_day == [Spell(START, MINHANG), Spell(date(2024, 7, 1), JINGAN)]


def test_of_moves_before_the_window_the_last_counts() -> None:
    spells = lives((date(2023, 1, 1), JINGAN), (date(2023, 6, 1), BAOSHAN))

    assert counted_spells(spells, start=START, end=END, as_of=LATER) == [Spell(START, BAOSHAN)]


def test_a_move_on_the_first_day_counts_and_one_at_the_end_does_not() -> None:
    spells = lives((START, JINGAN), (END, BAOSHAN))

    assert counted_spells(spells, start=START, end=END, as_of=LATER) == [Spell(START, JINGAN)]


def test_the_first_residence_counts_even_before_it_begins() -> None:
    spells = [Spell(date(2024, 5, 1), MINHANG), Spell(date(2024, 6, 1), JINGAN)]

    counted = counted_spells(spells, start=START, end=END, as_of=date(2024, 2, 1))

    assert counted == [Spell(START, MINHANG)]


def test_neighbours_with_one_authority_are_one() -> None:
    spells = lives((date(2024, 2, 1), MINHANG), (date(2024, 3, 1), JINGAN), (date(2024, 4, 1), JINGAN))

    counted = counted_spells(spells, start=START, end=END, as_of=LATER)

    assert counted == [Spell(START, MINHANG), Spell(date(2024, 3, 1), JINGAN)]


@pytest.mark.parametrize(
    ("cut_on", "end"),
    [
        (None, END),
        (date(2024, 6, 1), date(2024, 6, 1)),
        (START, date(2024, 1, 2)),
        (date(2023, 1, 1), date(2024, 1, 2)),
        (date(2026, 1, 1), END),
    ],
)
def test_a_window_cut_short_ends_on_its_day_but_lasts_one_at_least(cut_on: date | None, end: date) -> None:
    assert window_end(start=START, end=END, cut_on=cut_on) == end


# What holds for every plan


@given(entitlements, spells, st.dates(min_value=START, max_value=LATER))
def test_the_costs_sum_to_what_is_borne_and_none_is_negative(
    entitled: Entitlement, spells: list[Spell], as_of: date
) -> None:
    wanted = plan(entitlement=entitled, spells=spells, spends=[], as_of=as_of)

    assert sum(wanted.costs.values()) == entitled.borne_fen
    assert min(wanted.costs.values()) >= 0
    assert wanted.payer in wanted.costs


@given(spells, st.integers(1, 10**9))
def test_a_longer_stay_never_costs_less(spells: list[Spell], fen: int) -> None:
    stays = plan(entitlement=entitlement(fen=fen), spells=spells[:1], spends=[], as_of=LATER)

    moves = plan(entitlement=entitlement(fen=fen), spells=spells, spends=[], as_of=LATER)

    assert moves.costs.get(MINHANG, 0) <= stays.costs[MINHANG]


amounts = st.dictionaries(st.sampled_from([MINHANG, JINGAN, BAOSHAN, "320505"]), st.integers(0, 10**9))


@given(amounts, amounts, st.integers(0, 10**9))
def test_posting_the_difference_reaches_the_target_with_nobody_between(
    target: dict[str, int], books: dict[str, int], held: int
) -> None:
    total = sum(target.values())
    borne = {**books, "310101": total - sum(books.values())}
    wanted = Plan(costs=target, payer=JINGAN)

    rows = difference(target=wanted, held={MINHANG: held}, borne=borne)

    assert applied(rows, borne, event="cost_share") == {code: fen for code, fen in target.items() if fen}
    assert [row.fen for row in rows if row.event == "handover"] == [held] * bool(held)
    assert len(rows) <= len({*borne, *target})
    assert difference(target=wanted, held={JINGAN: held}, borne=target) == []


def applied(rows: list[Posting], balances: dict[str, int], *, event: str) -> dict[str, int]:
    """Return balances after the rows of one event, zeros left out."""
    after = dict(balances)
    for row in rows:
        if row.event == event:
            after[row.debit] = after.get(row.debit, 0) + row.fen
            after[row.credit] = after.get(row.credit, 0) - row.fen
    return {code: fen for code, fen in after.items() if fen}


def test_everybody_else_hands_over_in_code_order_and_then_costs_are_matched_in_code_order() -> None:
    wanted = Plan(costs={"1": 10, "2": 10, "3": 0, "4": 0}, payer="1")

    rows = difference(target=wanted, held={"3": 5, "2": 7, "1": 9}, borne={"4": 5, "3": 15})

    assert rows == [
        Posting("handover", "2", "1", 7),
        Posting("handover", "3", "1", 5),
        Posting("cost_share", "1", "3", 10),
        Posting("cost_share", "2", "3", 5),
        Posting("cost_share", "2", "4", 5),
    ]
