"""Contribution accounts, contributions and insurance transfers over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role
from ledger.models import Transfer
from tests.api.callers import TODAY, V1, caller, rows
from tests.factories import DistrictFactory, ResidentFactory, UserFactory, account_of, administrator_of, stamp
from vouchers.models import ContributionAccount
from vouchers.services.insurance.joining import open_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    return caller(UserFactory())


@pytest.fixture
def account() -> ContributionAccount:
    """Somebody of 1985, insured in Minhang since 2020; Huqiu is in another pool."""
    minhang = DistrictFactory(code="310112")
    DistrictFactory(code="320505", pool="320500")
    return open_account(
        resident=ResidentFactory(district=minhang, born_on=date(1990, 1, 1)),
        district=minhang,
        day=date(2020, 1, 1),
        registered_pool="310000",
        sex="female",
        stamp=stamp(TODAY),
    )


def contribute(client: APIClient, account: ContributionAccount, *, to: str = "contributions", **changes: Any) -> Any:
    body = {"month": "2025-01", "wage_fen": 400_000, "key": "k1", **changes}
    return client.post(f"{V1}/contribution-accounts/{account.number}/{to}", body)


def apply(client: APIClient, account: ContributionAccount, *, to: str = "320505") -> Any:
    body = {"account": account.number, "to": to, "day": "2026-03-02"}
    return client.post(f"{V1}/insurance-transfers", body)


def test_a_contribution_is_recorded_once_however_often_it_is_sent(
    client: APIClient, account: ContributionAccount
) -> None:
    answers = [contribute(client, account) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["month"] == "2025-01"
    assert Transfer.objects.count() == 2


def test_an_account_tells_what_it_holds_and_a_correction_changes_it(
    client: APIClient, account: ContributionAccount
) -> None:
    contribute(client, account)
    contribute(client, account, to="corrections", wage_fen=500_000, key="k2")

    found = client.get(f"{V1}/contribution-accounts/{account.number}").json()

    assert (found["individual_fen"], found["pooled_fen"]) == (40_000, 100_000)
    assert found["account"]["district"] == "310112"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"month": "2026-04"}, 409, "month_ahead"),
        ({"month": "2019-12"}, 422, "before_opening"),
        ({"month": "1997-01"}, 422, "before_the_scheme"),
        ({"month": "2025-13"}, 400, "invalid"),
        ({"wage_fen": -1}, 400, "invalid"),
        ({"wage_fen": True}, 400, "invalid"),
        ({"wages": 1}, 400, "invalid"),
    ],
)
def test_what_is_not_recorded_says_why(
    changes: dict[str, Any], status: int, code: str, client: APIClient, account: ContributionAccount
) -> None:
    answer = contribute(client, account, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_transfer_goes_step_by_step_and_tells_its_due_days(client: APIClient, account: ContributionAccount) -> None:
    contribute(client, account)
    case = apply(client, account).json()
    address = f"{V1}/insurance-transfers/{case['id']}"

    for step, day in (("agree", "2026-03-04"), ("send", "2026-03-10"), ("receive", "2026-03-12")):
        assert client.post(f"{address}/{step}", {"day": day}).status_code == 200

    found = client.get(address).json()
    assert [step["step"] for step in found["steps"]] == ["applied", "agreed", "sent", "received"]
    # 15 working days after 2 March 2026, a Monday without holidays ahead.
    assert found["steps"][0]["due_on"] == "2026-03-23"
    assert found["share"] == "twelve"
    assert Transfer.objects.between(debtor="310000", creditor="320500").count() == 2


def test_a_rejected_transfer_keeps_its_reason(client: APIClient, account: ContributionAccount) -> None:
    case = apply(client, account).json()

    answer = client.post(
        f"{V1}/insurance-transfers/{case['id']}/reject", {"day": "2026-03-03", "reason": "Pay slips are missing."}
    )

    assert answer.json()["steps"][-1] == {
        "step": "rejected",
        "day": "2026-03-03",
        "due_on": None,
        "reason": "Pay slips are missing.",
    }


def test_a_step_out_of_turn_is_refused(client: APIClient, account: ContributionAccount) -> None:
    case = apply(client, account).json()

    answer = client.post(f"{V1}/insurance-transfers/{case['id']}/send", {"day": "2026-03-03"})

    assert (answer.status_code, answer.json()["code"]) == (409, "step_not_possible")


def test_residents_read_their_own_and_change_nothing(client: APIClient, account: ContributionAccount) -> None:
    own, other = caller(account_of(account.resident)), caller(account_of(ResidentFactory()))

    assert [row["number"] for row in rows(own.get(f"{V1}/contribution-accounts"))] == [account.number]
    assert rows(other.get(f"{V1}/contribution-accounts")) == []
    assert contribute(own, account).status_code == 403
    assert apply(own, account).status_code == 403


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.PROVIDER_CLERK, 403)])
def test_only_those_whose_business_it_is_list_accounts(role: Role, status: int, account: ContributionAccount) -> None:
    asking = caller(UserFactory(role=role))

    assert asking.get(f"{V1}/contribution-accounts").status_code == status
    assert asking.get(f"{V1}/insurance-transfers").status_code == status


def test_a_district_has_no_business_with_insurance(account: ContributionAccount) -> None:
    district = caller(administrator_of(account.district))

    assert district.get(f"{V1}/contribution-accounts/{account.number}").status_code == 403
