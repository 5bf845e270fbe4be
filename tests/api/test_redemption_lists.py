"""What a till can count on when it sends a list of redemptions in one call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Role
from ledger.models import Transfer
from tests.api.callers import TODAY, V1, City, caller, claim, redeem
from tests.factories import ProgrammeFactory, UserFactory, VoucherFactory
from vouchers.api.claims import MOST_AT_ONCE

pytestmark = pytest.mark.django_db


def send(city: City, *claims: dict[str, Any]) -> Any:
    return caller(city.clerk).post(f"{V1}/redemptions/batch", {"redemptions": list(claims)})


def outcomes(answer: Any) -> list[tuple[str, str]]:
    """Return the key of each claim and its refusal's code, or "redeemed"."""
    assert answer.status_code == 200, answer.json()
    return [
        (result["key"], result["refusal"]["code"] if result["redemption"] is None else "redeemed")
        for result in answer.json()["results"]
    ]


def test_each_is_accepted_or_refused_on_its_own_in_the_order_of_the_list(city: City) -> None:
    elsewhere = VoucherFactory(resident=city.resident, programme=ProgrammeFactory())

    answer = send(
        city,
        {"key": "a", **claim(city.voucher, fen=72_000)},
        {"key": "b", **claim(city.voucher, fen=1)},
        {"key": "c", **claim(elsewhere)},
        {"key": "d", **claim(city.voucher, day=TODAY + timedelta(days=1))},
        {"key": "e", "voucher": "TH0", "amount_fen": 1, "day": "2026-03-16"},
        {"key": "f", "resident": "R0", "programme": city.programme.code, "amount_fen": 1, "day": "2026-03-16"},
        {"key": "g", "resident": city.resident.number, "programme": "none", "amount_fen": 1, "day": "2026-03-16"},
        {"key": "a", **claim(city.voucher, fen=1)},
    )

    assert outcomes(answer) == [
        ("a", "redeemed"),
        ("b", "balance_too_low"),
        ("c", "wrong_programme"),
        ("d", "day_ahead"),
        ("e", "no_such_voucher"),
        ("f", "no_such_resident"),
        ("g", "no_such_programme"),
        ("a", "key_reused"),
    ]


def test_a_redemption_and_a_refusal_read_as_they_do_alone(city: City) -> None:
    many = send(city, {"key": "a", **claim(city.voucher)}, {"key": "b", **claim(city.voucher, fen=72_001)}).json()

    client = caller(city.clerk)
    assert many["results"] == [
        {"key": "a", "redemption": redeem(client, key="a", **claim(city.voucher)).json(), "refusal": None},
        {"key": "b", "redemption": None, "refusal": redeem(client, key="b", **claim(city.voucher, fen=72_001)).json()},
    ]


def test_the_same_list_again_has_the_same_answer_and_books_nothing(city: City) -> None:
    claims = [{"key": key, **claim(city.voucher, fen=30_000)} for key in ("a", "b", "b", "c")]
    first = send(city, *claims)

    second = send(city, *claims)

    assert second.content == first.content
    assert Transfer.objects.filter(event="redeem").count() == 2


def test_a_replay_after_a_reversal_says_that_it_was_reversed(city: City) -> None:
    send(city, {"key": "a", **claim(city.voucher)})
    caller(city.clerk).post(f"{V1}/reversals", {"key": "a", "day": "2026-03-16"})

    again = send(city, {"key": "a", **claim(city.voucher)})

    assert again.json()["results"][0]["redemption"]["reversed_on"] == "2026-03-16"


def test_resident_and_programme_name_the_voucher_as_well(city: City) -> None:
    named = {"resident": city.resident.number.lower(), "programme": city.programme.code}

    answer = send(city, {"key": "a", **named, "amount_fen": 1, "day": "2026-03-16"})

    assert answer.json()["results"][0]["redemption"]["voucher"] == city.voucher.number


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_fen": "100"}, "redemptions.1.amount_fen"),
        ({"key": "a b"}, "redemptions.1.key"),
        ({"key": "a "}, "redemptions.1.key"),
        ({"key": 7}, "redemptions.1.key"),
        ({"resident": "R1"}, "redemptions.1.voucher"),
        ({"amount": 100}, "redemptions.1.amount"),
    ],
)
def test_a_malformed_claim_is_named_and_nothing_is_booked(city: City, wrong: dict[str, Any], field: str) -> None:
    good = {"key": "a", **claim(city.voucher)}

    answer = send(city, good, {**good, "key": "b", **wrong})

    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "invalid", [field])
    assert not Transfer.objects.filter(event="redeem").exists()


@pytest.mark.parametrize("number", [0, MOST_AT_ONCE + 1])
def test_a_list_holds_one_claim_and_at_most_a_thousand(city: City, number: int) -> None:
    answer = send(city, *({"key": f"{place}", **claim(city.voucher, fen=1)} for place in range(number)))

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["redemptions"])


def test_a_thousand_are_booked_in_one_call(city: City) -> None:
    claims = [{"key": f"{place}", **claim(city.voucher, fen=72)} for place in range(MOST_AT_ONCE)]

    answer = send(city, *claims)

    city.voucher.refresh_from_db()
    assert {outcome for _key, outcome in outcomes(answer)} == {"redeemed"}
    assert city.voucher.remaining_fen == 0


def test_a_clerk_without_a_provider_is_told_who_can_help(city: City) -> None:
    answer = caller(UserFactory(role=Role.PROVIDER_CLERK)).post(
        f"{V1}/redemptions/batch", {"redemptions": [{"key": "a", **claim(city.voucher)}]}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "no_provider")
