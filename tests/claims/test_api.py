"""Control totals by API: the answer says which days differ, and their lines follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.api.callers import V1, caller
from tests.claims.town import School, a_school, reconciled
from tests.factories import UserFactory
from vouchers.models import ClaimLine

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 6, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


@pytest.fixture
def school() -> School:
    school = a_school()
    school.took("a")
    return school


def total(number: int, fen: int, *, day: str = "2026-05-04") -> dict[str, Any]:
    return {"programme": "education", "day": day, "number": number, "amount_fen": fen}


def claim(key: str, fen: int, *, day: str = "2026-05-04") -> dict[str, Any]:
    return {"programme": "education", "day": day, "key": key, "amount_fen": fen}


def send(school: School, *totals: dict[str, Any], month: str = "2026-05") -> Any:
    return caller(school.clerk).post(f"{V1}/claims", {"month": month, "totals": list(totals)})


def test_totals_that_agree_need_no_lines(school: School) -> None:
    answer = send(school, total(1, 12_000))

    assert answer.status_code == 201
    assert answer.json()["differing"] == []
    assert not ClaimLine.objects.exists()


def test_totals_that_differ_ask_for_the_lines_of_that_day_only(school: School) -> None:
    school.took("b", 10, day=datetime(2026, 5, 5, tzinfo=ZoneInfo("Asia/Shanghai")).date())

    answer = send(school, total(1, 12_000), total(2, 3_000, day="2026-05-05")).json()

    assert answer["differing"] == [
        {
            "programme": "education",
            "day": "2026-05-05",
            "claimed_number": 2,
            "claimed_fen": 3_000,
            "booked_number": 1,
            "booked_fen": 1_000,
            "lines_awaited": True,
        }
    ]


def test_the_lines_tell_which_claim_it_is(school: School) -> None:
    sent = send(school, total(2, 13_000)).json()
    lines = {"lines": [claim("a", 12_000), claim("x", 1_000)]}

    answer = caller(school.clerk).post(f"{V1}/claims/{sent['id']}/lines", lines)
    reconciled()
    read = caller(UserFactory()).get(f"{V1}/claims/{sent['id']}").json()

    assert (answer.status_code, answer.json()["differing"][0]["lines_awaited"]) == (200, False)
    assert [(one["reason"], one["difference_fen"]) for one in read["differences"]] == [("missing_here", 1_000)]
    assert read["differences"][0]["evidence"]["theirs"]["key"] == "x"


def test_lines_that_do_not_tie_are_refused(school: School) -> None:
    sent = send(school, total(2, 13_000)).json()

    answer = caller(school.clerk).post(f"{V1}/claims/{sent['id']}/lines", {"lines": [claim("a", 12_000)]})

    assert (answer.status_code, answer.json()["code"]) == (409, "lines_do_not_tie")


def test_the_same_totals_again_are_answered_with_the_same_claims(school: School) -> None:
    assert send(school, total(1, 12_000)).json()["id"] == send(school, total(1, 12_000)).json()["id"]


@pytest.mark.parametrize(
    ("month", "day", "code"),
    [("2026-13", "2026-05-04", "invalid"), ("2026-04", "2026-05-04", "not_in_month"), ("2026-05", "x", "invalid")],
)
def test_what_cannot_be_is_refused(school: School, month: str, day: str, code: str) -> None:
    assert send(school, total(1, 12_000, day=day), month=month).json()["code"] == code


def test_another_providers_claims_do_not_exist(school: School) -> None:
    other = a_school(code="school-mh", district="310112", suffix="-mh")
    sent = send(school, total(1, 12_000)).json()

    answer = caller(other.clerk).post(f"{V1}/claims/{sent['id']}/lines", {"lines": [claim("a", 12_000)]})

    assert answer.status_code == 404
    assert caller(other.clerk).get(f"{V1}/claims").json()["results"] == []
