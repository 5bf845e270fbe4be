"""Visitor filings and visits over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import Role
from tests.api.callers import TODAY, V1, City, caller, claim, redeem, rows
from tests.factories import DistrictFactory, ResidentFactory, UserFactory, account_of, administrator_of, stamp
from vouchers.models import Programme, VisitBill, VisitorFiling, Visits
from vouchers.services.catalogue import set_visit_terms
from vouchers.visits import Terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(city: City) -> City:
    """The city, where the programme needs a filing."""
    Programme.objects.update(visits=Visits.FILED)
    city.programme.refresh_from_db()
    return city


def body(city: City, **change: Any) -> dict[str, Any]:
    filing = {
        "resident": city.resident.number,
        "district": city.provider.district_id,
        "visitor": "long_term",
        "start": TODAY.isoformat(),
    }
    return {**filing, **change}


def test_a_resident_files_and_the_refused_redemption_is_accepted(city: City) -> None:
    clerk = caller(city.clerk)
    before = redeem(clerk, **claim(city.voucher))

    filed = caller(account_of(city.resident)).post(f"{V1}/filings", body(city))

    after = redeem(clerk, **claim(city.voucher))
    assert (before.status_code, before.json()["code"]) == (409, "visit_not_filed")
    assert (before.json()["details"]["home"], before.json()["details"]["host"]) == (
        city.home.code,
        city.provider.district_id,
    )
    assert filed.status_code == 201
    assert filed.json() == {**body(city), "end": None, "booked_on": TODAY.isoformat()}
    assert after.status_code == 201


def test_an_ended_filing_says_so_and_holds_no_longer(city: City) -> None:
    client = caller(administrator_of(city.home))
    client.post(f"{V1}/filings", body(city))
    named = {"resident": city.resident.number, "district": city.provider.district_id, "day": TODAY.isoformat()}

    ended = client.post(f"{V1}/filings/end", named)
    again = client.post(f"{V1}/filings/end", named)

    assert (ended.status_code, ended.json()["end"]) == (200, TODAY.isoformat())
    assert (again.status_code, again.json()["code"]) == (404, "no_such_filing")
    assert redeem(caller(city.clerk), **claim(city.voucher)).json()["code"] == "visit_not_filed"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"district": "999999"}, 422, "not_a_member"),
        ({"visitor": "referred", "until": "2026-09-15"}, 422, "temporary_too_short"),
        ({"visitor": "referred", "until": "2026-09-16"}, 201, None),
        ({"visitor": "guest"}, 400, "invalid"),
        ({"visitor": "referred"}, 400, "invalid"),
        ({"until": "2027-01-01"}, 400, "invalid"),
    ],
)
def test_what_may_be_filed(city: City, change: dict[str, str], status: int, code: str | None) -> None:
    answer = caller(account_of(city.resident)).post(f"{V1}/filings", body(city, **change))

    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_home_and_what_is_filed_already_are_refused_by_code(city: City) -> None:
    client = caller(account_of(city.resident))
    client.post(f"{V1}/filings", body(city))

    home, twice = (client.post(f"{V1}/filings", body(city, **change)) for change in ({"district": city.home.code}, {}))

    assert (home.status_code, home.json()["code"]) == (422, "home_district")
    assert (twice.status_code, twice.json()["code"]) == (409, "filing_overlaps")


def test_nobody_files_for_residents_of_others(city: City) -> None:
    strangers = [
        account_of(ResidentFactory()),
        administrator_of(city.provider.district),
        UserFactory(role=Role.AUDITOR),
    ]

    codes = [caller(user).post(f"{V1}/filings", body(city)).json()["code"] for user in strangers]

    assert codes == ["invalid", "invalid", "permission_denied"]
    assert VisitorFiling.objects.count() == 0


def test_the_list_holds_the_filings_of_who_may_be_seen(city: City) -> None:
    resident = account_of(city.resident)
    caller(resident).post(f"{V1}/filings", body(city))
    readers = [resident, administrator_of(city.home), UserFactory(role=Role.AUDITOR)]
    strangers = [account_of(ResidentFactory()), administrator_of(DistrictFactory())]

    assert [len(rows(caller(user).get(f"{V1}/filings"))) for user in readers] == [1, 1, 1]
    assert [len(rows(caller(user).get(f"{V1}/filings"))) for user in strangers] == [0, 0]


def test_under_terms_a_visit_is_redeemed_with_its_bill(city: City) -> None:
    caller(account_of(city.resident)).post(f"{V1}/filings", body(city))
    terms = Terms(80, deductible_fen=0, points_off_referred=10, points_off_unreferred=20)
    set_visit_terms(programme=city.programme, since=date(2026, 1, 1), terms=terms, stamp=stamp(TODAY))
    clerk, bill = caller(city.clerk), {"total_fen": 6_429, "in_scope_fen": 6_111}

    without = redeem(clerk, **claim(city.voucher, fen=4_889))
    more = redeem(clerk, **claim(city.voucher, fen=4_890), bill=bill)
    taken = redeem(clerk, **claim(city.voucher, fen=4_889), bill=bill)
    again = redeem(clerk, **claim(city.voucher, fen=4_889), bill=bill)
    other = redeem(clerk, **claim(city.voucher, fen=4_889), bill={**bill, "total_fen": 6_430})

    assert [answer.json().get("code") for answer in (without, more)] == ["visit_draws_too_much"] * 2
    assert [answer.status_code for answer in (taken, again, other)] == [201, 200, 422]
    assert VisitBill.objects.get().bill == (6_429, 6_111)


def test_no_more_is_in_scope_than_is_on_the_bill(city: City) -> None:
    answer = redeem(caller(city.clerk), **claim(city.voucher), bill={"total_fen": 1, "in_scope_fen": 2})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["bill.in_scope_fen"])


def test_in_a_list_a_visit_is_judged_like_one_alone(city: City) -> None:
    listed = {"redemptions": [{"key": "a", **claim(city.voucher)}]}
    clerk = caller(city.clerk)
    before = clerk.post(f"{V1}/redemptions/batch", listed).json()["results"][0]
    caller(account_of(city.resident)).post(f"{V1}/filings", body(city))

    after = clerk.post(f"{V1}/redemptions/batch", listed).json()["results"][0]

    assert before["refusal"]["code"] == "visit_not_filed"
    assert after["redemption"]["amount_fen"] == 12_000
