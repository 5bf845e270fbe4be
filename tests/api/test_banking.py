"""Payments and bank statements as other systems of the city see them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from rest_framework.test import APIClient

from config.demo import bank
from ledger.models import BankStatement
from tests.api.callers import V1, caller
from tests.banking.city import HUB_NUMBER, OrderedMonth, order_the_month
from tests.factories import DistrictFactory, administrator_of

pytestmark = pytest.mark.django_db

PAYS = "310101"


@pytest.fixture
def month() -> OrderedMonth:
    return order_the_month()


@pytest.fixture
def city(month: OrderedMonth) -> APIClient:
    return caller(month.loader)


def _body(content: bytes) -> dict[str, str]:
    return {"file_name": "camt053.xml", "content": b64encode(content).decode()}


def test_a_batch_tells_what_the_bank_has_shown_of_each_payment(month: OrderedMonth, city: APIClient) -> None:
    month.tell(month.answers({PAYS: bank.of_amount(3_000)}))

    (batch,) = city.get(f"{V1}/payment-batches").json()["results"]
    found = city.get(f"{V1}/payment-batches/{batch['id']}").json()

    assert (batch["number"], batch["amount_fen"], batch["month"]) == (4, 18_000, "2026-01")
    assert [(each["authority"], each["amount_fen"], each["paid_fen"]) for each in found["payments"]] == [
        ("310101", 5_000, 3_000),
        ("310112", 4_000, 4_000),
        ("310113", 4_000, 4_000),
        ("310115", 5_000, 5_000),
    ]


def test_a_district_reads_its_own_payment_alone(month: OrderedMonth) -> None:
    client = caller(administrator_of(DistrictFactory.create(code=PAYS)))

    found = client.get(f"{V1}/payment-batches/{month.batch.pk}").json()

    assert [each["authority"] for each in found["payments"]] == [PAYS]
    assert client.get(f"{V1}/bank-statements").json()["results"] == []


def test_the_file_for_the_bank_comes_with_its_hash(month: OrderedMonth, city: APIClient) -> None:
    answer = city.post(f"{V1}/payment-batches/{month.batch.pk}/order").json()

    assert sha256(b64decode(answer["content"])).hexdigest() == answer["sha256"]
    assert b64decode(answer["content"]) == month.order()


def test_a_statement_is_loaded_and_its_lines_are_read(month: OrderedMonth, city: APIClient) -> None:
    content = month.statement(month.answers())

    made = city.post(f"{V1}/bank-statements", _body(content), format="json")
    month.match(BankStatement.objects.get())

    assert made.status_code == 201
    assert made.json()["sha256"] == sha256(content).hexdigest()
    lines = city.get(f"{V1}/bank-statements/{made.json()['id']}/entries").json()["results"]
    assert {line["outcome"] for line in lines} == {"matched"}
    assert sum(line["amount_fen"] for line in lines) == 0


def test_the_same_file_twice_names_the_first(month: OrderedMonth, city: APIClient) -> None:
    content = month.statement(month.answers())
    first = month.load(content)

    answer = city.post(f"{V1}/bank-statements", _body(content), format="json")

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["details"]["first"]) == ("statement_loaded_before", first.pk)


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        (b"</Document>", b"", "not_xml"),
        (b"camt.053", b"camt.052", "wrong_message"),
        (b"CLBD", b"ITBD", "missing_element"),
        (b">0.00<", b">?<", "bad_value"),
        (b'"CNY">0.00', b'"USD">0.00', "other_currency"),
        (b">0.00<", b">7.00<", "sums_differ"),
        (b"<NtryRef>R2<", b"<NtryRef>R1<", "duplicate_entry"),
        (HUB_NUMBER.encode(), b"999", "unknown_bank_account"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_code(
    month: OrderedMonth, city: APIClient, right: bytes, wrong: bytes, code: str
) -> None:
    content = month.statement(month.answers()).replace(right, wrong, 1)

    answer = city.post(f"{V1}/bank-statements", _body(content), format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_what_is_no_base64_is_told_at_its_field(city: APIClient) -> None:
    answer = city.post(f"{V1}/bank-statements", {"file_name": "x", "content": "<xml>"}, format="json").json()

    assert answer["fields"]["content"] == ["This is not base64."]
