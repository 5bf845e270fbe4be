"""Rounding, months, count days, netting, windows, ages and rosters: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import half_up, yuan_text
from ledger.months import month_of, month_text, next_month, parse_month, previous_month
from ledger.netting import Obligation, positions
from vouchers import rosters
from vouchers.count_days import count_days_between
from vouchers.eligibility import age_on, birthdays, is_of_age
from vouchers.refusals import Expired, NotValidYet, NoVoucher, Revoked
from vouchers.windows import usable_on

# Money


@given(st.integers(0, 10**18), st.integers(1, 10**6))
def test_half_up_is_what_decimal_says(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("1e-12")) if numerator < 10**9 else None

    assert abs(2 * (half_up(numerator=numerator, denominator=denominator) * denominator - numerator)) <= denominator
    assert exact is None or half_up(numerator=numerator, denominator=denominator) == exact.quantize(
        Decimal(1), ROUND_HALF_UP
    )


@pytest.mark.parametrize(("numerator", "rounded"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3)])
def test_a_half_is_rounded_up(numerator: int, rounded: int) -> None:
    assert half_up(numerator=numerator, denominator=2) == rounded


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (123_456, "1,234.56"), (-1, "−0.01"), (-123_456, "−1,234.56")]
)
def test_yuan_are_written_with_two_digits(fen: int, text: str) -> None:
    assert yuan_text(fen) == text


# Months


@given(st.dates(min_value=date(1000, 2, 1), max_value=date(9998, 12, 31)))
def test_the_next_month_and_the_previous_one_undo_each_other(day: date) -> None:
    month = month_of(day)

    assert previous_month(next_month(month)) == month == next_month(previous_month(month))
    assert next_month(month) == month_of(month + timedelta(days=31))
    assert parse_month(month_text(day)) == month


@pytest.mark.parametrize("text", ["", "2026", "2026-1", "2026-13", "2026-01-01", "2026/01", "26-01-0"])
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match=r"month|isoformat|format"):
        parse_month(text)


# Count days


def test_the_usual_count_days_are_the_10th_and_in_september_the_15th() -> None:
    found = count_days_between(date(2025, 1, 1), date(2026, 1, 1), {})

    assert [day.day for day in found] == [10] * 8 + [15] + [10] * 3


def test_a_programmes_own_replace_both() -> None:
    found = count_days_between(date(2025, 8, 1), date(2025, 11, 1), {"10": 20})

    assert found == [date(2025, 8, 10), date(2025, 9, 10), date(2025, 10, 20)]


def test_a_count_day_beyond_the_months_end_is_its_last_day() -> None:
    found = count_days_between(date(2024, 1, 1), date(2024, 5, 1), {"default": 31})

    assert found == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]


@pytest.mark.parametrize(
    ("start", "end", "number"),
    [
        (date(2025, 3, 10), date(2025, 3, 11), 1),
        (date(2025, 3, 11), date(2025, 4, 10), 0),
        (date(2025, 12, 10), date(2026, 1, 11), 2),
    ],
)
def test_a_window_holds_its_first_day_and_not_its_end(start: date, end: date, number: int) -> None:
    assert len(count_days_between(start, end, {})) == number


# Netting

codes = st.sampled_from(["310101", "310106", "310112", "320505"])
obligations = st.lists(st.builds(Obligation, codes, codes, st.integers(1, 10**12)))


@given(obligations)
def test_positions_sum_to_zero_and_name_everybody_who_owes_or_is_owed(owed: list[Obligation]) -> None:
    net = positions(owed)

    assert sum(net.values()) == 0
    assert list(net) == sorted({code for one in owed for code in (one.debtor, one.creditor)})


def test_a_zero_net_is_kept() -> None:
    owed = [Obligation("a", "b", 5), Obligation("b", "a", 5)]

    assert positions(owed) == {"a": 0, "b": 0}


# Which voucher counts on a day


@dataclass(frozen=True)
class Paper:
    valid_from: date
    valid_until: date
    end_reason: str | None = None
    ended_on: date | None = None


def chosen(day: date, *papers: Paper) -> Paper:
    return usable_on(day, windows=papers, resident="林", programme="education")


SPRING = Paper(date(2025, 2, 1), date(2025, 7, 1))
AUTUMN = Paper(date(2025, 9, 1), date(2026, 2, 1))
REVOKED = Paper(date(2025, 2, 1), date(2025, 7, 1), "revoked", date(2025, 3, 1))
EXPIRED = Paper(date(2025, 2, 1), date(2025, 7, 1), "expired", date(2025, 7, 1))


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (date(2025, 1, 31), NotValidYet),
        (date(2025, 7, 1), Expired),
        (date(2025, 8, 31), Expired),
        (date(2026, 2, 1), Expired),
    ],
)
def test_a_day_outside_every_window_is_too_early_or_too_late(day: date, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        chosen(day, AUTUMN, SPRING)


@pytest.mark.parametrize(("papers", "refusal"), [((), NoVoucher), ((REVOKED,), Revoked), ((EXPIRED,), Expired)])
def test_a_day_inside_meets_the_status(papers: tuple[Paper, ...], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        chosen(date(2025, 2, 15), *papers)


def test_the_active_voucher_comes_first() -> None:
    assert chosen(date(2025, 4, 1), REVOKED, SPRING) is SPRING


def test_an_expired_window_is_told_by_its_own_end() -> None:
    with pytest.raises(Expired) as caught:
        chosen(date(2025, 8, 1), SPRING, AUTUMN)

    assert caught.value.details["valid_until"] == SPRING.valid_until


# Ages


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 2, 28), 5), (date(2026, 3, 1), 6), (date(2028, 2, 28), 7), (date(2028, 2, 29), 8)]
)
def test_somebody_born_on_a_leap_day_is_a_year_older_on_the_first_of_march(day: date, age: int) -> None:
    assert age_on(day, born_on=date(2020, 2, 29)) == age


def test_an_unknown_day_of_birth_fits_only_where_no_age_counts() -> None:
    assert is_of_age(born_on=None, day=date(2026, 1, 1), min_age=None, max_age=None)
    assert not is_of_age(born_on=None, day=date(2026, 1, 1), min_age=0, max_age=None)


ages = st.one_of(st.none(), st.integers(0, 100))


@given(st.dates(date(1930, 1, 1), date(2026, 12, 31)), st.dates(date(2020, 1, 1), date(2030, 12, 31)), ages, ages)
def test_the_birthdays_for_a_query_are_those_of_the_rule(
    born_on: date, day: date, min_age: int | None, max_age: int | None
) -> None:
    earliest, latest = birthdays(day=day, min_age=min_age, max_age=max_age)

    inside = (earliest is None or born_on >= earliest) and (latest is None or born_on <= latest)

    assert inside == is_of_age(born_on=born_on, day=day, min_age=min_age, max_age=max_age)


# Rosters


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_roster_is_read_as_a_spreadsheet_saves_it(encoding: str) -> None:
    content = "居民编号,姓名,身份证号\r\nR12345678,林,\r\n\r\n,吴,'31010119900101123x\r\n".encode(encoding)

    rows, problems = rosters.read(content)

    assert problems == []
    assert rows == [(2, "R12345678", ""), (4, "", "31010119900101123X")]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"\xff\xff\xff", 0),
        (b"resident_number\n\0\n", 0),
        (b"", 1),
        (b"name\nLin\n", 1),
        (b"resident_number\n", 0),
        (b"resident_number,name\n,Lin\n", 2),
        (b"resident_number\n" + b"R1\n" * 100_001, 0),
    ],
)
def test_what_is_wrong_with_a_roster_is_told_by_row(content: bytes, row: int) -> None:
    _, problems = rosters.read(content)

    assert [problem.row for problem in problems] == [row]
