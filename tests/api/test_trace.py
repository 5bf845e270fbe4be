"""What an auditor's program can follow from one call: every fen of a voucher, to its people, plans and settlements."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Role
from tests.api.callers import TODAY, V1, City, caller, claim, redeem
from tests.factories import DistrictFactory, UserFactory, administrator_of, stamp
from vouchers.services.moving import move

pytestmark = pytest.mark.django_db


@pytest.fixture
def trace(city: City) -> dict[str, Any]:
    """The trace of a voucher used at a school of another district, then moved on to a third."""
    redeem(caller(city.clerk), key="r-1", **claim(city.voucher, fen=12_000))
    there = DistrictFactory.create(code="320505")
    move(resident=city.resident, to=there.code, effective_on=TODAY, stamp=stamp(TODAY))
    answer = caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/vouchers/{city.voucher.number}/trace")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_plan_is_told_term_by_term(city: City, trace: dict[str, Any]) -> None:
    today = trace["plans"][-1]

    assert (today["act"], today["cost_rule"], today["borne_fen"], today["agrees"]) == (None, "daily", 72_000, True)
    assert [(term["authority"], term["fen"]) for term in today["terms"]] == [
        (city.home.code, 14_597),
        ("320505", 57_403),
    ]
    assert today["terms"][0]["after"] == {
        "day": "2026-03-16",
        "basis": "days",
        "part": 291,
        "whole": 365,
        "fen": 57_403,
        "in_words": "On 16 March 2026 291 of 365 days are left: 720.00 × 291 ÷ 365 = 574.03 yuan.",
    }


def test_the_words_come_in_chinese_too(city: City, trace: dict[str, Any]) -> None:
    client = caller(UserFactory(role=Role.AUDITOR), language="zh-Hans")

    words = client.get(f"{V1}/vouchers/{city.voucher.number}/trace").json()["plans"][-1]["terms"][0]["after"][
        "in_words"
    ]

    assert words == "2026年3月16日起，共365天中还剩291天：720.00 × 291 ÷ 365 = 574.03元。"


def test_earlier_plans_are_those_of_their_acts(trace: dict[str, Any]) -> None:
    assert [(plan["act"].partition(":")[0], len(plan["terms"]), plan["agrees"]) for plan in trace["plans"][:-1]] == [
        ("issue", 1, True),
        ("move", 2, True),
    ]


def test_every_row_says_who_recorded_it_and_when(trace: dict[str, Any]) -> None:
    assert [row["event"] for row in trace["transfers"]] == ["issue", "redeem", "handover", "cost_share"]
    assert {row["recorded_at"] for row in trace["transfers"]} == {"2026-03-16T12:00:00+08:00"}
    assert all(row["recorded_by"] and row["in_words"] for row in trace["transfers"])


def test_each_row_between_authorities_stands_in_one_settlement(trace: dict[str, Any]) -> None:
    crossing = [
        row["key"] for row in trace["transfers"] if row["debit"].partition("/")[0] != row["credit"].partition("/")[0]
    ]

    told = [key for part in trace["settlements"] for key in part["transfers"]]

    assert sorted(told) == sorted(crossing)
    assert len(crossing) == 3
    assert {(part["period"], part["state"], part["settled_on"]) for part in trace["settlements"]} == {
        ("2026-03", "open", None)
    }


def test_a_district_traces_its_residents_vouchers_and_no_others(city: City, trace: dict[str, Any]) -> None:
    address = f"{V1}/vouchers/{city.voucher.number}/trace"

    assert caller(administrator_of(city.home)).get(address).status_code == 200
    assert caller(administrator_of(city.provider.district)).get(address).status_code == 404
    assert caller(city.clerk).get(address).status_code == 403
