"""What a provider's system can count on when it redeems and reverses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from ledger.models import Transfer
from tests.api.callers import TODAY, V1, City, caller, claim, redeem
from tests.factories import ProgrammeFactory, ProviderFactory, ResidentFactory, UserFactory, VoucherFactory, clerk_of

pytestmark = pytest.mark.django_db

SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT")


def test_a_new_redemption_is_201_and_says_what_was_taken(city: City) -> None:
    answer = redeem(caller(city.clerk), key="r-1", **claim(city.voucher, fen=12_000))

    assert answer.status_code == 201
    assert answer.json() == {
        "key": "r-1",
        "voucher": city.voucher.number,
        "resident": city.resident.number,
        "programme": city.programme.code,
        "provider": city.provider.code,
        "amount_fen": 12_000,
        "day": "2026-03-16",
        "booked_on": "2026-03-16",
        "period": "2026-03",
        "reversed_on": None,
    }


def test_the_same_key_again_is_200_with_the_first_result_and_books_nothing(city: City) -> None:
    client = caller(city.clerk)
    first = redeem(client, key="r-1", **claim(city.voucher))

    second = redeem(client, key="r-1", **claim(city.voucher))

    city.voucher.refresh_from_db()
    assert (second.status_code, second.json()) == (200, first.json())
    assert city.voucher.spent_fen == 12_000


def test_the_same_key_for_something_else_is_refused(city: City) -> None:
    client = caller(city.clerk)
    redeem(client, key="r-1", **claim(city.voucher, fen=12_000))

    answer = redeem(client, key="r-1", **claim(city.voucher, fen=12_001))

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_resident_and_programme_name_the_voucher_as_well(city: City) -> None:
    answer = redeem(
        caller(city.clerk),
        resident=city.resident.number,
        programme=city.programme.code,
        amount_fen=1,
        day="2026-03-16",
    )

    assert (answer.status_code, answer.json()["voucher"]) == (201, city.voucher.number)


def test_more_than_is_left_is_refused_with_what_is_left(city: City) -> None:
    answer = redeem(caller(city.clerk), **claim(city.voucher, fen=72_001))

    assert answer.status_code == 409
    assert answer.json() == {
        "code": "balance_too_low",
        "message": "Only 720.00 yuan are left on this voucher; 720.01 yuan were asked for.",
        "details": {"remaining": "720.00", "asked": "720.01"},
        "fields": {},
    }


def test_a_provider_that_is_not_accredited_is_refused(city: City) -> None:
    other = VoucherFactory(resident=city.resident, programme=ProgrammeFactory())

    answer = redeem(caller(city.clerk), **claim(other))

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_programme")


def test_a_day_that_has_not_come_is_refused(city: City) -> None:
    answer = redeem(caller(city.clerk), **claim(city.voucher, day=TODAY + timedelta(days=1)))

    assert (answer.status_code, answer.json()["code"]) == (409, "day_ahead")


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"voucher": "TH0"}, "no_such_voucher"),
        ({"resident": "R0", "programme": "education"}, "no_such_resident"),
    ],
)
def test_a_name_that_leads_nowhere_is_404(city: City, named: dict[str, str], code: str) -> None:
    answer = redeem(caller(city.clerk), **named, amount_fen=1, day="2026-03-16")

    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_programme_that_does_not_exist_is_404(city: City) -> None:
    answer = redeem(caller(city.clerk), resident=city.resident.number, programme="none", amount_fen=1, day="2026-03-16")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_programme")


def test_a_resident_without_such_a_voucher_is_told(city: City) -> None:
    other = ResidentFactory()

    answer = redeem(
        caller(city.clerk), resident=other.number, programme=city.programme.code, amount_fen=1, day="2026-03-16"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "no_voucher")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 65, "键"])
def test_a_key_that_is_missing_or_malformed_is_refused(city: City, key: str) -> None:
    answer = redeem(caller(city.clerk), key=key, **claim(city.voucher))

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])


def test_a_key_may_be_any_64_printable_characters(city: City) -> None:
    key = "/?#%&=:~" * 8
    client = caller(city.clerk)

    assert redeem(client, key=key, **claim(city.voucher)).status_code == 201
    assert client.get(f"{V1}/redemptions/{'%2F%3F%23%25%26%3D%3A~' * 8}").json()["key"] == key


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_fen": 0}, "amount_fen"),
        ({"amount_fen": "100"}, "amount_fen"),
        ({"amount_fen": 1.0}, "amount_fen"),
        ({"amount_fen": 10**12 + 1}, "amount_fen"),
        ({"day": "20260316"}, "day"),
        ({"day": "0001-01-01"}, "day"),
        ({"resident": "R1"}, "voucher"),
        ({"voucher": 7}, "voucher"),
        ({"amount": 100}, "amount"),
    ],
)
def test_a_body_is_taken_strictly(city: City, wrong: dict[str, Any], field: str) -> None:
    answer = redeem(caller(city.clerk), **{**claim(city.voucher), **wrong})

    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "invalid", [field])


def test_a_clerk_without_a_provider_is_told_who_can_help(city: City) -> None:
    lost = UserFactory(role=Role.PROVIDER_CLERK)

    answer = redeem(caller(lost), **claim(city.voucher))

    assert (answer.status_code, answer.json()["code"]) == (403, "no_provider")


def test_a_redemption_is_found_by_its_key_by_its_provider_and_by_readers_of_the_books(city: City) -> None:
    client = caller(city.clerk)
    first = redeem(client, key="r-1", **claim(city.voucher)).json()

    found = [caller(who).get(f"{V1}/redemptions/r-1") for who in (city.clerk, UserFactory(role=Role.AUDITOR))]

    assert [answer.json() for answer in found] == [first, first]


def other_clerk(city: City) -> User:
    return clerk_of(ProviderFactory(programmes=[city.programme]))


def test_another_providers_redemption_is_the_same_404_as_one_that_never_was(city: City) -> None:
    redeem(caller(city.clerk), key="r-1", **claim(city.voucher))
    stranger = caller(other_clerk(city))

    theirs, nobodys = stranger.get(f"{V1}/redemptions/r-1"), stranger.get(f"{V1}/redemptions/r-2")

    assert (theirs.status_code, theirs.json()) == (404, nobodys.json())


def test_a_reversal_gives_back_the_whole(city: City) -> None:
    client = caller(city.clerk)
    redeem(client, key="r-1", **claim(city.voucher))

    answer = client.post(f"{V1}/reversals", {"key": "r-1", "day": "2026-03-16"})

    city.voucher.refresh_from_db()
    assert (answer.status_code, answer.json()["reversed_on"]) == (201, "2026-03-16")
    assert city.voucher.remaining_fen == 72_000


def test_a_redemption_is_reversed_once(city: City) -> None:
    client = caller(city.clerk)
    redeem(client, key="r-1", **claim(city.voucher))
    client.post(f"{V1}/reversals", {"key": "r-1", "day": "2026-03-16"})

    answer = client.post(f"{V1}/reversals", {"key": "r-1", "day": "2026-03-16"})

    assert (answer.status_code, answer.json()["code"]) == (409, "already_reversed")


def test_nobody_reverses_another_providers_redemption(city: City) -> None:
    redeem(caller(city.clerk), key="r-1", **claim(city.voucher))

    answer = caller(other_clerk(city)).post(f"{V1}/reversals", {"key": "r-1", "day": "2026-03-16"})

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_redemption")
    assert not Transfer.objects.filter(event="reverse").exists()


def test_a_replay_after_a_reversal_says_that_it_was_reversed(city: City) -> None:
    client = caller(city.clerk)
    redeem(client, key="r-1", **claim(city.voucher))
    client.post(f"{V1}/reversals", {"key": "r-1", "day": "2026-03-16"})

    answer = redeem(client, key="r-1", **claim(city.voucher))

    assert (answer.status_code, answer.json()["reversed_on"]) == (200, "2026-03-16")


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(4, id="postgresql", marks=pytest.mark.deployed),
        pytest.param(5, id="sqlite", marks=pytest.mark.embedded),
    ],
)
def test_a_redemption_asks_for_token_provider_and_voucher_and_books(city: City, number: int) -> None:
    """On PostgreSQL one statement looks and books, on SQLite two."""
    client = caller(city.clerk)
    redeem(client, key="r-1", **claim(city.voucher, fen=1))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        redeem(client, key="r-2", **claim(city.voucher, fen=1))

    statements = [query["sql"] for query in queries if not query["sql"].startswith(SAVEPOINTS)]
    assert len(statements) == number, statements
