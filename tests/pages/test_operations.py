"""The page Operations: the answer first, what has stopped and why, and who may do something about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from ledger.models import Job, JobState, Part, UpkeepKind
from ledger.services import upkeep
from tests.factories import UserFactory, administrator_of, stamp
from tests.support.readers import browser, queries_of, run
from tests.support.visits import City, month_of_visits
from vouchers.services import reconciling_books

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 10, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def city() -> City:
    return month_of_visits()


@pytest.fixture
def parked(city: City) -> Job:
    """A proposal to close January, approved after somebody else had closed it."""
    proposal = city.propose_closing()
    city.close()
    browser(city.approver).post(reverse("job_approve", args=[proposal.pk]))
    return run(proposal)


def all_is_well() -> None:
    """Let everything have been done an hour ago."""
    upkeep.seen(*Part, now=NOW)
    for kind in UpkeepKind:
        upkeep.record(kind=kind, began_at=NOW - timedelta(hours=1), figures={"transfers": 6})
    run(reconciling_books.ask_for_the_night(stamp=stamp()))


def page(role: Role = Role.CITY_ADMINISTRATOR) -> str:
    return browser(UserFactory.create(role=role)).get("/operations/").content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.CITY_ADMINISTRATOR, 200),
        (Role.AUDITOR, 200),
        (Role.DISTRICT_ADMINISTRATOR, 403),
        (Role.FINANCE_OFFICER, 403),
        (Role.PROVIDER_CLERK, 403),
        (Role.RESIDENT, 403),
    ],
)
def test_the_city_and_its_auditors_see_it_and_nobody_else(role: Role, status: int) -> None:
    assert browser(UserFactory.create(role=role)).get("/operations/").status_code == status


def test_who_is_not_signed_in_is_asked_to_sign_in() -> None:
    assert browser().get("/operations/").headers["Location"].startswith(reverse("sign_in"))


def test_it_says_first_that_nobody_has_to_do_anything() -> None:
    all_is_well()

    html = page()

    assert "The service does its work. Nobody has to do anything." in html
    assert "As of 10 February 2026, 12:00." in html
    assert "th-todo" not in html


def test_it_says_first_what_needs_somebody_and_what_to_do() -> None:
    all_is_well()
    upkeep.record(kind=UpkeepKind.DRILL, began_at=NOW, figures={}, problem="transfer 7: its leaf is another")

    html = page()

    assert "1 thing needs somebody now." in html
    assert "The last backup, restore drill or verification failed." in html.split("What is watched")[0]
    assert "transfer 7: its leaf is another" in html


def test_what_is_only_late_does_not_cry_alarm() -> None:
    upkeep.seen(*Part, now=NOW)

    html = page()

    assert "Somebody should look at a few things today." in html
    assert "No backup has been made yet." in html


def test_a_stopped_job_is_told_with_its_reason_and_can_be_tried_again_from_here(city: City, parked: Job) -> None:
    html = page()

    assert "January 2026 is closed already. Nothing was changed." in html
    assert reverse("job", args=[parked.pk]) in html
    assert reverse("job_retry", args=[parked.pk]) in html
    assert browser(city.proposer).post(reverse("job_retry", args=[parked.pk])).status_code == 302
    assert Job.objects.get(pk=parked.pk).state == JobState.OPEN


def test_an_auditor_reads_the_reason_and_is_offered_nothing(parked: Job) -> None:
    html = page(Role.AUDITOR)

    assert "January 2026 is closed already. Nothing was changed." in html
    assert reverse("job_retry", args=[parked.pk]) not in html


def test_work_under_way_is_told_with_its_progress_and_its_attempts() -> None:
    Job.objects.create(
        kind="issue_batch",
        key="issue_batch:1",
        total_count=5_000,
        done_count=1_200,
        attempts=3,
        error="OperationalError: the connection is lost",
        created_at=NOW,
    )

    html = page()

    assert "1,200 of 5,000 are done" in html
    assert "OperationalError: the connection is lost" in html
    assert 'data-label="Attempts">3<' in html


def test_an_idle_service_says_when_jobs_appear() -> None:
    assert "No job waits or runs. Jobs appear here" in page()


def test_the_page_is_in_the_navigation_of_those_who_may_see_it(city: City) -> None:
    district = browser(administrator_of(city.districts["310101"])).get("/jobs/").content.decode()

    assert 'href="/operations/"' in page() and 'href="/operations/"' not in district


def test_more_jobs_cost_no_more_queries(city: City, parked: Job) -> None:
    client = browser(city.proposer)
    few = queries_of(client, "/operations/")
    Job.objects.bulk_create(Job(kind="issue_batch", key=f"b:{n}", proposed_by=city.approver) for n in range(9))

    assert queries_of(client, "/operations/") == few
