"""Lists: filtered, in a stable order, in pages, at a price that does not grow with them."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.api import paging
from tests.api.callers import V1, City, caller, rows
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    stamp,
)
from vouchers.services.ending import revoke
from vouchers.services.moving import move

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    return caller(UserFactory())


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("districts", 3),  # token, count, rows
        ("programmes", 3),
        ("providers", 4),  # and the programmes of all
        ("jobs", 2),  # no rows after a count of none
        ("periods", 4),  # token, the span of the transfers, the steps of all, the last closed month
        ("residents", 3),  # token, rows, where all live
        ("vouchers", 2),
        ("moves", 3),  # token, rows, the steps of all
        ("transfers", 2),
    ],
)
def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(
    city: City, client: APIClient, django_assert_num_queries: DjangoAssertNumQueries, path: str, statements: int
) -> None:
    other = VoucherFactory(programme=city.programme)
    ProviderFactory(programmes=[city.programme])
    move(resident=city.resident, to=DistrictFactory().code, effective_on=date(2026, 2, 1), stamp=stamp())
    move(resident=other.resident, to=city.home.code, effective_on=date(2026, 2, 1), stamp=stamp())

    with django_assert_num_queries(statements):
        client.get(f"{V1}/{path}")


def test_nobody_takes_more_than_a_page_at_once(city: City, client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    VoucherFactory(programme=city.programme)
    monkeypatch.setattr(paging, "MOST_ON_A_PAGE", 1)

    assert len(rows(client.get(f"{V1}/districts?limit=100000"))) == 1
    assert len(rows(client.get(f"{V1}/vouchers?limit=100000"))) == 1


def test_pages_of_a_growing_list_neither_repeat_nor_miss_a_row(city: City, client: APIClient) -> None:
    last = ResidentFactory()
    first_page = client.get(f"{V1}/residents?limit=1").json()
    ResidentFactory()

    second_page = client.get(f"{V1}/residents?{urlsplit(first_page['next']).query}").json()

    assert [row["number"] for row in first_page["results"]] == [last.number]
    assert [row["number"] for row in second_page["results"]] == [city.resident.number]


def test_short_lists_tell_how_many_there_are(city: City, client: APIClient) -> None:
    page = client.get(f"{V1}/districts?limit=1&offset=1").json()

    assert (page["count"], [row["code"] for row in page["results"]]) == (2, [city.provider.district.code])


def test_lists_stand_in_the_order_of_their_codes(client: APIClient) -> None:
    ProgrammeFactory(code="b")
    ProgrammeFactory(code="a")

    assert [row["code"] for row in rows(client.get(f"{V1}/programmes"))] == ["a", "b"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("programme={programme}", 2),
        ("programme=none", 0),
        ("status=active", 1),
        ("status=revoked", 1),
        ("status=expired", 0),
        ("payer={home}", 1),
        ("valid_on=2026-12-31", 2),
        ("valid_on=2027-01-01", 0),
        ("resident={resident}", 1),
        ("status=active&payer={home}", 1),
    ],
)
def test_vouchers_are_filtered(city: City, client: APIClient, asked: str, found: int) -> None:
    other = VoucherFactory(programme=city.programme)
    revoke(resident=other.resident, programme=city.programme, day=date(2026, 3, 1), stamp=stamp())
    names = {"programme": city.programme.code, "home": city.home.code, "resident": city.resident.number}

    assert len(rows(client.get(f"{V1}/vouchers?{asked.format(**names)}"))) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("district={there}", 1),
        ("district={home}", 0),
        ("kind=school", 1),
        ("kind=clinic", 0),
        ("programme={programme}", 1),
    ],
)
def test_providers_are_filtered(city: City, client: APIClient, asked: str, found: int) -> None:
    names = {"home": city.home.code, "there": city.provider.district.code, "programme": city.programme.code}

    assert len(rows(client.get(f"{V1}/providers?{asked.format(**names)}"))) == found


@pytest.mark.parametrize(
    ("asked", "found"), [("sector=education", 1), ("sector=health", 0), ("valid_on=2027-01-01", 0)]
)
def test_programmes_are_filtered(city: City, client: APIClient, asked: str, found: int) -> None:
    assert len(rows(client.get(f"{V1}/programmes?{asked}"))) == found


def test_a_voucher_is_issued_with_the_programmes_own_amount(city: City, client: APIClient) -> None:
    resident, programme = ResidentFactory(), ProgrammeFactory(annual_fen=94_000)

    answer = client.post(f"{V1}/vouchers", {"resident": resident.number, "programme": programme.code})

    assert answer.status_code == 201
    assert (answer.json()["amount_fen"], answer.json()["remaining_fen"], answer.json()["status"]) == (
        94_000,
        94_000,
        "active",
    )


def test_a_voucher_sent_twice_is_issued_once(city: City, client: APIClient) -> None:
    body = {"resident": city.resident.number, "programme": city.programme.code}

    answer = client.post(f"{V1}/vouchers", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_issued")
    assert answer.json()["details"]["programme"] == city.programme.code


def test_a_voucher_for_other_ages_is_not_issued(city: City, client: APIClient) -> None:
    programme = ProgrammeFactory(min_age=60)

    answer = client.post(f"{V1}/vouchers", {"resident": city.resident.number, "programme": programme.code})

    assert (answer.status_code, answer.json()["code"]) == (422, "not_of_age")


def test_a_window_that_ends_before_it_begins_is_refused(city: City, client: APIClient) -> None:
    body = {"resident": city.resident.number, "programme": city.programme.code, "valid_until": "2026-01-01"}

    answer = client.post(f"{V1}/vouchers", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["valid_until"])
