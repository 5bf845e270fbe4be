"""Trial balances and transfers as people see them: who may look, whether the figures tie, how a cause is followed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from ledger import selectors
from ledger.models import Transfer
from tests.factories import UserFactory, administrator_of, stamp
from tests.support.readers import browser, file_of, queries_of
from tests.support.visits import City, month_of_visits, visit
from vouchers.services.redeeming import reverse as reverse_redemption

pytestmark = pytest.mark.django_db

ADDRESSES = (
    "/books/",
    "/books/310101/",
    "/books/310101/trial-balance.csv",
    "/transfers/",
    "/transfers/transfers.csv",
)
READERS = (Role.CITY_ADMINISTRATOR, Role.AUDITOR)
STRANGERS = (Role.RESIDENT, Role.PROVIDER_CLERK)


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 2, 10, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def city() -> City:
    return month_of_visits()


def first_visit() -> Transfer:
    return Transfer.objects.get(event="redeem", debit__authority="310101", credit__authority="310112")


# Who may look


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", READERS)
def test_the_city_and_its_auditors_open_every_book(city: City, role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", STRANGERS)
def test_residents_and_clerks_open_no_book(city: City, role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_not_signed_in_is_asked_to_sign_in(city: City, address: str) -> None:
    assert browser().get(address).headers["Location"].startswith(reverse("sign_in"))


def test_a_district_opens_its_own_book_and_no_other(city: City) -> None:
    client = browser(administrator_of(city.districts["310101"]))

    own, other, unknown = (client.get(f"/books/{code}/").status_code for code in ("310101", "310112", "999999"))

    assert (own, other, unknown) == (200, 404, 404)
    assert [book.authority.pk for book in client.get("/books/").context["summaries"]] == ["310101"]


def test_a_district_finds_the_transfers_that_touch_its_book_and_no_other(city: City) -> None:
    client = browser(administrator_of(city.districts["310115"]))
    touching = Transfer.objects.touching(["310115"])

    listed = client.get("/transfers/").context["page"].object_list

    assert {row.pk for row in listed} == set(touching.values_list("pk", flat=True))
    assert client.get(reverse("transfer", args=[first_visit().pk])).status_code == 404
    assert client.get(reverse("transfer", args=[touching[0].pk])).status_code == 200


# Whether the figures tie


@pytest.mark.parametrize("code", ["310000", "310101", "310112", "310113", "310115"])
@pytest.mark.parametrize("step", ["close", "net", "settle"])
def test_debits_and_credits_are_equal_in_every_book_at_every_step(city: City, step: str, code: str) -> None:
    getattr(city, step)()

    balance = browser(city.proposer).get(f"/books/{code}/").context["balance"]

    assert balance.debit_fen == balance.credit_fen
    assert sum(line.fen for line in balance.lines) == 0


def test_a_trial_balance_names_its_accounts_and_its_dues(city: City) -> None:
    lines = browser(city.proposer).get("/books/310101/").context["lines"]

    assert {line.code: (name, line.fen) for line, name in lines} == {
        "310101/due/310112": ("Due with District 310112", -6_000),
        "310101/due/310113": ("Due with District 310113", 1_000),
        "310101/health/cost": ("Cost of residents' entitlements · health", 30_000),
        "310101/health/entitlement": ("Promised and not yet used · health", -10_000),
        "310101/health/payable/clinic-310101": ("Owed to a provider · health · clinic-310101", -15_000),
    }


@pytest.mark.parametrize("code", ["310101", "310112", "310113", "310115"])
def test_a_trial_balance_is_what_the_accountants_journal_says(city: City, code: str) -> None:
    city.settle()

    lines = browser(city.proposer).get(f"/books/{code}/").context["balance"].lines

    assert {line.code: line.fen for line in lines} == selectors.books(authority=code)


def test_a_trial_balance_counts_up_to_the_month_chosen(city: City) -> None:
    day = date(2026, 2, 3)
    visit(city.vouchers["310101"], provider=city.providers["310101"], fen=500, key="later", day=day)
    client = browser(city.proposer)

    january, february = (
        client.get(f"/books/310101/?through={month}").context["balance"] for month in ("2026-01", "2026-02")
    )

    assert {line.code: line.fen for line in january.lines}["310101/health/entitlement"] == -10_000
    assert {line.code: line.fen for line in february.lines}["310101/health/entitlement"] == -9_500


def test_every_book_in_the_list_sums_to_zero(city: City) -> None:
    city.settle()

    context = browser(city.proposer).get("/books/").context

    assert len(context["summaries"]) == 5
    assert all(book.balances for book in context["summaries"])
    assert context["totals"] == [120_000, 70_000, 50_000, 0, 0, 0, 0, 0]


def test_the_file_of_a_trial_balance_ends_with_equal_totals(city: City) -> None:
    text = file_of(browser(city.proposer), "/books/310101/trial-balance.csv")

    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}Account code,Account,Debit in yuan,Credit in yuan\r\n")
    assert text.endswith("Total,,310.00,310.00\r\n")


def test_a_month_nobody_knows_is_an_error_in_words(city: City) -> None:
    page = browser(city.proposer).get("/books/310101/?through=1999-01").content.decode()

    assert "<title>Error:" in page


# How a cause is followed


def test_a_cause_leads_to_the_transfers_that_add_up_to_it(city: City) -> None:
    context = (
        browser(city.proposer)
        .get("/transfers/?period=2026-01&event=redeem&programme=health&debtor=310101&creditor=310112")
        .context
    )

    assert context["total_fen"] == 12_000
    assert [row.pk for row in context["page"]] == [first_visit().pk]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 10),
        ("period=2026-02", 0),
        ("authority=310115", 2),
        ("event=issue", 4),
        ("programme=health", 10),
        ("event=redeem&authority=310101", 4),
        ("event=nothing", 0),
    ],
)
def test_transfers_are_found_by_what_is_known_of_them(city: City, query: str, rows: int) -> None:
    context = browser(city.proposer).get(f"/transfers/?{query}").context

    assert context["page"].paginator.count == rows


def test_transfers_are_found_by_their_subject(city: City) -> None:
    voucher = city.vouchers["310115"]

    context = browser(city.proposer).get(f"/transfers/?subject={voucher.pk}").context

    assert [(row.event, row.fen) for row in context["page"]] == [("issue", 30_000)]


def test_a_transfer_shows_its_four_legs_and_who_owes_whom(city: City) -> None:
    page = browser(city.proposer).get(reverse("transfer", args=[first_visit().pk]))

    assert [(leg.code, leg.fen) for leg in page.context["legs"]] == [
        ("310101/health/entitlement", 12_000),
        ("310112/due/310101", 12_000),
        ("310101/due/310112", -12_000),
        ("310112/health/payable/clinic-310112", -12_000),
    ]
    assert page.context["debit_fen"] == page.context["credit_fen"]
    assert "District 310101 owes District 310112 this amount." in page.content.decode()


def test_a_reversal_and_what_it_reverses_lead_to_each_other(city: City) -> None:
    back = reverse_redemption(key="visit-0", day=date(2026, 1, 6), stamp=stamp(date(2026, 1, 6)))
    client = browser(city.proposer)

    there, here = (reverse("transfer", args=[pk]) for pk in (first_visit().pk, back.pk))

    assert f'href="{here}"' in client.get(there).content.decode()
    assert f'href="{there}"' in client.get(here).content.decode()


def test_a_transfer_leads_to_the_story_of_its_voucher(city: City) -> None:
    row = first_visit()
    client = browser(UserFactory.create(role=Role.AUDITOR))

    story = reverse("voucher_by_id", args=[row.subject])

    assert f'href="{story}"' in client.get(reverse("transfer", args=[row.pk])).content.decode()
    assert client.get(story).headers["Location"] == reverse("voucher_story", args=[city.vouchers["310101"].number])


def test_the_file_of_transfers_holds_the_rows_that_were_asked_for(city: City) -> None:
    lines = file_of(browser(city.proposer), "/transfers/transfers.csv?event=redeem&authority=310115").splitlines()

    assert len(lines) == 2
    assert ",310113/health/entitlement,310115/health/payable/clinic-310115,50.00," in lines[1]


@pytest.mark.parametrize(
    ("address", "most"), [("/transfers/", 11), ("/books/", 9), ("/books/310101/", 10), ("/periods/2026-01/", 20)]
)
def test_more_rows_cost_no_more_queries(city: City, address: str, most: int) -> None:
    client = browser(city.proposer)
    few = queries_of(client, address)
    visit(city.vouchers["310115"], provider=city.providers["310101"], fen=10, key="more-1")
    visit(city.vouchers["310115"], provider=city.providers["310112"], fen=10, key="more-2")

    assert queries_of(client, address) == few <= most
