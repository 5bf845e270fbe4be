"""Clocks run on working days of mainland China."""

from datetime import date

from accounts.working_days import is_working_day, working_days_after, working_days_left


def test_a_sunday_that_makes_up_for_the_spring_festival_is_worked() -> None:
    assert is_working_day(date(2024, 2, 4))
    assert not is_working_day(date(2024, 2, 3))


def test_the_national_week_is_stepped_over() -> None:
    assert working_days_after(date(2024, 9, 30), 1) == date(2024, 10, 8)


def test_fifteen_working_days_from_new_years_eve_end_on_the_twenty_second() -> None:
    assert working_days_after(date(2009, 12, 31), 15) == date(2010, 1, 22)


def test_what_is_left_of_a_clock_counts_the_due_day() -> None:
    assert working_days_left(today=date(2024, 9, 27), due=date(2024, 10, 9)) == 4
    assert working_days_left(today=date(2024, 10, 9), due=date(2024, 10, 9)) == 0
    assert working_days_left(today=date(2024, 10, 12), due=date(2024, 10, 9)) == 0
