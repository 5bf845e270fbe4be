"""Statements are taken when their sums hold: a bad line is kept with its reason, a bad file refused with its line."""

from __future__ import annotations

from datetime import date
from importlib.resources import as_file, files

import pytest
from lxml import etree

from config.demo import bank
from ledger.banking import camt053, pain001
from ledger.banking.camt053 import Statement, read
from ledger.banking.elements import Unreadable
from tests.banking.orders import DAY, HUB, JINGAN, MINHANG, order

OPENING_FEN = 123


def _answer() -> list[bank.Booking]:
    return bank.answer(pain001.write(order()), account=HUB.number)


def _file(bookings: list[bank.Booking] | None = None, *, version: str = "08") -> bytes:
    booked = _answer() if bookings is None else bookings
    return bank.statement(booked, account=HUB.number, opening_fen=OPENING_FEN, day=DAY, version=version)


def _read(content: bytes) -> Statement:
    (statement,) = read(content)
    return statement


def _refusal(content: bytes) -> tuple[str, str]:
    """Return the code and what stands at the line that is named."""
    with pytest.raises(Unreadable) as refused:
        read(content)
    lines = ["", *content.decode().split("\n")]
    return refused.value.code, lines[refused.value.line].strip()


@pytest.mark.parametrize("version", bank.VERSIONS)
def test_every_version_is_read_alike_and_the_bank_keeps_to_its_schema(version: str) -> None:
    content = _file(version=version)

    with as_file(files("camt053") / "xsd" / f"camt.053.001.{version}.xsd") as path:
        etree.XMLSchema(etree.parse(path)).assertValid(etree.fromstring(content))
    assert _read(content) == _read(_file())._replace(entries=_read(content).entries)
    assert [entry.details for entry in _read(content).entries] == [entry.details for entry in _read(_file()).entries]


def test_a_statement_says_what_was_booked_on_both_sides() -> None:
    statement = _read(_file())

    assert statement[:6] == ("S-1", HUB.number, DAY, DAY, 123, 123)
    paid, received = statement.entries
    assert (paid.signed_fen, paid.booked_on, paid.reversal, paid.problem) == (-5000, DAY, False, "")
    assert received.signed_fen == 5000
    assert paid.details == (
        camt053.Detail("TH-2026-03-310106", 5000, "2026年3月净额结算", JINGAN.holder, JINGAN.number),
    )
    assert received.details[0].counterparty_account == MINHANG.number


def test_an_overdrawn_account_has_balances_below_zero() -> None:
    (paid, _) = _answer()

    statement = _read(_file([paid]))

    assert (statement.opening_fen, statement.closing_fen) == (123, -4877)


def test_a_batch_is_read_payment_by_payment() -> None:
    booking = _answer()[0]
    other = booking._replace(parts=(booking.parts[0]._replace(end_to_end_id="TH-2", fen=1),))

    (entry,) = _read(_file([bank.in_one_batch([booking, other], reference="B1")])).entries

    assert entry.fen == 5001
    assert [(detail.end_to_end_id, detail.fen) for detail in entry.details] == [
        ("TH-2026-03-310106", 5000),
        ("TH-2", 1),
    ]


def test_a_reversal_names_the_one_to_whom_it_had_gone() -> None:
    _, back = _read(_file(bank.given_back(_answer()[0]))).entries

    assert (back.reversal, back.credit) == (True, True)
    assert back.details[0].counterparty_account == JINGAN.number


def test_no_id_is_no_id() -> None:
    (entry,) = _read(_file(bank.unnamed(_answer()[0]))).entries

    assert entry.details[0].end_to_end_id == ""


def test_moments_count_as_their_days() -> None:
    content = _file().replace(
        b"<BookgDt>\n          <Dt>2026-04-02</Dt>", b"<BookgDt><DtTm>2026-04-02T08:00:00+08:00</DtTm>"
    )

    assert [entry.booked_on for entry in _read(content).entries] == [DAY, DAY]


def test_the_balance_of_the_day_before_is_the_opening_one_too() -> None:
    assert _read(_file().replace(b"OPBD", b"PRCD")).opening_fen == OPENING_FEN


