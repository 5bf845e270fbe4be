"""How large a prefund is, when its use alarms, and the limit of what an authority may owe."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.prefunds import Level, level, target_fen
from ledger.selectors import caps_on, counting_caps, state_of
from ledger.services.parameters import set_cap
from ledger.services.periods import CapExceeded, net_period
from tests.factories import stamp
from tests.support.visits import MONTH, NEXT, City, month_of_visits

MILLION = 100_000_000


def test_a_prefund_is_six_months_of_last_year_s_spend() -> None:
    assert target_fen(last_year_fen=24 * MILLION) == 12 * MILLION


@pytest.mark.parametrize(
    ("used_fen", "found"),
    [
        (0, Level.CALM),
        (840_000_000 - 1, Level.CALM),
        (840_000_000, Level.YELLOW),
        (1_080_000_000 - 1, Level.YELLOW),
        (1_080_000_000, Level.RED),
        (1_300_000_000, Level.RED),
    ],
)
def test_seven_tenths_in_use_are_yellow_and_nine_tenths_red(used_fen: int, found: Level) -> None:
    assert level(used_fen=used_fen, prefund_fen=12 * MILLION) is found


def test_without_a_prefund_any_use_is_red_and_none_is_calm() -> None:
    assert level(used_fen=1, prefund_fen=0) is Level.RED
    assert level(used_fen=0, prefund_fen=0) is Level.CALM


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_using_more_never_alarms_less(used: int, more: int, prefund: int) -> None:
    order = [Level.CALM, Level.YELLOW, Level.RED]

    before, after = level(used_fen=used, prefund_fen=prefund), level(used_fen=used + more, prefund_fen=prefund)

    assert order.index(before) <= order.index(after)


# Limits of net debit: 310101 has to pay 5,000 fen for January.


@pytest.fixture
def city(db: None) -> City:
    city = month_of_visits()
    city.close()
    return city


def net(city: City) -> None:
    net_period(month=MONTH, approved_by=city.approver, stamp=stamp(NEXT, by=city.proposer))


def limit(fen: int | None, *, day: date = NEXT) -> None:
    set_cap(authority="310101", fen=fen, valid_from=day, stamp=stamp(NEXT))


def test_a_position_at_its_limit_is_netted(city: City) -> None:
    limit(5_000)

    net(city)

    assert state_of(MONTH).code == "netted"


def test_a_position_above_its_limit_is_refused_and_nothing_is_netted(city: City) -> None:
    limit(4_999)

    with pytest.raises(CapExceeded) as refusal:
        net(city)

    assert state_of(MONTH).code == "stated"
    assert "50.00" in str(refusal.value)
    assert "49.99" in str(refusal.value)


def test_a_limit_counts_from_its_day_on_and_the_latest_alone(city: City) -> None:
    limit(4_999, day=date(2026, 1, 1))
    limit(5_000, day=date(2026, 2, 1))
    limit(1, day=date(2026, 3, 1))

    net(city)

    assert [caps_on(day) for day in (date(2025, 12, 31), date(2026, 1, 31), NEXT)] == [
        {},
        {"310101": 4_999},
        {"310101": 5_000},
    ]
    assert len(counting_caps(NEXT)) == 1


def test_a_limit_that_was_lifted_refuses_nothing(city: City) -> None:
    limit(1)
    limit(None)

    net(city)

    assert state_of(MONTH).code == "netted"
