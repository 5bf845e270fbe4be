"""As of one day, as known on another, through the API."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import Role
from tests.api.callers import TODAY, V1, City, caller
from tests.factories import DistrictFactory, UserFactory, account_of, administrator_of, stamp
from vouchers.services.moving import move

pytestmark = pytest.mark.django_db

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def late(city: City) -> City:
    """The resident moved on 1 February, which was recorded today, 16 March."""
    there = DistrictFactory.create(code="320505")
    move(resident=city.resident, to=there.code, effective_on=FEBRUARY, stamp=stamp(TODAY))
    return city


def ask(address: str, **query: date | str) -> Any:
    return caller(UserFactory(role=Role.AUDITOR)).get(
        f"{V1}/{address}", {name: f"{day}" for name, day in query.items()}
    )


def test_a_voucher_answers_by_what_was_known(late: City) -> None:
    address = f"vouchers/{late.voucher.number}/known"

    before = ask(address, as_of=MARCH, known_on=MARCH).json()
    after = ask(address, as_of=MARCH, known_on=TODAY).json()

    assert (before["payer"], after["payer"]) == (late.home.code, "320505")
    assert (after["as_of"], after["known_on"]) == ("2026-03-01", "2026-03-16")
    assert (after["amount_fen"], after["remaining_fen"], after["status"]) == (72_000, 72_000, "active")
    assert [term["authority"] for term in after["terms"]] == [late.home.code, "320505"]


def test_without_days_today_answers(late: City) -> None:
    answer = ask(f"vouchers/{late.voucher.number}/known").json()

    assert (answer["as_of"], answer["known_on"], answer["payer"]) == ("2026-03-16", "2026-03-16", "320505")


def test_before_its_issue_a_voucher_is_not_known(late: City) -> None:
    answer = ask(f"vouchers/{late.voucher.number}/known", known_on="2025-12-31")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_known_yet")


@pytest.mark.parametrize("query", [{"known_on": "2026-03-17"}, {"as_of": "16 March"}, {"asof": "2026-03-16"}])
def test_a_wrong_question_is_refused_by_field(late: City, query: dict[str, str]) -> None:
    answer = ask(f"vouchers/{late.voucher.number}/known", **query)

    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["fields"]


def test_a_residents_residences_come_as_they_were_believed(late: City) -> None:
    address = f"residents/{late.resident.number}/residences"

    before, now = ask(address, known_on=MARCH).json(), ask(address).json()

    assert before == [
        {
            "district": late.home.code,
            "start": "2020-01-01",
            "end": None,
            "confirmed": True,
            "known_from": "2020-01-01",
            "known_until": "2026-03-16",
        }
    ]
    assert [(row["district"], row["start"], row["end"]) for row in now] == [
        (late.home.code, "2020-01-01", "2026-02-01"),
        ("320505", "2026-02-01", None),
    ]


def test_only_who_sees_the_person_is_answered(late: City) -> None:
    addresses = [f"{V1}/vouchers/{late.voucher.number}/known", f"{V1}/residents/{late.resident.number}/residences"]
    stranger, own = caller(administrator_of(late.provider.district)), caller(account_of(late.resident))

    assert [stranger.get(address).status_code for address in addresses] == [404, 404]
    assert [own.get(address).status_code for address in addresses] == [200, 200]
