"""The ledger taken away from its pages: by whom, and whose rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from ledger.exports import FORMATS
from ledger.models import Transfer
from tests.factories import UserFactory, administrator_of
from tests.support.readers import browser, file_of
from tests.support.visits import MONTH, City, month_of_visits

pytestmark = pytest.mark.django_db

ADDRESSES = ("/periods/2026-01/ledger.csv", "/books/ledger.hledger")


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 2, 10, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def city() -> City:
    return month_of_visits()


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_every_format_is_offered_for_a_month_and_for_all_of_them(city: City, form: tuple[str, ...]) -> None:
    code, suffix, content_type, *_rest = form
    client = browser(city.proposer)
    month, everything = reverse("period_export", args=[MONTH, code]), reverse("ledger_export", args=[code])

    answers = [client.get(address) for address in (month, everything)]

    assert f'href="{month}"' in client.get("/periods/2026-01/").content.decode()
    assert f'href="{everything}"' in client.get("/books/").content.decode()
    assert [answer.headers["Content-Type"] for answer in answers] == [content_type] * 2
    assert [answer.headers["Content-Disposition"] for answer in answers] == [
        f'attachment; filename="ledger-2026-01.{suffix}"',
        f'attachment; filename="ledger.{suffix}"',
    ]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", [Role.RESIDENT, Role.PROVIDER_CLERK])
def test_residents_and_clerks_take_no_books_away(city: City, role: Role, address: str) -> None:
    assert browser(UserFactory.create(role=role)).get(address).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_not_signed_in_is_asked_to_sign_in(city: City, address: str) -> None:
    assert browser().get(address).headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("address", ["/periods/2025-12/ledger.csv", "/books/ledger.doc", "/periods/2026-01/ledger.x"])
def test_a_month_or_a_format_that_is_not_there_is_not_found(city: City, address: str) -> None:
    assert browser(city.proposer).get(address).status_code == 404


def test_an_auditor_takes_every_transfer_away(city: City) -> None:
    client = browser(UserFactory.create(role=Role.AUDITOR))

    lines = list(csv.reader(file_of(client, "/books/ledger.csv").splitlines()))

    assert [int(line[0]) for line in lines[1:]] == list(Transfer.objects.order_by("pk").values_list("pk", flat=True))


def test_a_district_takes_away_the_transfers_that_touch_its_book_and_no_other(city: City) -> None:
    client = browser(administrator_of(city.districts["310115"]))

    lines = list(csv.reader(file_of(client, "/periods/2026-01/ledger.csv").splitlines()))

    touching = Transfer.objects.touching(["310115"]).order_by("pk")
    assert [int(line[0]) for line in lines[1:]] == list(touching.values_list("pk", flat=True))
    assert len(lines) == 3


def test_a_districts_journal_shows_no_account_of_another(city: City) -> None:
    text = file_of(browser(administrator_of(city.districts["310115"])), "/books/ledger.hledger")

    accounts = [line.removeprefix("account ") for line in text.splitlines() if line.startswith("account ")]

    assert accounts == [
        "310115:due:310113",
        "310115:health:cost",
        "310115:health:entitlement",
        "310115:health:payable:clinic-310115",
    ]
