"""Who may call what, and whose rows come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from accounts.api.base import StrangersThrottle
from accounts.models import Role, User
from accounts.permissions import Act, may
from config.api import router
from tests.api.callers import V1, City, caller, claim, redeem, rows
from tests.factories import (
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    account_of,
    administrator_of,
    clerk_of,
)

pytestmark = pytest.mark.django_db

CITY, DISTRICT, FINANCE, CLERK, RESIDENT, AUDITOR = Role
ADMINISTRATORS = {CITY, DISTRICT}
STAFF = {CITY, DISTRICT, AUDITOR}
#: Who reads the books.
READERS = STAFF | {FINANCE}
INSURERS = {CITY, AUDITOR, RESIDENT}

#: Every operation and the roles it answers with anything but 403.
DOORS = [
    ("get", "districts", set(Role)),
    ("get", "districts/310101", set(Role)),
    ("get", "district-mergers", set(Role)),
    ("post", "district-mergers", {CITY}),
    ("get", "programmes", set(Role)),
    ("get", "programmes/x", set(Role)),
    ("get", "providers", set(Role)),
    ("get", "providers/x", set(Role)),
    ("get", "residents", STAFF | {RESIDENT}),
    ("get", "residents/R1", STAFF | {RESIDENT}),
    ("post", "residents", ADMINISTRATORS),
    ("post", "residents/find", ADMINISTRATORS),
    ("get", "residents/R1/residences", STAFF | {RESIDENT}),
    ("get", "moves", STAFF | {RESIDENT}),
    ("get", "moves/1", STAFF | {RESIDENT}),
    ("post", "moves", ADMINISTRATORS | {RESIDENT}),
    ("post", "moves/1/steps", ADMINISTRATORS | {RESIDENT}),
    ("post", "moves/1/correct", ADMINISTRATORS | {RESIDENT}),
    ("post", "moves/annul", ADMINISTRATORS),
    ("get", "filings", STAFF | {RESIDENT}),
    ("post", "filings", ADMINISTRATORS | {RESIDENT}),
    ("post", "filings/end", ADMINISTRATORS | {RESIDENT}),
    ("post", "lives/births", ADMINISTRATORS),
    ("post", "lives/deaths", ADMINISTRATORS),
    ("post", "lives/deaths/take-back", ADMINISTRATORS),
    ("post", "lives/departures", ADMINISTRATORS),
    ("post", "lives/merges", ADMINISTRATORS),
    ("post", "lives/merges/take-back", ADMINISTRATORS),
    ("get", "doubles", ADMINISTRATORS),
    ("post", "doubles/1/answer", ADMINISTRATORS),
    ("get", "contribution-accounts", INSURERS),
    ("get", "contribution-accounts/SI0000000001", INSURERS),
    ("post", "contribution-accounts/SI0000000001/contributions", {CITY}),
    ("post", "contribution-accounts/SI0000000001/corrections", {CITY}),
    ("get", "insurance-transfers", INSURERS),
    ("get", "insurance-transfers/1", INSURERS),
    ("post", "insurance-transfers", {CITY}),
    ("post", "insurance-transfers/1/agree", {CITY}),
    ("post", "insurance-transfers/1/send", {CITY}),
    ("post", "insurance-transfers/1/receive", {CITY}),
    ("post", "insurance-transfers/1/reject", {CITY}),
    ("get", "vouchers", STAFF | {RESIDENT}),
    ("get", "vouchers/TH1", STAFF | {RESIDENT, CLERK}),
    ("get", "vouchers/TH1/transfers", READERS),
    ("get", "vouchers/TH1/trace", STAFF),
    ("get", "vouchers/TH1/known", STAFF | {RESIDENT}),
    ("post", "vouchers", ADMINISTRATORS),
    ("post", "redemptions", {CLERK}),
    ("post", "redemptions/batch", {CLERK}),
    ("get", "redemptions/k", READERS | {CLERK}),
    ("post", "reversals", {CLERK}),
    ("get", "claims", READERS | {CLERK}),
    ("get", "claims/1", READERS | {CLERK}),
    ("post", "claims", {CLERK}),
    ("post", "claims/1/lines", {CLERK}),
    ("get", "periods", READERS),
    ("get", "periods/2026-03", READERS),
    ("get", "periods/2026-03/obligations", READERS),
    ("get", "periods/2026-03/positions", READERS),
    ("get", "periods/2026-03/calendar", READERS),
    ("post", "periods/2026-03/close", {CITY}),
    ("post", "periods/2026-03/settle", {CITY}),
    ("get", "prefunds/2026", READERS),
    ("post", "prefunds/2026/true-up", {CITY}),
    ("get", "net-debit-caps", READERS),
    ("post", "net-debit-caps", {CITY}),
    ("get", "late-interest-rates", READERS),
    ("post", "late-interest-rates", {CITY}),
    ("get", "statements", READERS),
    ("get", "statements/2026-03", READERS),
    ("get", "statements/2026-03/figures", READERS),
    ("get", "statements/2026-03/310101", READERS),
    ("get", "statements/2026-03/310101/with/310112", READERS),
    ("post", "statements/2026-03/310101/confirm", {FINANCE}),
    ("post", "statements/2026-03/310101/disputes", {FINANCE}),
    ("get", "disputes", READERS),
    ("get", "disputes/1", READERS),
    ("post", "disputes/1/answer", {FINANCE}),
    ("post", "disputes/1/withdraw", {FINANCE}),
    ("post", "disputes/1/decide", {CITY}),
    ("get", "transfers", READERS),
    ("get", "transfers/k", READERS),
    ("get", "proofs/k", READERS),
    ("get", "tree-heads", READERS),
    ("get", "tree-heads/1", READERS),
    ("get", "tree-heads/1/consistency", READERS),
    ("get", "tree-heads/keys", READERS),
    ("get", "differences", READERS),
    ("get", "differences/1", READERS),
    ("get", "differences/ageing", READERS),
    ("post", "differences/1/assign", {CITY}),
    ("post", "differences/1/propose", {CITY}),
    ("post", "differences/1/close", {CITY}),
    ("get", "payment-batches", READERS),
    ("get", "payment-batches/1", READERS),
    ("post", "payment-batches/1/order", {CITY}),
    ("get", "bank-statements", READERS),
    ("get", "bank-statements/1", READERS),
    ("get", "bank-statements/1/entries", READERS),
    ("post", "bank-statements", {CITY}),
    ("get", "jobs", READERS),
    ("get", "jobs/1", READERS),
    ("post", "jobs/1/approve", {CITY}),
    ("post", "jobs/1/withdraw", ADMINISTRATORS),
    ("post", "jobs/1/retry", ADMINISTRATORS),
]


def test_the_table_of_doors_names_every_operation() -> None:
    methods = [method for route in router.urls for method in getattr(route.callback, "actions", {})]

    assert len(DOORS) == len([method for method in methods if method != "head"])


@pytest.mark.parametrize(("method", "path", "roles"), DOORS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_door_opens_to_its_roles_and_to_no_other(method: str, path: str, roles: set[Role]) -> None:
    answers = {role: getattr(caller(UserFactory(role=role)), method)(f"{V1}/{path}").json() for role in Role}

    shut_to = {role for role, answer in answers.items() if "code" in answer and answer["code"] == "permission_denied"}
    assert shut_to == set(Role) - roles


@pytest.mark.parametrize(("method", "path", "roles"), DOORS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_door_is_shut_to_strangers(method: str, path: str, roles: set[Role]) -> None:
    answer = getattr(APIClient(), method)(f"{V1}/{path}")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_an_auditor_may_do_nothing_that_changes_something() -> None:
    auditor = UserFactory(role=AUDITOR)

    assert {act for act in Act if may(auditor, act)} == {
        Act.SEE_RESIDENTS,
        Act.SEE_MOVES,
        Act.SEE_STORIES,
        Act.SEE_PROGRAMMES,
        Act.SEE_BOOKS,
        Act.SEE_JOBS,
        Act.SEE_INSURANCE,
        Act.SEE_CLAIMS,
        Act.SEE_OPERATIONS,
    }


def test_a_wrong_token_opens_nothing() -> None:
    client = APIClient(headers={"authorization": "Token 0123456789"})

    answer = client.get(f"{V1}/districts")

    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_the_token_of_somebody_who_left_opens_nothing() -> None:
    user = UserFactory()
    client = caller(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get(f"{V1}/districts").status_code == 401


def test_a_session_reads_without_a_token() -> None:
    client = APIClient()
    client.force_login(UserFactory())

    assert client.get(f"{V1}/districts").status_code == 200


def test_a_session_changes_nothing_without_the_forgery_token(city: City) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(city.clerk)

    answer = redeem(client, **claim(city.voucher))

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_strangers_who_knock_too_often_wait() -> None:
    client = APIClient(headers={"authorization": "Token guess", "accept-language": "en"})
    allowed, _seconds = StrangersThrottle().parse_rate(StrangersThrottle.rate)
    knocks = [client.get(f"{V1}/districts").status_code for _ in range(allowed or 0)]

    answer = client.get(f"{V1}/districts")

    assert set(knocks) == {401}
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "throttled", "60")
    assert answer.json()["message"] == "Too many calls came without a valid token. Wait 60 seconds, then try again."


def test_a_valid_token_is_not_slowed_down_by_strangers_at_its_address() -> None:
    stranger, known = APIClient(), caller(UserFactory())
    allowed, _seconds = StrangersThrottle().parse_rate(StrangersThrottle.rate)
    assert [stranger.get(f"{V1}/districts").status_code for _ in range((allowed or 0) + 1)][-1] == 429

    assert known.get(f"{V1}/districts").status_code == 200


@pytest.mark.parametrize(
    "user_of",
    [
        lambda city: account_of(city.resident),
        lambda city: administrator_of(city.home),
        lambda _city: UserFactory(role=AUDITOR),
        lambda city: city.clerk,
    ],
    ids=["the resident", "the district", "an auditor", "a clerk to whom it is shown"],
)
def test_a_voucher_is_shown_to_whom_it_concerns(city: City, user_of: Callable[[City], User]) -> None:
    answer = caller(user_of(city)).get(f"{V1}/vouchers/{city.voucher.number}")

    assert (answer.status_code, answer.json()["remaining_fen"]) == (200, 72_000)


@pytest.mark.parametrize(
    "user_of",
    [
        lambda _city: account_of(ResidentFactory()),
        lambda city: administrator_of(city.provider.district),
        lambda _city: clerk_of(ProviderFactory()),
    ],
    ids=["another resident", "another district", "a clerk of another programme"],
)
def test_a_voucher_of_others_is_the_same_404_as_none(city: City, user_of: Callable[[City], User]) -> None:
    client = caller(user_of(city))

    theirs, nobodys = client.get(f"{V1}/vouchers/{city.voucher.number}"), client.get(f"{V1}/vouchers/TH0")

    assert (theirs.status_code, theirs.json()) == (404, nobodys.json())


@pytest.mark.parametrize("path", ["residents", "vouchers"])
def test_a_list_holds_only_rows_of_the_own_district(city: City, path: str) -> None:
    VoucherFactory(programme=city.programme)

    assert len(rows(caller(administrator_of(city.home)).get(f"{V1}/{path}"))) == 1
    assert len(rows(caller(UserFactory(role=AUDITOR)).get(f"{V1}/{path}"))) == 2


def test_a_clerk_sees_the_own_provider_only(city: City) -> None:
    ProviderFactory()

    assert [row["code"] for row in rows(caller(city.clerk).get(f"{V1}/providers"))] == [city.provider.code]


def test_a_district_sees_the_transfers_that_touch_its_book(city: City) -> None:
    other = VoucherFactory(programme=city.programme)
    redeem(caller(city.clerk), **claim(city.voucher))

    events = [row["event"] for row in rows(caller(administrator_of(city.home)).get(f"{V1}/transfers"))]

    assert events == ["redeem", "issue"]
    assert caller(administrator_of(city.home)).get(f"{V1}/transfers/issue:{other.pk}").status_code == 404


def test_a_token_is_made_by_the_command_that_the_documentation_names() -> None:
    from django.core.management import call_command

    user = UserFactory()

    call_command("drf_create_token", user.username, stdout=_Nowhere())

    assert Token.objects.filter(user=user).exists()


class _Nowhere:
    def write(self, *_text: Any) -> None:
        pass
