"""Months of the ledger as people see them: who may look, whether the figures tie, and how a month moves on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from ledger import kinds
from ledger.events import PAYMENT
from ledger.kinds import AccountName
from ledger.matrix import matrix
from ledger.models import Job, ObligationRecord
from ledger.netting import Obligation
from ledger.selectors import state_of
from ledger.services.posting import Entry, post
from tests.factories import DistrictFactory, ProviderFactory, UserFactory, administrator_of, stamp
from tests.support.readers import browser, file_of, queries_of, run
from tests.support.visits import GROSS_FEN, MONTH, NEXT, POSITIONS, TO_PAY_FEN, City, month_of_visits, visit

pytestmark = pytest.mark.django_db

TENTH_OF_FEBRUARY = datetime(2026, 2, 10, 4, tzinfo=UTC)
READ = ("/periods/", "/periods/2026-01/", "/periods/2026-01/310101/310112/", "/periods/2026-01/obligations.csv")
RUN = ("/periods/2026-01/close/", "/periods/2026-01/settle/")
READERS = (Role.CITY_ADMINISTRATOR, Role.AUDITOR)
STRANGERS = (Role.RESIDENT, Role.PROVIDER_CLERK)


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(TENTH_OF_FEBRUARY, tick=False):
        yield


@pytest.fixture
def city() -> City:
    return month_of_visits()


# Who may look


@pytest.mark.parametrize("address", READ)
@pytest.mark.parametrize("role", READERS)
def test_the_city_and_its_auditors_read_everything_about_a_month(city: City, role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 200


@pytest.mark.parametrize("address", READ)
def test_a_district_administrator_reads_what_concerns_the_own_districts(city: City, address: str) -> None:
    assert browser(administrator_of(city.districts["310101"])).get(address).status_code == 200


@pytest.mark.parametrize("address", READ + RUN)
@pytest.mark.parametrize("role", STRANGERS)
def test_residents_and_clerks_do_not_read_the_books(city: City, role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 403


@pytest.mark.parametrize("address", READ + RUN)
def test_who_is_not_signed_in_is_asked_to_sign_in(city: City, address: str) -> None:
    assert browser().get(address).headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("address", RUN)
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DISTRICT_ADMINISTRATOR])
def test_only_the_city_proposes_to_close_or_settle(city: City, role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).post(address).status_code == 403
    assert not Job.objects.exists()


def test_an_obligation_between_two_other_districts_does_not_exist_for_a_district(city: City) -> None:
    client = browser(administrator_of(city.districts["310115"]))

    hidden, unknown = client.get("/periods/2026-01/310101/310112/"), client.get("/periods/2026-01/310101/999999/")

    assert (hidden.status_code, unknown.status_code) == (404, 404)


@pytest.mark.parametrize("month", ["2025-12", "2026-03", "2026-13", "0000-01"])
def test_a_month_that_the_ledger_does_not_know_is_not_found(city: City, month: str) -> None:
    assert browser(city.proposer).get(f"/periods/{month}/").status_code == 404


def test_a_district_sees_what_it_owes_and_is_owed_and_nothing_else(city: City) -> None:
    book = browser(administrator_of(city.districts["310115"])).get("/periods/2026-01/").context["book"]

    assert book.obligations == [Obligation("310113", "310115", 5_000)]
    assert book.positions == {"310115": 5_000}


# Whether the figures tie


def test_the_list_of_months_adds_up_what_is_owed_and_what_has_to_be_paid(city: City) -> None:
    (february, *_), (january, *_) = browser(city.proposer).get("/periods/").context["lines"]

    assert (february.month, february.rows, february.gross_fen) == (NEXT, 0, 0)
    assert (january.month, january.gross_fen, january.net_fen) == (MONTH, GROSS_FEN, TO_PAY_FEN)
    assert january.rows == 10


def test_every_total_of_the_matrix_ties_to_what_it_sums(city: City) -> None:
    square = browser(city.proposer).get("/periods/2026-01/").context["matrix"]
    rows = {debtor.pk: ([fen or 0 for _creditor, fen in cells], total) for debtor, cells, total in square["rows"]}

    assert all(sum(cells) == total for cells, total in rows.values())
    assert [sum(column) for column in zip(*(cells for cells, _total in rows.values()), strict=True)] == square[
        "column_totals"
    ]
    assert sum(square["column_totals"]) == square["total_fen"] == GROSS_FEN


def test_nobody_owes_themselves_and_the_diagonal_says_so() -> None:
    square = matrix([Obligation("a", "b", 7), Obligation("b", "c", 2)])

    assert [creditor for row in square.rows for creditor, fen in row.cells if fen is None] == ["a", "b", "c"]
    assert square.largest_fen == 7


@pytest.mark.parametrize("step", ["close", "net", "settle"])
def test_positions_sum_to_zero_however_far_the_month_has_come(city: City, step: str) -> None:
    getattr(city, step)()

    context = browser(city.proposer).get("/periods/2026-01/").context

    assert {authority.pk: fen for authority, fen in context["positions"]} == POSITIONS
    assert context["positions_fen"] == 0
    assert not context["book"].differs


def test_the_payments_of_a_settled_month_are_its_positions(city: City) -> None:
    city.settle()

    context = browser(city.proposer).get("/periods/2026-01/").context

    signed = {p.authority.pk: p.row.fen if p.receives else -p.row.fen for p in context["payments"]}
    assert signed == POSITIONS
    assert context["paid_fen"] == context["received_fen"] == TO_PAY_FEN


def test_a_settled_month_proves_that_nothing_is_left(city: City) -> None:
    city.settle()

    page = browser(UserFactory.create(role=Role.AUDITOR)).get("/periods/2026-01/")

    assert page.context["left_over"] == []
    assert "Every due and every clearing account of this month is 0.00." in page.content.decode()


def test_what_a_settlement_left_open_is_shown_with_its_account(city: City) -> None:
    city.settle()
    cash, clearing = AccountName("310101", kinds.CASH.code), AccountName("310101", kinds.CLEARING.code)
    stray = Entry(key="stray", event=PAYMENT, act="stray", day=NEXT, debit=cash, credit=clearing, fen=1, settles=MONTH)
    post(entries=[stray], stamp=stamp(NEXT))

    page = browser(city.proposer).get("/periods/2026-01/")

    assert page.context["left_over"] == [("310101/clearing", -1)]
    assert "Something of this month is still open" in page.content.decode()


def test_the_page_says_when_the_records_no_longer_agree_with_the_transfers(city: City) -> None:
    city.net()
    ObligationRecord.objects.create(month=MONTH, debtor_id="310115", creditor_id="310101", fen=1)

    page = browser(UserFactory.create(role=Role.AUDITOR)).get("/periods/2026-01/")

    assert "no longer agree with its transfers" in page.content.decode()


def test_an_obligation_is_the_sum_of_its_causes(city: City) -> None:
    context = browser(city.proposer).get("/periods/2026-01/310101/310112/").context

    assert context["fen"] == context["causes_fen"] == 12_000
    assert context["back_fen"] == 6_000


def test_the_obligations_file_opens_in_a_spreadsheet_and_holds_no_formula(city: City) -> None:
    trap = DistrictFactory.create(code="310299", name_zh="=1+1")
    visit(
        city.vouchers["310115"],
        provider=ProviderFactory.create(district=trap, programmes=[city.programme]),
        fen=100,
        key="trap",
    )

    text = file_of(browser(city.proposer), "/periods/2026-01/obligations.csv")

    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}Debtor's code,")
    assert "310115,310115区,310299,'=1+1,1.00" in text
    assert len(text.splitlines()) == 8


# How a month moves on


def test_the_running_month_cannot_be_closed_and_the_page_says_from_when(city: City) -> None:
    client = browser(city.proposer)

    asked, proposed = client.get("/periods/2026-02/close/"), client.post("/periods/2026-02/close/")

    assert "Propose to close it on 1 March 2026 or later." in asked.content.decode()
    assert "Propose to close the month" not in asked.content.decode()
    assert proposed.status_code == 409
    assert not Job.objects.exists()


def test_an_open_month_cannot_be_settled(city: City) -> None:
    answer = browser(city.proposer).post("/periods/2026-01/settle/")

    assert answer.status_code == 409
    assert "Close it before you settle it." in answer.content.decode()


def test_a_proposal_waits_for_another_city_administrator(city: City) -> None:
    answer = browser(city.proposer).post("/periods/2026-01/close/", follow=True)
    page = browser(city.approver).get("/periods/2026-01/").content.decode()

    assert answer.redirect_chain == [(reverse("job", args=[Job.objects.get().pk]), 302)]
    assert "周明 has proposed it. Another city administrator has to approve it." in page
    assert state_of(MONTH).code == "open"


def test_proposing_twice_makes_one_job(city: City) -> None:
    first = browser(city.proposer).post("/periods/2026-01/close/")
    second = browser(city.approver).post("/periods/2026-01/close/")

    assert first.headers["Location"] == second.headers["Location"]
    assert Job.objects.count() == 1


def take(city: City, action: str) -> None:
    """Have one person propose, another approve, and a worker do it."""
    browser(city.proposer).post(f"/periods/2026-01/{action}/")
    job = Job.objects.latest("id")
    browser(city.approver).post(reverse("job_approve", args=[job.pk]))
    run(job)


def test_a_month_is_closed_and_netted_by_two_people_and_settled_by_the_bank(city: City) -> None:
    take(city, "close")
    run(Job.objects.get(kind="issue_statements"))
    city.confirm()
    take(city, "settle")
    ordered = browser(UserFactory.create(role=Role.AUDITOR)).get("/periods/2026-01/")
    city.pay()

    page = browser(UserFactory.create(role=Role.AUDITOR)).get("/periods/2026-01/")

    assert "The month is settled once the bank confirms them." in ordered.content.decode()
    assert all(stage.is_done for stage in page.context["steps"])
    assert page.content.decode().count("Proposed by 周明, approved by 吴芳") == 3


def test_a_month_is_not_netted_while_districts_may_still_object(city: City) -> None:
    take(city, "close")
    run(Job.objects.get(kind="issue_statements"))

    answer = browser(city.proposer).post("/periods/2026-01/settle/")

    assert answer.status_code == 409
    assert "4 of them have still lines to answer" in answer.content.decode()


@pytest.mark.parametrize("step", ["close", "settle"])
def test_an_auditor_is_offered_nothing_to_do(city: City, step: str) -> None:
    getattr(city, step)()

    page = browser(UserFactory.create(role=Role.AUDITOR)).get("/periods/2026-01/").content.decode()

    assert "/settle/" not in page
    assert "/close/" not in page


# How dear it is


def test_more_months_and_more_rows_cost_no_more_queries(city: City) -> None:
    client = browser(city.proposer)
    city.close()
    few = queries_of(client, "/periods/"), queries_of(client, "/periods/2026-01/")
    host = city.providers["310101"]
    visit(city.vouchers["310112"], provider=host, fen=10, key="more-1", day=date(2026, 2, 3))
    visit(city.vouchers["310113"], provider=host, fen=10, key="more-2", day=date(2026, 2, 3))

    many = queries_of(client, "/periods/"), queries_of(client, "/periods/2026-02/")

    assert many[0] <= few[0] <= 16
    assert many[1] <= few[1] <= 20
