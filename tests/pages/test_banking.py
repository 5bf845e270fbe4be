"""Payments, bank accounts and bank statements as people see them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from lxml import etree

from accounts.models import Role
from config.demo import bank
from ledger.models import BankAccount, BankStatement, Break
from ledger.selectors import state_of
from ledger.states import SETTLED
from tests.banking.city import HUB_NUMBER, MONTH, OrderedMonth, order_the_month
from tests.factories import DistrictFactory, UserFactory, administrator_of
from tests.pages.reading import text_of
from tests.support.readers import browser, queries_of

pytestmark = pytest.mark.django_db

PAYS = "310101"
READERS = (Role.CITY_ADMINISTRATOR, Role.AUDITOR, Role.DISTRICT_ADMINISTRATOR, Role.FINANCE_OFFICER)
STRANGERS = (Role.RESIDENT, Role.PROVIDER_CLERK)
READ = ("/payments/", "/bank/statements/", "/bank/accounts/")
RUN = ("/bank/statements/load/", "/bank/accounts/new/")


@pytest.fixture
def month() -> OrderedMonth:
    return order_the_month()


def _upload(content: bytes, name: str = "camt053.xml") -> dict[str, object]:
    return {"statement": SimpleUploadedFile(name, content, "application/xml")}


# Who may look


@pytest.mark.parametrize("address", READ)
def test_who_reads_the_books_reads_payments_too(address: str) -> None:
    assert {browser(UserFactory.create(role=role)).get(address).status_code for role in READERS} == {200}
    assert {browser(UserFactory.create(role=role)).get(address).status_code for role in STRANGERS} == {403}
    assert browser().get(address).headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("address", RUN)
def test_only_the_city_loads_statements_and_records_accounts(address: str) -> None:
    others = [role for role in Role if role != Role.CITY_ADMINISTRATOR]

    assert {browser(UserFactory.create(role=role)).get(address).status_code for role in others} == {403}


def test_only_the_city_writes_the_file_for_the_bank(month: OrderedMonth) -> None:
    address = f"/payments/{month.batch.pk}/order/"
    others = [role for role in Role if role != Role.CITY_ADMINISTRATOR]

    assert {browser(UserFactory.create(role=role)).post(address).status_code for role in others} == {403}


def test_a_district_sees_its_own_payment_and_no_statement(month: OrderedMonth) -> None:
    statement = month.tell(month.answers())
    reader = browser(administrator_of(DistrictFactory.create(code=PAYS)))

    page = text_of(reader.get(f"/payments/{month.batch.pk}/"))

    assert "TH202601-310101" in page and "TH202601-310112" not in page
    assert "File for the bank" not in page
    assert reader.get(f"/bank/statements/{statement.pk}/").status_code == 404
    assert "310112" not in text_of(reader.get("/bank/accounts/"))


def test_a_batch_without_a_payment_of_its_own_does_not_exist_for_a_district(month: OrderedMonth) -> None:
    reader = browser(administrator_of(DistrictFactory.create(code="310199")))

    assert reader.get(f"/payments/{month.batch.pk}/").status_code == 404


# Out


def test_the_file_comes_as_a_download_and_its_hash_is_shown(month: OrderedMonth) -> None:
    client = browser(month.loader)

    answer = client.post(f"/payments/{month.batch.pk}/order/")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="pain001-TH-{month.batch.pk}.xml"'
    assert len(etree.fromstring(answer.content).findall(".//{*}CdtTrfTxInf")) == 4
    shown = client.get(f"/payments/{month.batch.pk}/").context["files"]
    assert [file.by for file in shown] == [month.loader]


def test_without_an_account_the_page_says_whose_is_missing(month: OrderedMonth) -> None:
    month.batch.pk, month.batch.key = None, "another"
    month.batch.pays_on = month.batch.pays_on.replace(year=2025)
    month.batch.save(force_insert=True)
    month.batch.payments.create(authority_id=PAYS, way="to_hub", fen=1, end_to_end_id="X")

    answer = browser(month.loader).post(f"/payments/{month.batch.pk}/order/")

    assert answer.status_code == 409 and "No bank account of" in text_of(answer)


def test_an_account_is_recorded_and_shown(month: OrderedMonth) -> None:
    client = browser(month.loader)
    entered = {
        "authority": PAYS,
        "party": "school-1",
        "holder": "第一小学",
        "number": "6228001",
        "bank_code": "103290000001",
        "bank_name": "中国农业银行",
        "valid_from_year": "2026",
        "valid_from_month": "2",
        "valid_from_day": "1",
    }

    assert client.post("/bank/accounts/new/", entered).status_code == 302
    assert BankAccount.objects.get(party="school-1").recorded_by == month.loader
    assert "第一小学" in text_of(client.get("/bank/accounts/"))
    assert "One account has one holder" in text_of(client.post("/bank/accounts/new/", {**entered, "party": "school-2"}))


# In


def test_a_statement_is_loaded_and_each_line_shows_what_became_of_it(month: OrderedMonth) -> None:
    client = browser(month.loader)
    content = month.statement(month.answers({PAYS: bank.of_amount(4_999)}))

    loaded = client.post("/bank/statements/load/", _upload(content))
    statement = BankStatement.objects.get()
    assert loaded.headers["Location"] == f"/bank/statements/{statement.pk}/"
    assert "still being matched" in text_of(client.get(loaded.headers["Location"]))
    month.match(statement)

    page = client.get(f"/bank/statements/{statement.pk}/")

    assert {said.words: number for said, number in page.context["counts"]} == {"Matched": 3, "Part payment": 1}
    assert f'href="/differences/{Break.objects.get().pk}/"' in page.content.decode()
    narrowed = client.get(f"/bank/statements/{statement.pk}/?outcome=part_payment").context["lines"]
    assert [entry.fen for entry, *_ in narrowed] == [4_999]


def test_a_bad_line_says_what_is_wrong_with_it(month: OrderedMonth) -> None:
    content = month.statement(month.answers()).replace(b"BookgDt>", b"Day>")
    statement = month.load(content)

    assert (
        text_of(browser(month.loader).get(f"/bank/statements/{statement.pk}/")).count("Something in it is missing") == 4
    )


def test_the_same_file_twice_is_refused_with_a_link_to_the_first(month: OrderedMonth) -> None:
    content = month.statement(month.answers())
    first = month.load(content)

    page = browser(month.loader).post("/bank/statements/load/", _upload(content, "other-name.xml"))

    assert "was loaded already" in text_of(page)
    assert f'href="/bank/statements/{first.pk}/"' in page.content.decode()


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        (b"</Document>", b"", "cannot be read"),
        (b"camt.053", b"camt.052", "no bank statement"),
        (b">0.00<", b">7.00<", "yuan are left over"),
        (HUB_NUMBER.encode(), b"999", "no recorded account"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(month: OrderedMonth, right: bytes, wrong: bytes, words: str) -> None:
    content = month.statement(month.answers()).replace(right, wrong, 1)

    page = browser(month.loader).post("/bank/statements/load/", _upload(content))

    assert words in text_of(page)
    assert not BankStatement.objects.exists()


def test_a_long_statement_costs_no_more_queries_than_a_short_one(month: OrderedMonth) -> None:
    first, *rest = month.answers()
    client = browser(month.loader)
    short, long = month.tell([first]), month.tell(rest)

    assert queries_of(client, f"/bank/statements/{long.pk}/") == queries_of(client, f"/bank/statements/{short.pk}/")


def test_a_months_page_shows_what_was_ordered_and_what_the_bank_says_of_it(month: OrderedMonth) -> None:
    client = browser(month.loader)
    month.tell(month.answers({PAYS: bank.of_amount(3_000)}))

    page = client.get("/periods/2026-01/")

    assert [(fen, str(said.words)) for _payment, fen, said in page.context["ordered"].lines] == [
        (3_000, "Arrived in part"),
        (4_000, "Arrived"),
        (4_000, "Arrived"),
        (5_000, "Arrived"),
    ]
    assert f'href="/payments/{month.batch.pk}/"' in page.content.decode()


def test_money_that_named_no_payment_is_named_by_people_and_settles_the_month(month: OrderedMonth) -> None:
    client = browser(month.loader)
    statement = month.tell(month.answers({PAYS: bank.unnamed}))
    (line,) = (entry.line for entry in statement.entries.filter(match__outcome="unknown_payment"))
    address, payment = f"/bank/statements/{statement.pk}/{line}/", month.batch.payments.get(authority=PAYS)

    assert f'href="{address}"' in client.get(f"/bank/statements/{statement.pk}/").content.decode()
    too_much = client.post(address, {"payment": payment.pk, "amount": "50.01"})
    assert "Of this money only 50.00 yuan" in text_of(too_much)
    assert client.post(address, {"payment": payment.pk, "amount": "50.00"}).status_code == 302

    assert "All of it is identified." in text_of(client.get(address))
    assert state_of(MONTH) is SETTLED


def test_when_no_payment_waits_there_is_nothing_to_choose(month: OrderedMonth) -> None:
    extra = bank.unnamed(month.answers()[0])[0]._replace(reference="EXTRA")
    statement = month.tell([*month.answers(), extra])

    page = browser(month.loader).get(f"/bank/statements/{statement.pk}/{statement.entries.count()}/")

    assert "No payment to the settlement hub waits for money now." in text_of(page)


def test_a_statement_that_does_not_go_on_where_the_last_one_ended_says_so(month: OrderedMonth) -> None:
    first, *rest = month.answers()
    before, after = month.tell([first]), month.tell(rest, days_later=2)
    month.balance_fen += 1
    beyond = month.tell([], days_later=4)
    client, words = browser(month.loader), "One in between may be missing."

    pages = [text_of(client.get(f"/bank/statements/{each.pk}/")) for each in (before, after, beyond)]

    assert [words in page for page in pages] == [False, False, True]
