"""The calendar of months as people see it, and the figures that two people approve."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from ledger.models import Job, PeriodStep
from ledger.services.calendar import turn_to
from ledger.services.periods import close_period
from ledger.services.statements import issue_statements
from tests.factories import UserFactory, administrator_of, stamp
from tests.support.readers import browser, file_of, queries_of
from tests.support.town import text_of
from tests.support.visits import MONTH, NEXT, POSITIONS, City, month_of_visits, visit

pytestmark = pytest.mark.django_db


def at(day: date) -> time_machine.travel:
    return time_machine.travel(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), tick=False)


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with at(date(2026, 2, 3)):
        yield


@pytest.fixture
def city() -> City:
    return month_of_visits()


def page_of(city: City, address: str) -> str:
    return text_of(browser(city.proposer).get(address))


# The calendar


def test_a_month_shows_its_milestones_in_order_with_their_working_days_and_who_acts(city: City) -> None:
    agenda = browser(city.proposer).get("/periods/2026-01/").context["agenda"]

    assert [(found.milestone.code, f"{found.day}", standing) for found, standing, _tone in agenda] == [
        ("cut_off", "2026-01-31", "Done"),
        ("close", "2026-02-04", "1 working day left, until 4 February 2026"),
        ("statement", "2026-02-05", "2 working days left, until 5 February 2026"),
        ("objection", "2026-02-12", "Begins with the statements"),
        ("netting", "2026-02-13", "8 working days left, until 13 February 2026"),
        ("payment", "2026-02-24", "10 working days left, until 24 February 2026"),
        ("finality", "2026-02-25", "11 working days left, until 25 February 2026"),
    ]


def test_a_closing_is_due_on_its_day_and_overdue_on_the_next(city: City) -> None:
    with at(date(2026, 2, 4)):
        due = page_of(city, "/periods/2026-01/")
    with at(date(2026, 2, 5)):
        overdue = page_of(city, "/periods/2026-01/")

    assert "Closing of the month: Today is the last day" in due
    assert "Closing of the month: Overdue: the last day was 4 February 2026" in overdue


def test_what_was_done_names_both_people_and_the_hash_that_they_approved(city: City) -> None:
    city.net()

    page = page_of(city, "/periods/2026-01/")

    closed, _stated, netted = PeriodStep.objects.filter(month=MONTH)
    assert page.count("Proposed by 周明, approved by 吴芳") == 2
    assert f'title="{closed.payload}"' in page
    assert f'title="{netted.payload}"' in page


def test_statements_that_were_issued_late_leave_the_districts_as_many_days(city: City) -> None:
    close_period(month=MONTH, approved_by=city.approver, stamp=stamp(NEXT, by=city.proposer))
    issue_statements(month=MONTH, stamp=stamp(date(2026, 2, 10), by=city.proposer))

    with at(date(2026, 2, 13)):
        agenda = browser(city.proposer).get("/periods/2026-01/").context["agenda"]

    [(objection, standing, _tone)] = [line for line in agenda if line[0].milestone.code == "objection"]
    assert (objection.day, standing) == (date(2026, 2, 24), "2 working days left, until 24 February 2026")


def test_months_that_are_behind_stand_on_top_the_oldest_first(city: City) -> None:
    host = city.providers["310101"]
    visit(city.vouchers["310112"], provider=host, fen=10, key="february", day=date(2026, 2, 3))
    with at(date(2026, 3, 20)):
        both = browser(city.proposer).get("/periods/").context["late"]
        city.settle()
        one = browser(city.proposer).get("/periods/").context["late"]

    assert [(found.month, found.milestone.code) for found, _words in both] == [(MONTH, "close"), (NEXT, "close")]
    assert [found.month for found, _words in one] == [NEXT]


def test_nothing_is_behind_while_the_day_has_not_passed(city: City) -> None:
    assert browser(city.proposer).get("/periods/").context["late"] == []


def test_the_year_s_calendar_is_a_file_of_seven_milestones_a_month(city: City) -> None:
    turn_to(day=date(2026, 2, 3))

    lines = file_of(browser(administrator_of(city.districts["310101"])), "/periods/calendar-2026.csv").splitlines()

    assert len(lines) == 1 + 12 * 7
    assert lines[2].startswith("2026-01,Closing of the month,2026-02-04,Two city administrators,")


@pytest.mark.parametrize("year", [1899, 2199])
def test_a_year_that_has_no_calendar_is_not_found(city: City, year: int) -> None:
    assert browser(city.proposer).get(f"/periods/calendar-{year}.csv").status_code == 404


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.PROVIDER_CLERK])
def test_the_calendar_is_for_those_who_read_the_books(role: Role) -> None:
    assert browser(UserFactory.create(role=role)).get("/periods/calendar-2026.csv").status_code == 403


# What two people sign


def test_the_proposal_and_the_job_show_the_positions_and_the_hash_that_is_approved(city: City) -> None:
    city.close()
    city.confirm()

    asked = browser(city.proposer).get("/periods/2026-01/settle/").context
    browser(city.proposer).post("/periods/2026-01/settle/")
    job = Job.objects.latest("id")
    signed = browser(city.approver).get(reverse("job", args=[job.pk])).context

    assert {authority.pk: fen for authority, fen in signed["shown"]["positions"]} == POSITIONS
    assert asked["figures"].payload == signed["figures"].payload == signed["approved"] == job.params["payload"]


def test_who_closes_a_month_is_shown_what_its_rows_add_up_to_in_every_book(city: City) -> None:
    shown = browser(city.proposer).get("/periods/2026-01/close/").context["shown"]

    assert shown["rows"] == 10
    assert [book.authority.pk for book in shown["books"]] == sorted(POSITIONS)
    assert [book.debit_fen for book in shown["books"]] == [book.credit_fen for book in shown["books"]]


def test_the_second_person_is_warned_when_the_figures_are_no_longer_those_proposed(city: City) -> None:
    job = city.propose_closing()
    address = reverse("job", args=[job.pk])
    before = text_of(browser(city.approver).get(address))
    visit(city.vouchers["310115"], provider=city.providers["310112"], fen=1, key="later")

    after = text_of(browser(city.approver).get(address))

    assert "no longer those that were proposed" not in before
    assert "no longer those that were proposed" in after


# What netting saves


def test_netting_is_shown_against_paying_gross_and_pair_by_pair(city: City) -> None:
    ways = browser(city.proposer).get("/periods/2026-01/").context["ways"]

    assert [tuple(way) for way, _name, _meaning in ways] == [
        ("gross", 6, 50_000),
        ("bilateral", 4, 22_000),
        ("direct", 2, 9_000),
        ("hub", 4, 9_000),
    ]


def test_a_district_that_sees_a_part_of_the_debts_is_shown_no_saving_of_the_whole(city: City) -> None:
    assert browser(administrator_of(city.districts["310101"])).get("/periods/2026-01/").context["ways"] == []


# How dear it is


def test_twelve_months_of_a_calendar_cost_no_more_queries_than_one(city: City) -> None:
    few = queries_of(browser(city.proposer), "/periods/")
    with at(date(2027, 1, 5)):
        many = queries_of(browser(city.proposer), "/periods/")

    assert many <= few
