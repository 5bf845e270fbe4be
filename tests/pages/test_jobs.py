"""Long work as people see it: who may look, who may let it run, and what a stopped one says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role, User
from ledger.models import Job, JobState
from tests.factories import UserFactory, administrator_of
from tests.support.readers import browser, queries_of, run
from tests.support.visits import MONTH, City, month_of_visits

pytestmark = pytest.mark.django_db

ACTS = ("job_approve", "job_withdraw", "job_retry")
READERS = (Role.CITY_ADMINISTRATOR, Role.AUDITOR)
STRANGERS = (Role.RESIDENT, Role.PROVIDER_CLERK)


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 2, 10, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def city() -> City:
    return month_of_visits()


@pytest.fixture
def proposal(city: City) -> Job:
    """A proposal to close January."""
    return city.propose_closing()


@pytest.fixture
def parked(city: City, proposal: Job) -> Job:
    """The proposal, approved after somebody else had closed the month."""
    city.close()
    act(city.approver, "job_approve", proposal)
    return run(proposal)


def act(user: User | None, name: str, job: Job) -> int:
    """Press a button of a job's page; return the answer's status."""
    return browser(user).post(reverse(name, args=[job.pk])).status_code


def page_of(user: User, job: Job) -> str:
    return browser(user).get(reverse("job", args=[job.pk])).content.decode()


# Who may look


@pytest.mark.parametrize("role", READERS)
def test_the_city_and_its_auditors_see_every_job(proposal: Job, role: Role) -> None:
    client = browser(UserFactory.create(role=role))

    assert [job for job, _title, _tone in client.get("/jobs/").context["lines"]] == [proposal]
    assert client.get(reverse("job", args=[proposal.pk])).status_code == 200
    assert client.get(reverse("job_state", args=[proposal.pk])).status_code == 200


def test_a_district_sees_the_jobs_it_asked_for_and_no_other(city: City, proposal: Job) -> None:
    administrator = administrator_of(city.districts["310101"])
    own = Job.objects.create(kind="issue_batch", key="issue_batch:1", proposed_by=administrator)
    client = browser(administrator)

    assert [job for job, _title, _tone in client.get("/jobs/").context["lines"]] == [own]
    assert client.get(reverse("job", args=[proposal.pk])).status_code == 404
    assert client.get(reverse("job_state", args=[proposal.pk])).status_code == 404
    assert act(administrator, "job_withdraw", proposal) == 404


@pytest.mark.parametrize("role", STRANGERS)
def test_residents_and_clerks_see_no_jobs(proposal: Job, role: Role) -> None:
    client = browser(UserFactory.create(role=role))

    assert client.get("/jobs/").status_code == 403
    assert client.get(reverse("job", args=[proposal.pk])).status_code == 403
    assert client.get(reverse("job_state", args=[proposal.pk])).status_code == 403


def test_who_is_not_signed_in_is_asked_to_sign_in(proposal: Job) -> None:
    assert browser().get("/jobs/").headers["Location"].startswith(reverse("sign_in"))
    assert act(None, "job_approve", proposal) == 302


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("role", [*STRANGERS, Role.AUDITOR])
def test_who_only_reads_changes_nothing(proposal: Job, role: Role, name: str) -> None:
    assert act(UserFactory.create(role=role), name, proposal) == 403
    assert Job.objects.get().state == JobState.PROPOSED


def test_a_district_administrator_approves_nothing(city: City, proposal: Job) -> None:
    assert act(administrator_of(city.districts["310101"]), "job_approve", proposal) == 403


@pytest.mark.parametrize("name", ACTS)
def test_looking_at_an_address_that_changes_something_does_nothing(city: City, proposal: Job, name: str) -> None:
    assert browser(city.approver).get(reverse(name, args=[proposal.pk])).status_code == 405


# Four eyes


def test_nobody_approves_their_own_proposal_and_the_page_says_why(city: City, proposal: Job) -> None:
    answer = browser(city.proposer).post(reverse("job_approve", args=[proposal.pk]))

    assert answer.status_code == 409
    assert "You proposed this yourself. Another person has to approve it." in answer.content.decode()
    assert Job.objects.get().state == JobState.PROPOSED


def test_the_button_to_approve_is_offered_to_the_other_person_only(city: City, proposal: Job) -> None:
    auditor = UserFactory.create(role=Role.AUDITOR)

    own, other, reader = (page_of(user, proposal) for user in (city.proposer, city.approver, auditor))

    address = reverse("job_approve", args=[proposal.pk])
    assert address not in own and address in other and address not in reader
    assert "You proposed this yourself. Another city administrator has to approve it." in own
    assert "周明 proposed this." in other


def test_an_approved_job_is_done_and_its_page_shows_who_did_what(city: City, proposal: Job) -> None:
    assert act(city.approver, "job_approve", proposal) == 302
    run(proposal)

    page = page_of(city.proposer, proposal)

    assert "1 of 1 are done." in page
    assert "吴芳" in page
    assert reverse("period", args=[MONTH]) in page


def test_a_proposal_that_was_withdrawn_can_be_made_again(city: City, proposal: Job) -> None:
    assert act(city.approver, "job_withdraw", proposal) == 302

    again = city.propose_closing()

    assert again.pk != proposal.pk
    assert act(city.approver, "job_approve", proposal) == 409


# Work that stops


def test_a_parked_job_says_what_stopped_it(city: City, parked: Job) -> None:
    page = page_of(city.proposer, parked)

    assert parked.state == JobState.PARKED
    assert "January 2026 is closed already. Nothing was changed." in page


def test_a_parked_job_can_be_tried_again(city: City, parked: Job) -> None:
    assert act(city.proposer, "job_retry", parked) == 302
    assert Job.objects.get().state == JobState.OPEN


def test_a_parked_job_can_be_withdrawn(city: City, parked: Job) -> None:
    assert act(city.proposer, "job_withdraw", parked) == 302
    assert Job.objects.get().state == JobState.WITHDRAWN


def test_an_auditor_reads_why_a_job_is_parked_and_is_offered_nothing(parked: Job) -> None:
    page = page_of(UserFactory.create(role=Role.AUDITOR), parked)

    assert "January 2026 is closed already." in page
    assert reverse("job_retry", args=[parked.pk]) not in page


# Progress


def test_the_progress_bar_is_told_how_far_an_open_job_is(city: City) -> None:
    job = Job.objects.create(kind="issue_batch", key="issue_batch:1", total_count=5_000, done_count=1_200)
    with time_machine.travel(datetime(2026, 2, 10, 4, 3, tzinfo=UTC), tick=False):
        told = browser(city.proposer).get(reverse("job_state", args=[job.pk])).json()

    assert told == {
        "done": 1_200,
        "total": 5_000,
        "text": "1,200 of 5,000 are done, about 10 minutes remain.",
        "finished": False,
    }


def test_the_progress_bar_stops_asking_once_the_job_is_not_open(city: City, parked: Job) -> None:
    assert browser(city.proposer).get(reverse("job_state", args=[parked.pk])).json()["finished"] is True


def test_jobs_are_found_by_their_state(city: City, parked: Job) -> None:
    client = browser(city.proposer)

    found, others = (client.get(f"/jobs/?state={state}").context["lines"] for state in ("parked", "done"))

    assert [job for job, _title, _tone in found] == [parked]
    assert others == []


def test_more_jobs_cost_no_more_queries(city: City, proposal: Job) -> None:
    client = browser(city.proposer)
    few = queries_of(client, "/jobs/")
    Job.objects.bulk_create(Job(kind="issue_batch", key=f"b:{n}", proposed_by=city.approver) for n in range(9))

    assert queries_of(client, "/jobs/") == few <= 4