# A bad line does not stop a file


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (b"<Dt>2026-04-02</Dt>\n        </BookgDt>", b"<Dt>2026-02-30</Dt>\n        </BookgDt>", "bad_value"),
        (b"BookgDt>", b"BkgDt>", "missing_element"),
        (
            b'<Amt Ccy="CNY">50.00</Amt>\n        <CdtDbtInd>DBIT',
            b'<Amt Ccy="CNY">50,00</Amt>\n        <CdtDbtInd>DBIT',
            "amount_unreadable",
        ),
        (
            b'<Amt Ccy="CNY">50.00</Amt>\n        <CdtDbtInd>DBIT',
            b'<Amt Ccy="USD">50.00</Amt>\n        <CdtDbtInd>DBIT',
            "amount_unreadable",
        ),
        (b"50.00</Amt>\n        <CdtDbtInd>DBIT", b"50.00</Amt>\n        <CdtDbtInd>DEBIT", "amount_unreadable"),
    ],
)
def test_a_bad_line_is_kept_with_its_reason_and_its_money(right: bytes, wrong: bytes, problem: str) -> None:
    content = _file()
    assert right in content

    paid, received = _read(content.replace(right, wrong)).entries

    assert (paid.problem, paid.signed_fen, paid.details) == (problem, -5000, ())
    assert received.signed_fen == 5000


def test_what_is_only_announced_does_not_count() -> None:
    paid, received = _answer()

    statement = _read(_file([paid, received._replace(status="PDNG")]))

    assert statement.closing_fen == OPENING_FEN - 5000
    assert [entry.problem for entry in statement.entries] == ["", "not_booked"]


def test_a_batch_whose_parts_do_not_make_its_sum_is_a_bad_line() -> None:
    booking = _answer()[0]
    batch = bank.in_one_batch([booking, booking], reference="B1")

    (entry,) = _read(_file([batch._replace(fen=10_001)])).entries

    assert (entry.problem, entry.fen, entry.details) == ("details_differ", 10_001, ())


# A bad file is refused, with its line


def test_sums_that_do_not_hold_refuse_the_whole_file() -> None:
    content = _file().replace(b'<Amt Ccy="CNY">1.23</Amt>', b'<Amt Ccy="CNY">1.24</Amt>', 1)

    assert _refusal(content) == ("sums_differ", "<Bal>")


def test_two_unreadable_amounts_leave_the_sums_open() -> None:
    assert (
        _refusal(_file().replace(b">50.00</Amt>\n        <CdtDbtInd>", b">?</Amt>\n        <CdtDbtInd>"))[0]
        == "sums_differ"
    )


def test_an_entry_is_named_once() -> None:
    paid, received = _answer()

    assert _refusal(_file([paid, received._replace(reference=paid.reference)])) == ("duplicate_entry", "<Ntry>")


@pytest.mark.parametrize(
    ("right", "wrong", "code", "at"),
    [
        (b"</Stmt>", b"</Statement>", "not_xml", "</Statement>"),
        (b"camt.053.001.08", b"camt.052.001.08", "wrong_message", None),
        (b"camt.053.001.08", b"camt.053.001.01", "wrong_message", None),
        (b"camt.053.001.08", b"camt.053.001.15", "wrong_message", None),
        (b'<Amt Ccy="CNY">1.23', b'<Amt Ccy="HKD">1.23', "other_currency", '<Amt Ccy="HKD">1.23</Amt>'),
        (b"CLBD", b"ITBD", "missing_element", "<Stmt>"),
        (b"Stmt>", b"Rpt>", "missing_element", None),
        (b"<Id>S-1</Id>", b"", "missing_element", "<Stmt>"),
        (b"<Id>31050110001</Id>", b"<Id></Id>", "missing_element", "<Acct>"),
        (b">1.23<", b">1.2.3<", "bad_value", '<Amt Ccy="CNY">1.2.3</Amt>'),
    ],
)
def test_a_file_that_is_no_statement_in_yuan_is_refused(right: bytes, wrong: bytes, code: str, at: str | None) -> None:
    content = _file()
    assert right in content

    found, line = _refusal(content.replace(right, wrong))

    assert found == code and at in (None, line)


def test_nothing_is_read_from_outside_the_file() -> None:
    harm = b'<!DOCTYPE Document [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    content = _file().replace(b"<Document", harm + b"<Document").replace(b"<Id>S-1</Id>", b"<Id>&secret;</Id>")

    with pytest.raises(Unreadable, match="DOCTYPE"):
        read(content)


def test_several_days_in_one_file_are_several_statements() -> None:
    content = _file()
    start, end = content.index(b"<Stmt>"), content.index(b"</BkToCstmrStmt>")
    next_day = content[start:end].replace(b"S-1", b"S-2").replace(b"2026-04-02", b"2026-04-03")

    statements = read(content[:end] + next_day + content[end:])

    assert [(each.identification, each.closed_on) for each in statements] == [("S-1", DAY), ("S-2", date(2026, 4, 3))]
