"""Prefunds, limits of net debit and interest on late payments over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role
from ledger.models import LateInterestRate, NetDebitCap
from ledger.services.parameters import set_cap
from tests.api.callers import V1, caller, rows
from tests.factories import UserFactory, administrator_of, stamp
from tests.support.visits import NEXT, City, month_of_visits

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits() -> City:
    """A city that settled its visits of January 2026."""
    city = month_of_visits()
    city.settle()
    return city


@pytest.fixture
def client() -> APIClient:
    return caller(UserFactory(role=Role.CITY_ADMINISTRATOR))


def test_prefunds_follow_from_what_was_spent_the_year_before(visits: City, client: APIClient) -> None:
    first, *others = client.get(f"{V1}/prefunds/2027").json()

    assert first == {
        "authority": "310101",
        "spent_fen": 20_000,
        "target_fen": 10_000,
        "held_fen": 0,
        "missing_fen": 10_000,
        "used_fen": 0,
        "used_percent": None,
        "level": "calm",
    }
    assert [one["authority"] for one in others] == ["310112", "310113"]


def test_a_district_reads_its_own_prefund_and_limit(visits: City) -> None:
    for code in ("310101", "310112"):
        set_cap(authority=code, fen=1, valid_from=NEXT, stamp=stamp())
    theirs = caller(administrator_of(visits.districts["310112"]))

    prefunds, caps = theirs.get(f"{V1}/prefunds/2027").json(), rows(theirs.get(f"{V1}/net-debit-caps"))

    assert [one["authority"] for one in prefunds] == ["310112"]
    assert [one["authority"] for one in caps] == ["310112"]


@pytest.mark.parametrize("year", ["0000", "1900", "2200"])
def test_a_year_without_prefunds_is_404(client: APIClient, year: str) -> None:
    assert client.get(f"{V1}/prefunds/{year}").status_code == 404


def test_a_true_up_is_a_proposal_that_waits_and_a_year_ahead_is_refused(visits: City, client: APIClient) -> None:
    proposed = client.post(f"{V1}/prefunds/2026/true-up")
    ahead = client.post(f"{V1}/prefunds/2199/true-up")

    assert (proposed.status_code, proposed.json()["state"]) == (202, "proposed")
    assert (ahead.status_code, ahead.json()["code"]) == (409, "prefund_year_not_over")


def cap(**changes: Any) -> dict[str, Any]:
    return {"authority": "310101", "limit_fen": 5_000, "valid_from": "2026-02-01", **changes}


def rate(**changes: Any) -> dict[str, Any]:
    return {"rate_ppm": 36_500, "valid_from": "2026-02-01", "rule": "Rule 7", **changes}


def test_a_limit_is_set_and_lifted_in_the_name_of_who_calls(visits: City, client: APIClient) -> None:
    made = client.post(f"{V1}/net-debit-caps", cap(), format="json")
    lifted = client.post(f"{V1}/net-debit-caps", cap(limit_fen=None), format="json")

    assert (made.status_code, lifted.status_code) == (201, 201)
    assert [(one["limit_fen"], one["valid_from"]) for one in rows(client.get(f"{V1}/net-debit-caps"))] == [
        (None, "2026-02-01"),
        (5_000, "2026-02-01"),
    ]
    assert made.json()["recorded_by"] == NetDebitCap.objects.last().recorded_by.username  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong", [{"authority": "999999"}, {"limit_fen": -1}, {"limit_fen": "5"}, {"valid_from": "2026-02-30"}, {"more": 1}]
)
def test_a_limit_that_makes_no_sense_is_refused(visits: City, client: APIClient, wrong: dict[str, Any]) -> None:
    assert client.post(f"{V1}/net-debit-caps", cap(**wrong), format="json").status_code == 400
    assert not NetDebitCap.objects.exists()


def test_a_rate_names_its_rule_and_counts_from_its_day(client: APIClient) -> None:
    made = client.post(f"{V1}/late-interest-rates", rate(), format="json")

    assert made.status_code == 201
    assert LateInterestRate.objects.get().valid_from == date(2026, 2, 1)
    [listed] = rows(client.get(f"{V1}/late-interest-rates"))
    assert (listed["rate_ppm"], listed["rule"]) == (36_500, "Rule 7")


@pytest.mark.parametrize("wrong", [{"rule": ""}, {"rate_ppm": 1_000_001}, {"rate_ppm": 3.65}, {"rate_ppm": None}])
def test_a_rate_without_a_rule_or_beyond_a_hundred_percent_is_refused(client: APIClient, wrong: dict[str, Any]) -> None:
    assert client.post(f"{V1}/late-interest-rates", rate(**wrong), format="json").status_code == 400
    assert not LateInterestRate.objects.exists()
