"""From the order to the bank's word: what is booked, what settles a month, and what is left for people."""

from __future__ import annotations

from hashlib import sha256

import pytest
from django.db import connection
from django.db.models import Q

from accounts.models import Authority
from config.demo import bank
from ledger import selectors
from ledger.models import BankEntry, BankMatch, BankStatement, Break, ReconciliationRun, Step
from ledger.selectors.banking import order_files_of
from ledger.services.banking.accounts import AccountOfAnother, record_bank_account
from ledger.services.banking.orders import NoBankAccount, NoPayments, OrderNotValid, write_order
from ledger.services.banking.statements import (
    SeveralStatements,
    StatementLoadedBefore,
    SumsDiffer,
    UnknownBankAccount,
)
from ledger.services.payments import arrivals_of, order
from tests.banking.city import HUB_NUMBER, MONTH, NEXT, OrderedMonth, end_to_end_id, order_the_month, record_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

PAYS, PAYS_TOO, RECEIVES, RECEIVES_TOO = "310101", "310112", "310113", "310115"


@pytest.fixture
def month() -> OrderedMonth:
    return order_the_month()


def _book() -> dict[str, int]:
    return {code: fen for book in selectors.books_of_rows(Q()).values() for code, fen in book.items()}


def _balances(*codes: str) -> list[int]:
    return [_book().get(code, 0) for code in codes]


def _is_settled() -> bool:
    return Step.SETTLED in selectors.steps_of(MONTH)


def _breaks() -> list[tuple[str, str | None, int]]:
    return list(Break.objects.order_by("pk").values_list("reason", "authority_id", "fen"))


def _open() -> list[str]:
    return list(Break.objects.open().order_by("pk").values_list("reason", flat=True))


# Out


def test_the_file_is_the_same_each_time_and_its_hash_is_kept(month: OrderedMonth) -> None:
    first, second = (write_order(batch=month.batch, stamp=month.stamp()) for _ in range(2))

    assert first == second and first.sha256 == sha256(first.content).hexdigest()
    assert [event.detail["sha256"] for event in order_files_of(month.batch)] == [first.sha256] * 2
    assert "2026年1月净额结算".encode() in first.content


def test_whoever_has_no_account_is_named(month: OrderedMonth) -> None:
    month.batch.pays_on = month.batch.pays_on.replace(year=2025)

    with pytest.raises(NoBankAccount) as refused:
        write_order(batch=month.batch, stamp=month.stamp())

    assert refused.value.details["holder"] == Authority.objects.get(pk=PAYS)


def test_an_account_that_no_file_can_carry_is_told_before_the_bank_tells(month: OrderedMonth) -> None:
    record_bank_account(
        authority=Authority.objects.get(pk=PAYS),
        holder="a\x01b",
        number="1",
        bank_code="102290000001",
        bank_name="",
        valid_from=month.batch.pays_on,
        stamp=month.stamp(),
    )

    with pytest.raises(OrderNotValid, match="Nm"):
        write_order(batch=month.batch, stamp=month.stamp())


def test_an_account_has_one_holder(month: OrderedMonth) -> None:
    with pytest.raises(AccountOfAnother):
        record_bank_account(
            authority=Authority.objects.get(pk=PAYS),
            holder="别人",
            number=HUB_NUMBER,
            bank_code="102290000001",
            bank_name="",
            valid_from=month.batch.pays_on,
            stamp=month.stamp(),
        )


# In


def test_a_month_is_settled_when_the_bank_has_said_so_of_every_payment(month: OrderedMonth) -> None:
    first, *rest = month.answers()

    month.tell([first])
    assert not _is_settled()
    statement = month.tell(rest)

    assert _is_settled()
    assert BankMatch.objects.filter(outcome="matched").count() == 4
    assert Break.objects.count() == 0
    assert ReconciliationRun.objects.latest("pk").result == {"statement": statement.pk, "matched": 3}
    assert _balances("hub/cash", "hub/clearing", f"{PAYS}/clearing") == [0, 0, 0]


