"""Statements and disputes as programs of the districts' finance offices read and answer them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import Role
from ledger.models import Dispute, Job, StatementAnswer, Transfer
from ledger.payloads import payload_hash
from tests.api.callers import V1, caller, rows
from tests.factories import UserFactory, finance_officer_of
from tests.support.readers import browser
from tests.support.visits import City, month_of_visits

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

STATEMENT = f"{V1}/statements/2026-01/310101"
LINE = {"debtor": "310101", "creditor": "310112", "event": "redeem", "programme": "health", "belongs_to": "2026-01"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 2, 3, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def city() -> City:
    city = month_of_visits()
    city.close()
    return city


@pytest.fixture
def officer(city: City) -> APIClient:
    return caller(finance_officer_of(city.districts["310101"]))


@pytest.fixture
def other(city: City) -> APIClient:
    return caller(finance_officer_of(city.districts["310112"]))


def object_to(client: APIClient, **more: Any) -> Any:
    return client.post(f"{STATEMENT}/disputes", {"line": LINE, "reason": "Not ours.", **more})


def test_a_statement_says_the_figures_of_the_page(city: City, officer: APIClient) -> None:
    answer = officer.get(STATEMENT).json()
    page = browser(city.proposer).get("/statements/2026-01/310101/").context["statement"]

    assert [
        (due["counterpart"], line["debtor"], line["amount_fen"]) for due in answer["dues"] for line in due["lines"]
    ] == [(due.counterpart, line.debtor, line.fen) for due in page.dues for line in due.lines]
    assert (answer["closing_fen"], answer["hub"]["closing_fen"]) == (page.closing_fen, page.hub.closing_fen)
    assert answer["proof"]["payload"] == page.proof.payload != ""


def test_the_statement_of_a_pair_is_the_opposite_of_the_other_sides(officer: APIClient, other: APIClient) -> None:
    ours = officer.get(f"{STATEMENT}/with/310112").json()
    theirs = other.get(f"{V1}/statements/2026-01/310112/with/310101").json()

    assert (ours["closing_fen"], theirs["closing_fen"]) == (-6_000, 6_000)
    assert ours["hub"] is None
    assert ours["dues"][0]["lines"] == theirs["dues"][0]["lines"]


def test_a_list_holds_the_own_districts_or_all(city: City, officer: APIClient) -> None:
    auditor = caller(UserFactory(role=Role.AUDITOR))

    assert [one["authority"] for one in officer.get(f"{V1}/statements/2026-01").json()] == ["310101"]
    assert sum(one["closing_fen"] for one in auditor.get(f"{V1}/statements/2026-01").json()) == 0


def test_anybody_may_hash_the_figures_again_who_may_see_them_all(city: City, officer: APIClient) -> None:
    found = caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/statements/2026-01/figures").json()
    issued = officer.get(STATEMENT).json()["proof"]["payload"]

    assert payload_hash(found["payload"]) == found["sha256"] == issued
    assert officer.get(f"{V1}/statements/2026-01/figures").status_code == 404


@pytest.mark.parametrize(
    "path", ["2026-01/310112", "2026-01/310101/with/310101", "2026-01/310101/with/999999", "2024-01/310101", "2026-13"]
)
def test_what_is_not_theirs_or_does_not_exist_is_not_found(officer: APIClient, path: str) -> None:
    assert officer.get(f"{V1}/statements/{path}").status_code == 404


def test_what_waits_is_confirmed_line_by_line_or_all_at_once(officer: APIClient) -> None:
    (waiting,) = officer.get(f"{V1}/statements").json()

    one = officer.post(f"{STATEMENT}/confirm", {"lines": [LINE]}).json()
    rest = officer.post(f"{STATEMENT}/confirm", {}).json()

    assert (waiting["lines"], waiting["last_day"]) == (4, "2026-02-12")
    assert (one, rest) == ({"confirmed": 1}, {"confirmed": 3})
    assert officer.get(f"{V1}/statements").json() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"lines": [{**LINE, "event": "handover"}]}, 409, "no_such_line"),
        ({"lines": [{**LINE, "debtor": "310112", "creditor": "310113"}]}, 409, "not_a_party"),
        ({"lines": [{**LINE, "belongs_to": "2026-1"}]}, 400, "invalid"),
        ({"line": LINE}, 400, "invalid"),
    ],
)
def test_a_line_that_is_not_theirs_to_confirm_is_refused(
    officer: APIClient, body: dict[str, Any], status: int, code: str
) -> None:
    answer = officer.post(f"{STATEMENT}/confirm", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not StatementAnswer.objects.exists()


def test_nobody_answers_for_another_district(other: APIClient) -> None:
    assert other.post(f"{STATEMENT}/confirm", {}).status_code == 404
    assert object_to(other).status_code == 404


def test_an_objection_shows_in_the_statement_and_waits_for_the_other_side(officer: APIClient, other: APIClient) -> None:
    made = object_to(officer, transfer="redeem:visit-0")
    (theirs,) = rows(other.get(f"{V1}/disputes?is_mine=true"))
    line = officer.get(f"{STATEMENT}/with/310112").json()["dues"][0]["lines"][0]

    assert (made.status_code, made.json()["amount_fen"], made.json()["transfer"]) == (201, 12_000, "redeem:visit-0")
    assert theirs["id"] == made.json()["id"]
    assert (line["answer"], line["answer_of_counterpart"], line["in_dispute_fen"]) == ("objected", None, 12_000)
    assert rows(officer.get(f"{V1}/disputes?is_mine=true")) == []


def test_a_dispute_is_answered_taken_back_or_decided_by_whose_turn_it_is(
    city: City, officer: APIClient, other: APIClient
) -> None:
    address = f"{V1}/disputes/{object_to(officer).json()['id']}"
    answered = other.post(f"{address}/answer", {"accepted_fen": 0, "note": "None of it."})
    too_much = other.post(f"{address}/answer", {"accepted_fen": 12_001, "note": "More."})
    turned = officer.post(f"{address}/answer", {"accepted_fen": 1, "note": "No."})
    decided = caller(city.proposer).post(f"{address}/decide", {"accepted_fen": 5_000, "note": "Some of it."})
    ended = officer.post(f"{address}/withdraw", {"note": "Found them."})
    again = officer.post(f"{address}/withdraw", {"note": "Found them."})

    assert (answered.status_code, answered.json()["steps"][0]["accepted_fen"]) == (200, 0)
    assert (too_much.json()["code"], turned.json()["code"]) == ("amount_outside", "not_your_turn")
    assert (decided.status_code, decided.json()["state"]) == (202, "proposed")
    assert (ended.json()["is_over"], again.json()["code"]) == (True, "dispute_ended")


def test_a_dispute_of_others_does_not_exist(city: City, officer: APIClient) -> None:
    object_to(officer)
    stranger = caller(finance_officer_of(city.districts["310115"]))

    assert rows(stranger.get(f"{V1}/disputes")) == []
    assert stranger.get(f"{V1}/disputes/{Dispute.objects.get().pk}").status_code == 404
    assert not Job.objects.exists() and Transfer.objects.count() == 10
