"""Prefunds, limits and rates as people see and set them, and the book of the hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import HUB, AuditEvent, Role, User
from ledger import selectors
from ledger.models import Job, LateInterestRate, NetDebitCap, PaymentBatch
from ledger.services import parameters, payments, prefunding
from ledger.services.calendar import turn_to
from tests.factories import DistrictFactory, UserFactory, administrator_of, stamp
from tests.support.readers import browser, file_of, queries_of, run
from tests.support.town import day_boxes, text_of
from tests.support.visits import MONTH, NEXT, City, month_of_visits

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2027, 1, 5, 4, tzinfo=UTC)
READ = ("/prefunds/", "/prefunds/prefunds.csv", "/limits/", "/late-interest/")
SET = ("/prefunds/2027/true-up/", "/limits/set/", "/late-interest/set/")


@pytest.fixture(autouse=True)
def january() -> Iterator[None]:
    with time_machine.travel(NEW_YEAR, tick=False):
        yield


@pytest.fixture
def city() -> City:
    """A city that settled its visits of January 2026: four districts, of which three owed others."""
    city = month_of_visits()
    city.settle()
    return city


def pay_in(city: City) -> None:
    """Have the prefunds of 2027 set by two people, and paid."""
    acting = stamp(date(2027, 1, 5), by=city.proposer)
    batch = prefunding.true_up(year=2027, approved_by=city.approver, stamp=acting)
    for payment in batch.payments.all():
        payments.arrived(payment=payment, fen=payment.fen, day=batch.pays_on, source=f"p:{payment.pk}", stamp=acting)


# Who may look, and who may set


@pytest.mark.parametrize("address", READ)
@pytest.mark.parametrize(
    "role", [Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR, Role.FINANCE_OFFICER, Role.AUDITOR]
)
def test_those_who_read_the_books_read_prefunds_limits_and_rates(role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 200


@pytest.mark.parametrize("address", READ + SET)
@pytest.mark.parametrize("role", [Role.RESIDENT, Role.PROVIDER_CLERK])
def test_residents_and_clerks_do_not(role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 403


@pytest.mark.parametrize("address", SET)
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DISTRICT_ADMINISTRATOR, Role.FINANCE_OFFICER])
def test_only_the_city_sets_them(role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 403


def test_a_district_sees_its_own_prefund_and_its_own_limit(city: City) -> None:
    for code in ("310101", "310112"):
        parameters.set_cap(authority=code, fen=1, valid_from=NEXT, stamp=stamp())
    client = browser(administrator_of(city.districts["310112"]))

    lines, caps = client.get("/prefunds/").context["lines"], client.get("/limits/").context["caps"]

    assert [prefund.authority.pk for prefund, *_words in lines] == ["310112"]
    assert [cap.authority_id for cap in caps] == ["310112"]


# Prefunds


def test_prefunds_are_shown_with_their_target_and_what_is_missing(city: City) -> None:
    context = browser(city.proposer).get("/prefunds/").context

    found = {prefund.authority.pk: (prefund.target_fen, prefund.missing_fen) for prefund, *_ in context["lines"]}
    assert found == {"310101": (10_000, 10_000), "310112": (8_000, 8_000), "310113": (7_000, 7_000)}
    assert context["totals"]["missing_fen"] == 25_000


def test_two_people_set_the_prefunds_of_a_year_by_the_figures_that_both_saw(city: City) -> None:
    asked = browser(city.proposer).get("/prefunds/2027/true-up/").context["figures"]
    browser(city.proposer).post("/prefunds/2027/true-up/")
    job = Job.objects.get(kind=prefunding.TRUE_UP)
    signed = browser(city.approver).get(reverse("job", args=[job.pk])).context

    browser(city.approver).post(reverse("job_approve", args=[job.pk]))
    run(job)

    assert asked.payload == signed["figures"].payload == signed["approved"]
    assert signed["shown"]["to_pay_fen"] == 25_000
    batch = PaymentBatch.objects.get(kind="prefund")
    assert (batch.proposed_by, batch.approved_by) == (city.proposer, city.approver)


def test_prefunds_are_not_set_twice_nor_for_a_year_that_has_not_begun(city: City) -> None:
    pay_in(city)

    again, ahead = (browser(city.proposer).post(f"/prefunds/{year}/true-up/") for year in (2027, 2028))

    assert (again.status_code, ahead.status_code) == (409, 409)
    assert "The prefunds of 2027 are set already." in again.content.decode()
    assert "which is not over yet" in ahead.content.decode()


def test_the_file_of_prefunds_says_what_the_page_says(city: City) -> None:
    _header, first, *_others = file_of(browser(city.proposer), "/prefunds/prefunds.csv").splitlines()

    assert first == "310101,District 310101,200.00,100.00,0.00,100.00,0.00,,In order"


def test_more_prefunds_cost_no_more_queries(city: City) -> None:
    few = queries_of(browser(city.proposer), "/prefunds/")
    pay_in(city)

    assert queries_of(browser(city.proposer), "/prefunds/") <= few <= 12


# Limits and rates


def words_of(page: str) -> str:
    """Return what a page says, without its markup."""
    return " ".join(strip_tags(page).split())


def set_limit(user: User, **typed: str) -> str:
    answers = {"authority": "310101", "amount": "", **day_boxes("valid_from", NEXT), **typed}
    return words_of(text_of(browser(user).post("/limits/set/", answers, follow=True)))


def test_a_limit_is_recorded_in_the_name_of_who_set_it(city: City) -> None:
    page = set_limit(city.proposer, amount="50.00")

    cap = NetDebitCap.objects.get()
    assert (cap.authority_id, cap.fen, cap.valid_from, cap.recorded_by) == ("310101", 5_000, NEXT, city.proposer)
    assert "District 310101 50.00 1 February 2026 Counts today 周明" in page
    assert AuditEvent.objects.get(verb="set_cap").detail == {"fen": 5_000, "valid_from": "2026-02-01"}


def test_an_empty_limit_lifts_it_and_both_rows_stay(city: City) -> None:
    set_limit(city.proposer, amount="50.00")

    page = set_limit(city.proposer, amount="")

    assert "No limit 1 February 2026 Counts today" in page
    assert "50.00 1 February 2026 Counts no longer" in page


def test_a_limit_of_an_authority_that_does_not_exist_is_asked_again(city: City) -> None:
    assert "Error:" in set_limit(city.proposer, authority="999999", amount="1")
    assert not NetDebitCap.objects.exists()


def test_a_rate_is_recorded_with_the_rule_that_sets_it(city: City) -> None:
    answers = {"rate": "3.65", "source": "Rule 7 of 2026", **day_boxes("valid_from", date(2027, 2, 1))}

    page = words_of(text_of(browser(city.proposer).post("/late-interest/set/", answers, follow=True)))

    assert LateInterestRate.objects.get().rate_ppm == 36_500
    assert "1 February 2027 3.65 Counts later Rule 7 of 2026 周明" in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"source": " "}, "A rate without a source is not charged."),
        ({"rate": "101"}, "The rate must be from 0 to 100 percent."),
        ({"rate": "-1"}, "The rate must be from 0 to 100 percent."),
        ({"rate": "3.12345"}, "Enter the rate with at most four decimals."),
        ({"rate": "high"}, "Enter the rate in percent, for example 3.65."),
    ],
)
def test_a_rate_that_cannot_be_charged_is_asked_again(city: City, wrong: dict[str, str], sentence: str) -> None:
    answers = {"rate": "3.65", "source": "Rule 7", **day_boxes("valid_from", NEXT), **wrong}

    assert sentence in text_of(browser(city.proposer).post("/late-interest/set/", answers))
    assert not LateInterestRate.objects.exists()


# The hub's own book


def test_the_book_of_the_hub_shows_what_it_holds_and_for_whom(city: City) -> None:
    pay_in(city)
    payments.hold_unidentified(fen=300, day=NEXT, source="bank:9", stamp=stamp(NEXT))

    context = browser(city.proposer).get(f"/books/{HUB}/").context

    assert {line.code: (name, line.fen) for line, name in context["lines"]} == {
        "hub/cash": ("Treasury account", 25_300),
        "hub/prefunded/310101": ("Held in advance for an authority · District 310101", -10_000),
        "hub/prefunded/310112": ("Held in advance for an authority · District 310112", -8_000),
        "hub/prefunded/310113": ("Held in advance for an authority · District 310113", -7_000),
        "hub/unidentified": ("Received and not yet identified", -300),
    }
    assert context["balance"].balances


def test_every_book_sums_to_zero_with_its_prefund_and_its_interest(city: City) -> None:
    pay_in(city)
    payments.hold_unidentified(fen=300, day=NEXT, source="bank:9", stamp=stamp(NEXT))

    context = browser(city.proposer).get("/books/").context

    books = {book.authority.pk: book for book in context["summaries"]}
    assert all(book.balances for book in books.values())
    assert (books[HUB].cash_fen, books[HUB].advance_fen) == (25_300, -25_300)
    assert books["310101"].advance_fen == 10_000
    assert context["totals"][6] == -300


def test_interest_on_a_late_payment_stands_in_both_books(january: None) -> None:
    city = month_of_visits()
    city.net()
    acting = stamp(date(2026, 2, 13), by=city.proposer)
    batch = payments.order_settlement(month=MONTH, approved_by=city.approver, stamp=acting)
    parameters.set_late_interest_rate(rate_ppm=730_000, valid_from=MONTH, source="a test", stamp=stamp())
    late = batch.payments.get(authority="310101")
    payments.arrived(payment=late, fen=late.fen, day=date(2026, 2, 26), source="bank:1", stamp=stamp(NEXT))

    books = {book.authority.pk: book for book in browser(city.proposer).get("/books/").context["summaries"]}

    assert (books["310101"].interest_fen, books[HUB].interest_fen) == (20, -20)
    assert all(book.balances for book in books.values())


# What needs the city today


def test_the_desk_of_the_city_reminds_of_the_oldest_thing_each_month_waits_for() -> None:
    city = month_of_visits()
    today = date(2027, 1, 5)
    turn_to(day=today)

    reminders = browser(city.proposer).get("/desk/").context["reminders"]

    months = [found.month for found, _words in reminders]
    assert months[0] == MONTH
    assert all(earlier < later for earlier, later in pairwise(months))
    assert {found.milestone.code for found, _words in reminders} == {"close"}
    assert "January 2026: Closing of the month" in text_of(browser(city.proposer).get("/desk/"))


def test_what_was_done_since_the_reminder_stands_on_no_desk(city: City) -> None:
    month_of = [found.month for found in selectors.reminded_on(date(2027, 1, 5))]
    turn_to(day=date(2027, 1, 5))

    after = [found.month for found in selectors.reminded_on(date(2027, 1, 5))]

    assert month_of == []
    assert MONTH not in after


def test_a_district_is_not_reminded_of_what_the_city_does() -> None:
    turn_to(day=date(2027, 1, 5))

    assert browser(administrator_of(DistrictFactory.create())).get("/desk/").context["reminders"] == []
