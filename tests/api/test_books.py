"""Months, who owes whom, transfers and jobs over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role
from accounts.stamps import Stamp
from ledger.models import Job, JobState, PeriodStep
from ledger.services import jobs
from ledger.services.periods import close_period, net_period, settle_period
from tests.api.callers import V1, City, caller, claim, redeem, rows
from tests.factories import UserFactory, administrator_of, stamp

pytestmark = pytest.mark.django_db

JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)


@pytest.fixture
def client() -> APIClient:
    return caller(UserFactory())


def propose(client: APIClient, month: str, step: str) -> Any:
    return client.post(f"{V1}/periods/{month}/{step}")


def test_months_are_listed_newest_first_with_their_state(city: City, client: APIClient) -> None:
    close_period(month=JANUARY, approved_by=UserFactory(), stamp=stamp())

    assert rows(client.get(f"{V1}/periods")) == [
        {"month": "2026-03", "state": "open"},
        {"month": "2026-02", "state": "open"},
        {"month": "2026-01", "state": "closed"},
    ]


def test_a_month_tells_its_steps_and_who_took_them(city: City, client: APIClient) -> None:
    approver, proposer = UserFactory(), UserFactory()
    close_period(month=JANUARY, approved_by=approver, stamp=stamp(date(2026, 3, 16), by=proposer))

    month = client.get(f"{V1}/periods/2026-01").json()

    assert (month["state"], month["job"]) == ("closed", None)
    assert month["steps"] == [
        {
            "step": "closed",
            "proposed_by": proposer.username,
            "approved_by": approver.username,
            "payload": PeriodStep.objects.get(month=JANUARY).payload,
            "booked_on": "2026-03-16",
            "at": "2026-03-16T12:00:00+08:00",
        }
    ]


def test_a_month_s_calendar_says_what_is_done_and_what_is_due(city: City, client: APIClient) -> None:
    approver, proposer = UserFactory(), UserFactory()
    close_period(month=JANUARY, approved_by=approver, stamp=stamp(date(2026, 3, 16), by=proposer))

    cut_off, closing, statement, *later = client.get(f"{V1}/periods/2026-01/calendar").json()

    assert (cut_off["milestone"], cut_off["day"], cut_off["standing"]) == ("cut_off", "2026-01-31", "done")
    assert (closing["standing"], closing["done_on"]) == ("done", "2026-03-16")
    assert (closing["proposed_by"], closing["approved_by"]) == (proposer.username, approver.username)
    assert closing["payload"] == PeriodStep.objects.get(month=JANUARY).payload
    assert (statement["standing"], statement["done_on"], statement["working_days_left"]) == ("overdue", None, 0)
    assert [one["milestone"] for one in later] == ["objection", "netting", "payment", "finality"]


def test_a_month_that_the_books_do_not_know_is_404(city: City, client: APIClient) -> None:
    assert client.get(f"{V1}/periods/2031-01").status_code == 404


def test_what_is_owed_is_derived_while_the_month_is_open(city: City, client: APIClient) -> None:
    redeem(caller(city.clerk), **claim(city.voucher, fen=12_000))
    home, there = city.home.code, city.provider.district.code

    owed = client.get(f"{V1}/periods/2026-03/obligations").json()
    net = client.get(f"{V1}/periods/2026-03/positions").json()

    assert owed == [{"debtor": home, "creditor": there, "amount_fen": 12_000}]
    assert net == [{"authority": home, "net_fen": -12_000}, {"authority": there, "net_fen": 12_000}]


def test_a_netted_month_keeps_its_obligations(city: City, client: APIClient) -> None:
    redeem(caller(city.clerk), **claim(city.voucher, fen=12_000))
    approver, later = UserFactory(), stamp(date(2026, 4, 1))
    close_period(month=JANUARY, approved_by=approver, stamp=later)
    close_period(month=MARCH, approved_by=approver, stamp=later)
    net_period(month=MARCH, approved_by=approver, stamp=later)

    assert client.get(f"{V1}/periods/2026-03").json()["state"] == "netted"
    assert [row["amount_fen"] for row in client.get(f"{V1}/periods/2026-03/obligations").json()] == [12_000]


def test_a_district_sees_what_it_owes_and_is_owed_only(city: City) -> None:
    redeem(caller(city.clerk), **claim(city.voucher))
    home = caller(administrator_of(city.home))

    assert [row["debtor"] for row in home.get(f"{V1}/periods/2026-03/obligations").json()] == [city.home.code]
    assert [row["authority"] for row in home.get(f"{V1}/periods/2026-03/positions").json()] == [city.home.code]


def test_closing_is_proposed_and_waits_for_another_person(city: City) -> None:
    proposer, approver = caller(UserFactory()), caller(UserFactory())

    proposal = propose(proposer, "2026-01", "close")
    own = proposer.post(f"{V1}/jobs/{proposal.json()['id']}/approve")
    others = approver.post(f"{V1}/jobs/{proposal.json()['id']}/approve")

    assert (proposal.status_code, proposal.json()["state"]) == (202, "proposed")
    assert (own.status_code, own.json()["code"]) == (403, "own_proposal")
    assert (others.status_code, others.json()["state"]) == (200, "open")


def test_proposing_twice_makes_one_job(city: City, client: APIClient) -> None:
    first, second = propose(client, "2026-01", "close"), propose(client, "2026-01", "close")

    assert first.json()["id"] == second.json()["id"]
    assert client.get(f"{V1}/periods/2026-01").json()["job"] == first.json()["id"]


@pytest.mark.parametrize(
    ("month", "step", "code"),
    [
        ("2026-03", "close", "month_not_over"),
        ("2026-02", "close", "earlier_period_open"),
        ("2026-01", "settle", "period_open"),
    ],
)
def test_what_cannot_be_done_is_not_even_proposed(
    city: City, client: APIClient, month: str, step: str, code: str
) -> None:
    answer = propose(client, month, step)

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not Job.objects.exists()


@pytest.mark.parametrize(("step", "code"), [("close", "already_closed"), ("settle", "already_settled")])
def test_what_is_done_is_not_proposed_again(city: City, client: APIClient, step: str, code: str) -> None:
    close_period(month=JANUARY, approved_by=UserFactory(), stamp=stamp())
    settle_period(month=JANUARY, approved_by=UserFactory(), stamp=stamp())

    assert propose(client, "2026-01", step).json()["code"] == code


def test_a_proposal_is_withdrawn_and_can_be_made_again(city: City, client: APIClient) -> None:
    first = propose(client, "2026-01", "close").json()["id"]

    withdrawn = client.post(f"{V1}/jobs/{first}/withdraw")

    assert withdrawn.json()["state"] == "withdrawn"
    assert propose(client, "2026-01", "close").json()["id"] != first


def test_a_withdrawn_job_is_not_withdrawn_again(city: City, client: APIClient) -> None:
    first = propose(client, "2026-01", "close").json()["id"]
    client.post(f"{V1}/jobs/{first}/withdraw")

    answer = client.post(f"{V1}/jobs/{first}/withdraw")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_waiting")


def test_a_parked_job_is_tried_again(city: City, client: APIClient) -> None:
    parked = propose(client, "2026-01", "close").json()["id"]
    Job.objects.filter(pk=parked).update(state=JobState.PARKED, approved_by=UserFactory(), error_code="period_open")

    shown = client.get(f"{V1}/jobs?state=parked")
    answer = client.post(f"{V1}/jobs/{parked}/retry")

    assert [row["error_code"] for row in rows(shown)] == ["period_open"]
    assert (answer.status_code, answer.json()["state"]) == (200, "open")


def test_a_district_does_not_see_the_jobs_of_others(city: City, client: APIClient) -> None:
    job = propose(client, "2026-01", "close").json()["id"]
    district = caller(administrator_of(city.home))

    assert rows(district.get(f"{V1}/jobs")) == []
    assert district.post(f"{V1}/jobs/{job}/withdraw").status_code == 404


def test_an_approved_closing_is_done_by_a_worker_and_told(city: City, client: APIClient) -> None:
    job = propose(client, "2026-01", "close").json()["id"]
    caller(UserFactory()).post(f"{V1}/jobs/{job}/approve")
    jobs.run_step(job_id=job, now=Job.objects.get(pk=job).next_try_at, stamp=Stamp.today(None))

    assert client.get(f"{V1}/jobs/{job}").json()["state"] == "done"
    assert client.get(f"{V1}/periods/2026-01").json()["state"] == "closed"


def test_a_transfer_tells_both_sides_and_both_days(city: City) -> None:
    redeem(caller(city.clerk), key="r/1", **claim(city.voucher, fen=12_000, day=date(2026, 3, 10)))
    home, there, programme = city.home.code, city.provider.district.code, city.programme.code

    row = caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/transfers/redeem:r%2F1").json()

    assert row == {
        "key": "redeem:r/1",
        "event": "redeem",
        "act": "redeem:r/1",
        "debit": f"{home}/{programme}/entitlement",
        "credit": f"{there}/{programme}/payable/{city.provider.code}",
        "amount_fen": 12_000,
        "occurred_on": "2026-03-10",
        "booked_on": "2026-03-16",
        "period": "2026-03",
        "settles": None,
        "reverses": None,
    }


def test_a_vouchers_transfers_tell_its_story(city: City, client: APIClient) -> None:
    clerk = caller(city.clerk)
    redeem(clerk, key="r-1", **claim(city.voucher))
    clerk.post(f"{V1}/reversals", {"key": "r-1", "day": "2026-03-16"})

    story = rows(client.get(f"{V1}/vouchers/{city.voucher.number}/transfers"))

    assert [(row["event"], row["reverses"]) for row in story] == [
        ("reverse", "redeem:r-1"),
        ("redeem", None),
        ("issue", None),
    ]


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ("period=2026-03", ["redeem"]),
        ("period=2026-01", ["issue"]),
        ("event=issue", ["issue"]),
        ("programme={programme}", ["redeem", "issue"]),
        ("programme=none", []),
        ("account={home}/{programme}/cost", ["issue"]),
        ("debtor={home}&creditor={there}", ["redeem"]),
        ("act=redeem:r-1", ["redeem"]),
        ("settles=2026-01", []),
    ],
)
def test_transfers_are_filtered(city: City, client: APIClient, asked: str, events: list[str]) -> None:
    redeem(caller(city.clerk), key="r-1", **claim(city.voucher))
    names = {"home": city.home.code, "there": city.provider.district.code, "programme": city.programme.code}

    found = rows(client.get(f"{V1}/transfers?{asked.format(**names)}"))

    assert [row["event"] for row in found] == events


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2200-01", "2026-13"])
@pytest.mark.parametrize("verb", ["close", "settle"])
def test_a_month_beyond_every_calendar_cannot_be_proposed(client: APIClient, month: str, verb: str) -> None:
    assert client.post(f"{V1}/periods/{month}/{verb}").status_code == 404
