"""Each line of a statement gets one class, and not a fen is lost between the lines and the payments."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.demo import bank
from ledger.banking import pain001
from ledger.banking.camt053 import read
from ledger.banking.matching import CLASSES, Expected, Outcome, Seen, match
from tests.banking.orders import DAY, HUB, IN_FROM_MINHANG, JINGAN, MINHANG, OUT_TO_JINGAN, order

IN, OUT = IN_FROM_MINHANG.end_to_end_id, OUT_TO_JINGAN.end_to_end_id
#: A Thursday; the days from Saturday the 4th to Monday the 6th are those of the Qingming Festival.
RECEIPT = Expected(IN, HUB.number, True, 5000, DAY, MINHANG.number)
PASSED_ON = Expected(OUT, HUB.number, False, 5000, DAY, JINGAN.number)
WITHIN = 2


def _told(**faults: bank.Fault) -> Outcome:
    """Let the bank answer the order, with faults at what comes ``in`` and goes ``out``, and match its statement."""
    by_id = {{"incoming": IN, "outgoing": OUT}[way]: fault for way, fault in faults.items()}
    bookings = bank.answer(pain001.write(order()), account=HUB.number, faults=by_id)
    (statement,) = read(bank.statement(bookings, account=HUB.number, opening_fen=0, day=DAY))
    entries = [
        Seen(
            key=entry.line,
            account=statement.account,
            end_to_end_id=detail.end_to_end_id,
            credit=entry.credit,
            fen=detail.fen,
            booked_on=entry.booked_on or DAY,
            counterparty_account=detail.counterparty_account,
            reversal=entry.reversal,
        )
        for entry in statement.entries
        for detail in entry.details
    ]
    return match([RECEIPT, PASSED_ON], entries, within=WITHIN, shown_through=statement.closed_on)


def _said(outcome: Outcome) -> list[tuple[str, int, int]]:
    """Return reason, counted and extra fen of each line about what comes in or nobody knows."""
    return [
        (verdict.reason, verdict.counted_fen, verdict.extra_fen)
        for verdict in outcome.verdicts
        if verdict.entry.end_to_end_id != OUT
    ]


def test_what_came_as_ordered_is_matched() -> None:
    outcome = _told()

    assert [verdict.reason for verdict in outcome.verdicts] == ["matched", "matched"]
    assert [payment.counted_fen for payment in outcome.after] == [5000, 5000]
    assert outcome.missing == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (bank.of_amount(4999), [("part_payment", 4999, 0)]),
        (bank.of_amount(5001), [("overpaid", 5000, 1)]),
        (bank.twice, [("matched", 5000, 0), ("paid_twice", 0, 5000)]),
        (bank.given_back, [("matched", 5000, 0), ("payment_reversed", -5000, 0)]),
        (bank.unnamed, [("unknown_payment", 0, 5000)]),
        (bank.days_later(-1), [("date_differs", 5000, 0)]),
        (bank.days_later(1), [("matched", 5000, 0)]),
        (bank.days_later(5), [("matched", 5000, 0)]),
        (bank.days_later(6), [("date_differs", 5000, 0)]),
        (bank.with_other("999"), [("wrong_account", 0, 5000)]),
        (bank.with_other(""), [("matched", 5000, 0)]),
        (bank.with_other(HUB.number), [("matched", 5000, 0)]),
        (bank.lost, []),
    ],
)
def test_whatever_differs_has_its_reason_and_its_money_is_placed(
    fault: bank.Fault, said: list[tuple[str, int, int]]
) -> None:
    assert _said(_told(incoming=fault)) == said


def _seen(key: int, fen: int, **other: object) -> Seen:
    return Seen(key, HUB.number, IN, True, fen, DAY)._replace(**other)  # type: ignore[arg-type]


def _all(*entries: Seen, payment: Expected = RECEIPT, shown_through: date = DAY) -> Outcome:
    return match([payment], entries, within=WITHIN, shown_through=shown_through)


def test_parts_make_up_the_whole_and_more_is_too_much() -> None:
    outcome = _all(_seen(1, 3000), _seen(2, 2000), _seen(3, 10))

    assert _said(outcome) == [("part_payment", 3000, 0), ("part_payment", 2000, 0), ("paid_twice", 0, 10)]
    assert outcome.after[0].counted_fen == 5000


def test_what_earlier_statements_showed_is_remembered() -> None:
    outcome = _all(_seen(1, 3000), payment=RECEIPT._replace(arrived_fen=3000))

    assert _said(outcome) == [("overpaid", 2000, 1000)]


def test_giving_back_takes_the_surplus_first() -> None:
    outcome = _all(_seen(1, 5000), _seen(2, 5000), _seen(3, 5000, credit=False))

    assert _said(outcome)[-1] == ("payment_reversed", 0, -5000)
    assert outcome.after[0].counted_fen == 5000


def test_a_payment_that_was_sent_back_may_come_again() -> None:
    outcome = _all(_seen(1, 5000), _seen(2, 5000, reversal=True), _seen(3, 5000))

    assert _said(outcome)[-1] == ("paid_again", 5000, 0)
    assert outcome.after[0].counted_fen == 5000


def test_the_day_decides_the_order_not_the_place_in_the_file() -> None:
    early, late = _seen(2, 5000), _seen(1, 5000, booked_on=DAY + timedelta(days=1))

    assert [verdict.entry.key for verdict in _all(late, early).verdicts] == [2, 1]


def test_the_statement_of_the_other_side_says_nothing_new() -> None:
    paid = _seen(1, 5000, account=MINHANG.number, credit=False, counterparty_account=HUB.number)

    assert _said(_all(paid)) == [("other_side", 0, 0)]
    assert _said(_all(paid._replace(credit=True))) == [("wrong_account", 0, 5000)]


@pytest.mark.parametrize(("shown_through", "missing"), [(date(2026, 4, 6), []), (date(2026, 4, 7), [RECEIPT])])
def test_a_payment_is_missing_once_the_statements_reach_its_last_day(
    shown_through: date, missing: list[Expected]
) -> None:
    assert _all(shown_through=shown_through).missing == missing


def test_what_has_a_difference_already_is_not_missing_too() -> None:
    assert _all(_seen(1, 1, counterparty_account="999"), shown_through=date(2026, 5, 1)).missing == []


# Sums tie, whatever the bank does

numbers = st.sampled_from(["hub", "minhang", "jingan", ""])
ids = st.sampled_from(["a", "b", "c", ""])
days = st.dates(date(2026, 3, 25), date(2026, 4, 20))
amounts = st.integers(1, 40)
payments = st.lists(
    st.builds(
        Expected,
        end_to_end_id=st.sampled_from(["a", "b"]),
        account=st.sampled_from(["hub", "minhang"]),
        credit=st.booleans(),
        fen=amounts,
        due_on=days,
        counterparty_account=numbers,
        arrived_fen=st.integers(-40, 80),
        was_matched=st.booleans(),
    ),
    unique_by=lambda payment: payment.end_to_end_id,
)
entries = st.lists(
    st.builds(
        Seen,
        key=st.integers(1, 10**6),
        account=st.sampled_from(["hub", "minhang"]),
        end_to_end_id=ids,
        credit=st.booleans(),
        fen=amounts,
        booked_on=days,
        counterparty_account=numbers,
        reversal=st.booleans(),
    ),
    unique_by=lambda entry: entry.key,
    max_size=12,
)


@given(payments, entries, days)
def test_each_line_has_one_class_and_every_fen_its_place(
    expected: list[Expected], seen: list[Seen], shown_through: date
) -> None:
    outcome = match(expected, seen, within=WITHIN, shown_through=shown_through)

    assert sorted(verdict.entry.key for verdict in outcome.verdicts) == sorted(entry.key for entry in seen)
    assert {verdict.reason for verdict in outcome.verdicts} <= set(CLASSES)
    assert all(
        abs(verdict.counted_fen + verdict.extra_fen) in (verdict.entry.fen, 0 if verdict.reason == "other_side" else -1)
        for verdict in outcome.verdicts
    )
    counted: Counter[str] = Counter()
    for verdict in outcome.verdicts:
        counted[verdict.entry.end_to_end_id] += verdict.counted_fen
    assert {payment.end_to_end_id: payment.counted_fen for payment in outcome.after} == {
        payment.end_to_end_id: payment.counted_fen + counted[payment.end_to_end_id] for payment in expected
    }
    assert all(0 <= payment.counted_fen <= payment.fen for payment in outcome.after)


@given(payments, entries, st.data())
def test_statements_read_one_by_one_say_the_same_in_the_end(
    expected: list[Expected], seen: list[Seen], data: st.DataObject
) -> None:
    split = data.draw(days)
    first = match(expected, [entry for entry in seen if entry.booked_on < split], within=WITHIN, shown_through=split)
    then = match(first.after, [entry for entry in seen if entry.booked_on >= split], within=WITHIN, shown_through=split)

    at_once = match(expected, seen, within=WITHIN, shown_through=split)

    assert first.verdicts + then.verdicts == at_once.verdicts
    assert then.after == at_once.after
