"""Statements and disputes as people see them: who may open what, what is answered, and what happens next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import District, Role, User
from ledger.models import Dispute, DisputeStep, HeldTransfer, Job, StatementAnswer, Transfer, Verdict
from ledger.selectors import obligations
from ledger.services import disputes
from ledger.states import DECIDE
from tests.factories import UserFactory, administrator_of, finance_officer_of, stamp
from tests.pages.reading import text_of
from tests.support.readers import browser, queries_of, run
from tests.support.visits import MONTH, NEXT, City, month_of_visits, visit

pytestmark = pytest.mark.django_db

THIRD_OF_FEBRUARY = date(2026, 2, 3)
HOME, ADDRESS = "/statements/", "/statements/2026-01/310101/"
LINE = "debtor=310101&creditor=310112&event=redeem&programme=health&belongs_to=2026-01"
READ = (
    HOME,
    ADDRESS,
    f"{ADDRESS}with/310112/",
    f"{ADDRESS}line/?{LINE}",
    f"{ADDRESS}en.csv",
    f"{ADDRESS}with/310112/zh-hans.xlsx",
    "/disputes/",
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 2, 3, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def city() -> City:
    """January is closed and its statements are issued."""
    city = month_of_visits()
    city.close()
    return city


@pytest.fixture
def officer(city: City) -> User:
    return finance_officer_of(city.districts["310101"])


@pytest.fixture
def other(city: City) -> User:
    """The finance officer of the district to which the first owes the line."""
    return finance_officer_of(city.districts["310112"])


def object_to(client: Client, *, more: str = "", reason: str = "Two of them were not ours.") -> Dispute:
    client.post(f"{ADDRESS}object/?{LINE}{more}", {"reason": reason})
    return Dispute.objects.latest("id")


# Who may look


def answers_to(user: User, addresses: Iterable[str]) -> set[int]:
    client = browser(user)
    return {client.get(address).status_code for address in addresses}


@pytest.mark.parametrize("role", [Role.CITY_ADMINISTRATOR, Role.AUDITOR])
def test_the_city_and_its_auditors_open_every_statement(city: City, role: Role) -> None:
    assert answers_to(UserFactory.create(role=role), READ) == {200}


@pytest.mark.parametrize("of", [finance_officer_of, administrator_of])
def test_a_district_opens_its_own(city: City, of: Callable[[District], User]) -> None:
    assert answers_to(of(city.districts["310101"]), READ) == {200}


def test_the_statement_of_another_district_does_not_exist_for_a_finance_officer(city: City) -> None:
    stranger = finance_officer_of(city.districts["310115"])

    assert answers_to(stranger, [ADDRESS, f"{ADDRESS}line/?{LINE}", f"{ADDRESS}en.pdf"]) == {404}


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.PROVIDER_CLERK])
def test_residents_and_clerks_open_none(city: City, role: Role) -> None:
    assert answers_to(UserFactory.create(role=role), READ) == {403}


def test_what_no_statement_has_is_not_found(officer: User) -> None:
    nowhere = (
        "/statements/2025-11/310101/",
        "/statements/2026-13/310101/",
        f"{ADDRESS}with/310101/",
        f"{ADDRESS}with/999999/",
        f"{ADDRESS}line/",
        f"{ADDRESS}line/?{LINE}x",
        f"{ADDRESS}en.exe",
        f"{ADDRESS}de.csv",
    )

    assert answers_to(officer, nowhere) == {404}


@pytest.mark.parametrize("role", [Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR, Role.AUDITOR])
@pytest.mark.parametrize("verb", ["confirm", "object"])
def test_only_finance_officers_answer(city: City, role: Role, verb: str) -> None:
    user = UserFactory.create(role=role)
    user.districts.set([city.districts["310101"]])

    assert browser(user).post(f"{ADDRESS}{verb}/?{LINE}", {"reason": "No."}).status_code == 403
    assert not StatementAnswer.objects.exists()


@pytest.mark.parametrize("verb", ["confirm", "object"])
def test_nobody_answers_for_another_district(other: User, verb: str) -> None:
    assert browser(other).post(f"{ADDRESS}{verb}/?{LINE}", {"reason": "No."}).status_code == 404
    assert not StatementAnswer.objects.exists()


# What is shown


def test_the_first_page_of_a_finance_officer_says_what_waits_and_until_when(officer: User) -> None:
    page = text_of(browser(officer).get("/", follow=True))

    assert "Waiting for your answer" in page
    assert "District 310101, January 2026" in page
    assert "7 working days left, until 12 February 2026" in page


def test_the_totals_of_all_statements_come_to_nothing(city: City) -> None:
    totals = browser(city.proposer).get(HOME).context["totals"]

    assert (totals["to_receive_fen"], totals["to_pay_fen"], totals["closing_fen"]) == (50_000, 50_000, 0)


def test_the_page_shows_the_figures_of_the_files(officer: User) -> None:
    client = browser(officer)
    page = text_of(client.get(ADDRESS))
    lines = client.get(f"{ADDRESS}en.csv").content.decode("utf-8-sig").splitlines()
    figures = [line.split(",")[6] for line in lines[1:] if line.split(",")[6]]

    assert len(figures) > 10
    assert [figure for figure in figures if figure.lstrip("-") not in page.replace(",", "")] == []


def test_a_month_that_is_open_can_be_read_and_not_answered(city: City, officer: User) -> None:
    visit(city.vouchers["310101"], provider=city.providers["310113"], fen=100, key="late", day=date(2026, 1, 9))

    page = text_of(browser(officer).get("/statements/2026-02/310101/"))

    assert "This month is still open." in page
    assert "recorded late" in page
    assert "Confirm all remaining lines" not in page


def test_a_line_leads_to_its_transfers_and_they_to_their_story(city: City, officer: User) -> None:
    page = text_of(browser(officer).get(f"{ADDRESS}line/?{LINE}"))
    row = Transfer.objects.get(key="redeem:visit-0")

    assert f"/transfers/{row.pk}/" in page
    assert city.vouchers["310101"].number in page
    assert "120.00" in page


def test_the_story_of_a_voucher_opens_to_whom_a_row_of_it_concerns(city: City, officer: User, other: User) -> None:
    voucher = city.vouchers["310101"]
    strangers = finance_officer_of(city.districts["310115"])
    story = f"/vouchers/{voucher.number}/story/"

    page = browser(other).get(f"/vouchers/id/{voucher.pk}/", follow=True)

    assert page.redirect_chain == [(story, 302)]
    assert "/residents/" not in text_of(page)
    assert [browser(user).get(story).status_code for user in (officer, strangers)] == [200, 404]
    assert browser(officer).get(f"/residents/{voucher.resident.number}/").status_code == 403


def test_more_lines_cost_no_more_queries(city: City, officer: User) -> None:
    few = queries_of(browser(officer), ADDRESS)
    for number, code in enumerate(("310112", "310113", "310115")):
        visit(city.vouchers["310101"], provider=city.providers[code], fen=100, key=f"more-{number}", day=NEXT)

    assert queries_of(browser(officer), "/statements/2026-02/310101/") <= few <= 25


# Answers


def test_all_remaining_lines_are_confirmed_at_once(officer: User) -> None:
    answer = browser(officer).post(f"{ADDRESS}confirm/", follow=True)

    assert "4 lines are confirmed." in text_of(answer)
    assert "Nothing waits for an answer" in text_of(browser(officer).get(HOME))
    assert set(StatementAnswer.objects.values_list("authority", "verdict")) == {("310101", Verdict.CONFIRMED)}


def test_one_line_is_confirmed_alone(officer: User) -> None:
    browser(officer).post(f"{ADDRESS}confirm/?{LINE}")

    assert StatementAnswer.objects.get().creditor_id == "310112"


def test_an_objection_holds_the_line_back_and_the_rest_stays(officer: User) -> None:
    dispute = object_to(browser(officer))

    assert (dispute.fen, dispute.authority_id, dispute.due_on > THIRD_OF_FEBRUARY) == (12_000, "310101", True)
    assert {(o.debtor, o.creditor) for o in obligations(MONTH)} & {("310101", "310112")} == set()
    assert sum(o.fen for o in obligations(MONTH)) == 38_000


def test_one_transfer_of_a_line_is_objected_to_alone(officer: User) -> None:
    row = Transfer.objects.get(key="redeem:visit-0")

    dispute = object_to(browser(officer), more=f"&transfer={row.pk}")
    again = browser(officer).get(f"{ADDRESS}object/?{LINE}&transfer={row.pk}")

    assert dispute.transfer_id == row.pk
    assert HeldTransfer.objects.get().transfer_id == row.pk
    assert again.status_code == 404


def test_an_objection_says_why(officer: User) -> None:
    page = text_of(browser(officer).post(f"{ADDRESS}object/?{LINE}", {"reason": ""}))

    assert "Say what is wrong, so that the other side can look for it." in page
    assert not Dispute.objects.exists()


def test_what_is_confirmed_is_not_objected_to_and_the_page_says_so(officer: User) -> None:
    client = browser(officer)
    client.post(f"{ADDRESS}confirm/")

    page = text_of(client.post(f"{ADDRESS}object/?{LINE}", {"reason": "After all."}))

    assert "This line of January 2026 is answered already: Confirmed." in page


# Disputes


def test_who_is_asked_sees_it_first_with_its_clock(officer: User, other: User) -> None:
    object_to(browser(officer))

    theirs, ours = (text_of(browser(user).get("/disputes/")) for user in (other, officer))

    assert "Yours to do" in theirs and "Yours to do" not in ours
    assert "working days left, until" in theirs


def test_a_dispute_between_others_does_not_exist_for_a_district(city: City, officer: User) -> None:
    dispute = object_to(browser(officer))
    stranger = browser(finance_officer_of(city.districts["310115"]))

    assert stranger.get(f"/disputes/{dispute.pk}/").status_code == 404
    assert "No disputes" in text_of(stranger.get("/disputes/"))


def test_an_answer_is_told_to_everybody_and_books_nothing(officer: User, other: User) -> None:
    dispute = object_to(browser(officer))
    before = Transfer.objects.count()

    browser(other).post(f"/disputes/{dispute.pk}/answer/", {"accepted": "70.00", "note": "One of them was."})
    page = text_of(browser(officer).get(f"/disputes/{dispute.pk}/"))

    assert "District 310112 answered: District 310101 owes 70.00 yuan" in page
    assert "One of them was." in page
    assert "else the city decides by" in page
    assert Transfer.objects.count() == before


@pytest.mark.parametrize(
    ("verb", "who"), [("answer", "officer"), ("withdraw", "other"), ("decide", "officer"), ("nothing", "other")]
)
def test_nobody_does_what_is_for_others_to_do(officer: User, other: User, verb: str, who: str) -> None:
    dispute = object_to(browser(officer))

    answer = browser({"officer": officer, "other": other}[who]).get(f"/disputes/{dispute.pk}/{verb}/")

    assert answer.status_code == 404


def test_more_than_is_in_dispute_cannot_be_owed(officer: User, other: User) -> None:
    dispute = object_to(browser(officer))

    page = browser(other).post(f"/disputes/{dispute.pk}/answer/", {"accepted": "120.01", "note": "All."})

    assert "The amount must not be more than 120.00 yuan." in text_of(page)
    assert not DisputeStep.objects.exists()


def test_an_objection_is_taken_back_by_who_raised_it(officer: User) -> None:
    dispute = object_to(browser(officer))

    page = browser(officer).post(f"/disputes/{dispute.pk}/withdraw/", {"note": "We found them."}, follow=True)

    assert "The objection was taken back." in text_of(page)
    assert HeldTransfer.objects.get().released.settles == NEXT


def test_a_decision_takes_two_people_and_says_what_was_decided(city: City, officer: User) -> None:
    dispute = object_to(browser(officer))
    address = f"/disputes/{dispute.pk}/"
    browser(city.proposer).post(f"{address}decide/", {"accepted": "50", "note": "Half of it is shown."})
    job = Job.objects.get(kind=DECIDE)

    asked = text_of(browser(city.approver).get(address))
    browser(city.approver).post(f"/jobs/{job.pk}/approve/")
    run(job)
    page = text_of(browser(officer).get(address))

    assert "owes 50.00 of the 120.00 yuan." in asked and "Approve the decision" in asked
    assert "Decided: District 310101 owes 50.00 of the 120.00 yuan" in page
    assert f"approved by {city.approver}" in page
    assert Dispute.objects.get().outcome is not None


def test_the_job_of_a_decision_says_what_is_approved(city: City, officer: User) -> None:
    dispute = object_to(browser(officer))
    job = disputes.propose_decision(
        dispute=dispute, accepted_fen=5_000, note="Half.", stamp=stamp(THIRD_OF_FEBRUARY, by=city.proposer)
    )

    page = text_of(browser(city.approver).get(f"/jobs/{job.pk}/"))

    assert f"Dispute {dispute.pk}: 50.00 yuan are owed" in page


def test_the_page_of_the_month_names_what_is_held_back(city: City, officer: User) -> None:
    object_to(browser(officer))

    page = text_of(browser(city.proposer).get("/periods/2026-01/"))

    assert "120.00 yuan are in dispute" in page