@pytest.mark.parametrize(
    ("code", "fault", "found"),
    [
        (PAYS, bank.of_amount(4_999), ("part_payment", PAYS, -1)),
        (PAYS, bank.of_amount(5_001), ("overpaid", PAYS, 1)),
        (PAYS, bank.twice, ("paid_twice", PAYS, 5_000)),
        (PAYS, bank.given_back, ("payment_reversed", PAYS, -5_000)),
        (PAYS, bank.unnamed, ("unknown_payment", None, 5_000)),
        (PAYS, bank.days_later(-1), ("date_differs", PAYS, 0)),
        (PAYS, bank.with_other("999"), ("wrong_account", PAYS, 5_000)),
        (RECEIVES, bank.of_amount(3_999), ("part_payment", RECEIVES, -1)),
        (RECEIVES, bank.twice, ("paid_twice", RECEIVES, 4_000)),
        (RECEIVES, bank.given_back, ("payment_reversed", RECEIVES, -4_000)),
        (RECEIVES, bank.unnamed, ("unknown_payment", None, -4_000)),
    ],
)
def test_whatever_differs_becomes_one_difference_and_the_hubs_cash_is_what_the_bank_says(
    month: OrderedMonth, code: str, fault: bank.Fault, found: tuple[str, str | None, int]
) -> None:
    month.tell(month.answers({code: fault}))

    assert _breaks() == [found]
    assert _balances("hub/cash") == [month.balance_fen]
    assert sum(_book().values()) == 0


@pytest.mark.parametrize("fault", [bank.of_amount(4_999), bank.given_back, bank.unnamed, bank.with_other("999")])
def test_a_month_waits_for_what_is_not_there(month: OrderedMonth, fault: bank.Fault) -> None:
    month.tell(month.answers({PAYS: fault}))

    assert not _is_settled()


def test_the_rest_of_a_part_payment_closes_the_difference_and_settles(month: OrderedMonth) -> None:
    month.tell(month.answers({PAYS: bank.of_amount(3_000)}))
    assert _open() == ["part_payment"]

    (booking,) = (each for each in month.answers() if each.parts[0].end_to_end_id == end_to_end_id(PAYS))
    month.tell([bank.of_amount(2_000)(booking)[0]])

    assert _open() == []
    assert Break.objects.get().steps.get().rule == "gone_at_next_run"
    assert _is_settled()


def test_a_payment_sent_back_is_taken_off_again_and_counts_when_it_comes_anew(month: OrderedMonth) -> None:
    month.tell(month.answers({PAYS: bank.given_back}))
    assert _balances(f"{PAYS}/clearing", f"{PAYS}/cash") == [-5_000, 0]

    month.tell([each for each in month.answers() if each.parts[0].end_to_end_id == end_to_end_id(PAYS)])

    assert BankMatch.objects.filter(outcome="paid_again").count() == 1
    assert _open() == [] and _is_settled()
    assert _balances("hub/cash", f"{PAYS}/clearing", f"{PAYS}/cash") == [0, 0, -5_000]


def test_what_is_sent_back_after_the_month_was_settled_stays_a_difference(month: OrderedMonth) -> None:
    answers = month.answers()
    month.tell(answers)
    back = [bank.given_back(each)[1] for each in answers if each.parts[0].end_to_end_id == end_to_end_id(PAYS)]

    month.tell(back)

    assert _open() == ["payment_reversed"]
    assert _is_settled() and selectors.unsettled_balances(MONTH) == {}
    assert _balances("hub/cash", "hub/unidentified") == [-5_000, 5_000]


def test_a_payment_that_no_statement_shows_is_missing_and_found_when_it_comes(month: OrderedMonth) -> None:
    late = month.answers(dict.fromkeys((PAYS_TOO, RECEIVES, RECEIVES_TOO), bank.lost))
    month.tell(month.answers({PAYS: bank.lost}))
    assert _open() == []

    month.tell([], days_later=9)
    assert _breaks() == [("missing_at_bank", PAYS, -5_000)]
    month.tell(bank.days_later(10)(late[0]), days_later=10)

    assert _open() == ["date_differs"]
    assert _is_settled()


def test_a_batch_booked_as_one_line_is_matched_payment_by_payment(month: OrderedMonth) -> None:
    outgoing = [booking for booking in month.answers() if not booking.credit]
    incoming = [booking for booking in month.answers() if booking.credit]

    statement = month.tell([*incoming, bank.in_one_batch(outgoing, reference="BATCH")])

    assert statement.entries.count() == 4
    assert _is_settled()


