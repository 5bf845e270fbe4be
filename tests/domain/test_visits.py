"""What a visit may draw, and how long a visitor files for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.visits import (
    EMERGENCY,
    LONG_TERM,
    REFERRED,
    UNREFERRED,
    Bill,
    Terms,
    earliest_end,
    home_on,
    most_fen,
    percent_for,
)

#: Worked results of the rules for treatment elsewhere (host's catalogue, home's policy), in fen.
HOST_CATALOGUE = Terms(80, deductible_fen=0, points_off_referred=10, points_off_unreferred=20)
BY_CLASS = Terms(85, deductible_fen=100_000, points_off_referred=10, points_off_unreferred=20)

visitors = st.sampled_from([LONG_TERM, REFERRED, EMERGENCY, UNREFERRED])
percents = st.integers(0, 100)
terms = st.builds(Terms, percents, st.integers(0, 10**6), percents, percents)


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    total_fen = draw(st.integers(0, 10**9))
    return Bill(total_fen, draw(st.integers(0, total_fen)))


def test_the_host_says_what_is_in_scope_and_the_home_what_it_pays_of_it() -> None:
    class_a_fen, class_b_in_scope_fen = 3_252, 2_859
    bill = Bill(6_429, class_a_fen + class_b_in_scope_fen)

    fund_fen = most_fen(bill, visitor=LONG_TERM, terms=HOST_CATALOGUE)

    assert bill.in_scope_fen == 6_111
    assert (fund_fen, bill.total_fen - fund_fen) == (4_889, 1_540)


@pytest.mark.parametrize(
    ("visitor", "fund_fen"), [(LONG_TERM, 595_000), (REFERRED, 525_000), (EMERGENCY, 525_000), (UNREFERRED, 455_000)]
)
def test_each_class_of_visitors_has_its_own_share(visitor: str, fund_fen: int) -> None:
    assert most_fen(Bill(900_000, 800_000), visitor=visitor, terms=BY_CLASS) == fund_fen


def test_below_the_deductible_nothing_is_paid() -> None:
    assert most_fen(Bill(100_000, 100_000), visitor=LONG_TERM, terms=BY_CLASS) == 0


def test_points_off_never_turn_a_share_negative() -> None:
    assert percent_for(UNREFERRED, terms=Terms(15, 0, 10, 20)) == 0


@given(bill=bills(), visitor=visitors, terms=terms)
def test_the_voucher_pays_a_part_of_what_is_in_scope_and_the_person_the_rest(
    bill: Bill, visitor: str, terms: Terms
) -> None:
    assert 0 <= most_fen(bill, visitor=visitor, terms=terms) <= bill.in_scope_fen


@given(bill=bills(), visitor=visitors, terms=terms)
def test_nobody_who_visits_gets_more_than_a_long_term_resident_elsewhere(
    bill: Bill, visitor: str, terms: Terms
) -> None:
    assert most_fen(bill, visitor=visitor, terms=terms) <= most_fen(bill, visitor=LONG_TERM, terms=terms)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 6, 15), date(2026, 12, 15)),
        (date(2026, 7, 1), date(2027, 1, 1)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2027, 8, 30), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_a_temporary_filing_lasts_six_months_at_least(start: date, end: date) -> None:
    assert earliest_end(start) == end


@given(start=st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_six_months_are_half_a_year_more_or_less(start: date) -> None:
    assert timedelta(days=181) <= earliest_end(start) - start <= timedelta(days=184)


class Home(NamedTuple):
    start: date
    district: str


def test_home_is_where_one_lives_on_the_day_and_the_first_home_before_it() -> None:
    homes = [Home(date(2020, 1, 1), "310112"), Home(date(2026, 3, 16), "310106")]

    found = [home_on(day, homes=homes) for day in (date(2019, 1, 1), date(2026, 3, 15), date(2026, 3, 16))]

    assert found == ["310112", "310112", "310106"]
