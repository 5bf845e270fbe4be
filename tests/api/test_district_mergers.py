"""Mergers of districts over HTTP."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from accounts.models import Role
from ledger.models import Job, JobState
from tests.api.callers import V1, caller
from tests.factories import DistrictFactory, UserFactory, stamp
from vouchers.services.merging_districts import merge_districts

pytestmark = pytest.mark.django_db

PROPOSAL = {"predecessor": "310108", "successor": "310106", "day": "2015-11-04"}


@pytest.fixture
def client() -> APIClient:
    DistrictFactory(code="310108")
    DistrictFactory(code="310106")
    return caller(UserFactory.create(role=Role.CITY_ADMINISTRATOR))


def test_a_merger_is_proposed_and_waits_for_another_person(client: APIClient) -> None:
    answers = [client.post(f"{V1}/district-mergers", PROPOSAL) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["state"] == JobState.PROPOSED
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"predecessor": "999999"}, 422, "not_a_member"),
        ({"successor": "310108"}, 422, "merges_into_itself"),
        ({"day": "2199-01-01"}, 422, "merger_not_yet"),
        ({"day": "yesterday"}, 400, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(
    client: APIClient, changed: dict[str, str], status: int, code: str
) -> None:
    answer = client.post(f"{V1}/district-mergers", PROPOSAL | changed)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_was_merged_is_listed_and_told_of_the_district(client: APIClient) -> None:
    day = stamp()
    merge_districts(predecessor="310108", successor="310106", day=day.booked_on, stamp=day)

    again = client.post(f"{V1}/district-mergers", PROPOSAL)
    listed = client.get(f"{V1}/district-mergers").json()["results"]
    districts = [client.get(f"{V1}/districts/{code}").json() for code in ("310108", "310106")]

    assert (again.status_code, again.json()["code"]) == (409, "already_merged")
    assert [(row["predecessor"], row["successor"], row["day"]) for row in listed] == [
        ("310108", "310106", f"{day.booked_on}")
    ]
    assert [(one["merged_into"], one["merged_on"]) for one in districts] == [
        ("310106", f"{day.booked_on}"),
        (None, None),
    ]