def test_a_bad_line_stops_nothing_and_its_money_is_accounted_for(month: OrderedMonth) -> None:
    content = month.statement(month.answers()).replace(
        b"<Dt>%s</Dt>\n        </BookgDt>" % str(month.batch.pays_on).encode(), b"<Dt>?</Dt>\n        </BookgDt>", 1
    )
    statement = month.load(content)

    assert month.match(statement).done_count == 4

    bad = BankEntry.objects.exclude(defect="").get()
    assert bad.match.outcome == "unknown_payment"
    assert Break.objects.get().evidence["theirs"]["problem"] == "bad_value"
    assert _balances("hub/cash") == [month.balance_fen]


@pytest.mark.deployed
def test_what_was_paid_of_a_payment_is_found_by_an_index_of_payments_alone(month: OrderedMonth) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL enable_seqscan = off")
        # Of the few rows of a test any index would do: plan as if there were a million.
        cursor.execute("UPDATE pg_class SET reltuples = 1000000, relpages = 1 WHERE relname = 'ledger_transfer'")

    assert "transfer_by_payment" in arrivals_of(month.batch.payments.get(authority=PAYS)).explain()


def test_a_provider_is_paid_when_the_statement_of_its_district_says_so(month: OrderedMonth) -> None:
    batch = order(
        key="providers:310101:2026-01", kind="providers", pays_on=NEXT, stamp=month.stamp(), approved_by=month.approver
    )
    batch.payments.create(
        way="to_provider", authority_id=PAYS, party="school-1", programme="health", fen=700, end_to_end_id="PR-1"
    )
    record_account(Authority.objects.get(pk=PAYS), "62280001", party="school-1")
    booked = bank.answer(write_order(batch=batch, stamp=month.stamp()).content, account=f"6217{PAYS}")
    content = bank.statement(booked, account=f"6217{PAYS}", opening_fen=700, day=NEXT, name="P-1")

    month.match(month.load(content))

    assert [found.outcome for found in BankMatch.objects.all()] == ["matched"]
    assert _balances(f"{PAYS}/health/payable/school-1", f"{PAYS}/cash") == [700, -700]


def test_the_statement_of_a_payers_own_account_says_nothing_new(month: OrderedMonth) -> None:
    booked = bank.answer(month.order(), account=f"6217{PAYS}")
    content = bank.statement(booked, account=f"6217{PAYS}", opening_fen=5_000, day=month.batch.pays_on, name="P-1")

    month.match(month.load(content))

    assert [found.outcome for found in BankMatch.objects.all()] == ["other_side"]
    assert _breaks() == [] and not _is_settled() and _balances("hub/cash") == [0]


# What is not taken


def test_the_same_file_twice_is_refused_with_the_first(month: OrderedMonth) -> None:
    content = month.statement(month.answers())
    first = month.load(content)

    with pytest.raises(StatementLoadedBefore) as refused:
        month.load(content)

    assert refused.value.details["first"] == first.pk
    assert BankStatement.objects.count() == 1


def test_the_same_statement_in_another_file_is_refused_too(month: OrderedMonth) -> None:
    content = month.statement(month.answers())
    month.load(content)

    with pytest.raises(StatementLoadedBefore):
        month.load(content + b"\n")


def test_a_file_whose_sums_do_not_hold_leaves_nothing_behind(month: OrderedMonth) -> None:
    content = month.statement(month.answers()).replace(b">0.00<", b">0.01<", 1)

    with pytest.raises(SumsDiffer) as refused:
        month.load(content)

    assert "0.01" in str(refused.value)
    assert not BankStatement.objects.exists() and not BankEntry.objects.exists()


def test_a_statement_of_a_strangers_account_is_refused(month: OrderedMonth) -> None:
    with pytest.raises(UnknownBankAccount):
        month.load(month.statement([]).replace(HUB_NUMBER.encode(), b"999"))


def test_one_file_holds_one_statement(month: OrderedMonth) -> None:
    content = month.statement([])
    start, end = content.index(b"<Stmt>"), content.index(b"</BkToCstmrStmt>")

    with pytest.raises(SeveralStatements):
        month.load(content[:end] + content[start:end].replace(b"S-1", b"S-2") + content[end:])


def test_a_batch_without_payments_has_no_file(month: OrderedMonth) -> None:
    empty = order(
        key="prefund:2026",
        kind="prefund",
        pays_on=month.batch.pays_on,
        stamp=month.stamp(),
        approved_by=month.approver,
    )

    with pytest.raises(NoPayments):
        write_order(batch=empty, stamp=month.stamp())
