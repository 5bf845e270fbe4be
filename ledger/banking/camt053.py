"""A bank statement as banks send it: the smallest checked reader of ISO 20022 camt.053, versions 02 to 14.

A schema would refuse a whole file for one bad line, so none is asked. What must hold for a file is that it is a
statement in yuan whose opening balance, credits and debits make its closing balance. A line that cannot be used is
kept with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from lxml import etree

from ledger.banking.amounts import amount_text
from ledger.banking.elements import (
    MISSING_ELEMENT,
    Unreadable,
    day_in,
    fen_in,
    line_of,
    need,
    parsed,
    said,
    text_of,
    valued,
)

MESSAGE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(?:0[2-9]|1[0-4])\}Document", re.ASCII)
#: What banks write where whoever paid gave no end-to-end id.
NOT_PROVIDED = "NOTPROVIDED"
NUMBERS = ("{*}Id/{*}Othr/{*}Id", "{*}Id/{*}IBAN")
OPENING, CLOSING, BOOKED = ("OPBD", "PRCD"), ("CLBD",), "BOOK"

WRONG_MESSAGE, SUMS_DIFFER, DUPLICATE_ENTRY = "wrong_message", "sums_differ", "duplicate_entry"
NOT_BOOKED, DETAILS_DIFFER, AMOUNT_UNREADABLE = "not_booked", "details_differ", "amount_unreadable"


class Detail(NamedTuple):
    """One payment inside an entry; ``counterparty`` is who is on the other side, with the account's number."""

    end_to_end_id: str
    fen: int
    remittance: str
    counterparty: str
    counterparty_account: str


class Entry(NamedTuple):
    """One line of the statement. ``problem`` is the reason why its details cannot be used, empty for a good line.

    ``credit`` says that money arrived; an amount is never negative. A line that is not booked does not count. Where
    one amount cannot be read, it is what the balances leave for it.
    """

    line: int
    reference: str
    fen: int
    credit: bool
    reversal: bool
    booked_on: date | None
    valued_on: date | None
    details: tuple[Detail, ...]
    problem: str

    @property
    def signed_fen(self) -> int:
        return 0 if self.problem == NOT_BOOKED else self.fen if self.credit else -self.fen


class Statement(NamedTuple):
    """Booked balances at both ends, in fen, negative when overdrawn."""

    identification: str
    account: str
    opened_on: date
    closed_on: date
    opening_fen: int
    closing_fen: int
    entries: tuple[Entry, ...]


def read(content: bytes) -> list[Statement]:
    """Return the statements of a file, one for each account and day. Raises Unreadable."""
    root = parsed(content)
    if not MESSAGE.fullmatch(str(root.tag)):
        raise Unreadable(WRONG_MESSAGE, line_of(root), str(root.tag))
    report = need(root, "BkToCstmrStmt")
    statements = [_statement(element) for element in report.findall("{*}Stmt")]
    if not statements:
        raise Unreadable(MISSING_ELEMENT, line_of(report), "Stmt")
    return statements


def _statement(element: etree._Element) -> Statement:
    opening, closing = _balance(element, OPENING), _balance(element, CLOSING)
    entries = [_entry(entry, place) for place, entry in enumerate(element.findall("{*}Ntry"), start=1)]
    _check_references(entries)
    opening_fen, closing_fen = _signed(opening), _signed(closing)
    return Statement(
        identification=text_of(need(element, "Id")),
        account=_account(element),
        opened_on=day_in(need(opening, "Dt")),
        closed_on=day_in(need(closing, "Dt")),
        opening_fen=opening_fen,
        closing_fen=closing_fen,
        entries=tuple(_in_balance(entries, moved_fen=closing_fen - opening_fen, line=line_of(closing))),
    )


def _check_references(entries: Sequence[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.reference in seen:
            raise Unreadable(DUPLICATE_ENTRY, entry.line, entry.reference)
        seen.add(entry.reference)


def _in_balance(entries: Sequence[Entry], *, moved_fen: int, line: int) -> Iterator[Entry]:
    """Yield the entries, which have to move as much as the balances; one alone may stand for what is left over."""
    left_fen = moved_fen - sum(entry.signed_fen for entry in entries)
    unread = [entry for entry in entries if entry.problem == AMOUNT_UNREADABLE]
    if bool(left_fen) != bool(unread) or len(unread) > 1:
        raise Unreadable(SUMS_DIFFER, line, f"{'-' if left_fen < 0 else ''}{amount_text(abs(left_fen))}")
    for entry in entries:
        yield entry._replace(fen=abs(left_fen), credit=left_fen > 0) if entry in unread else entry


def _balance(statement: etree._Element, codes: Sequence[str]) -> etree._Element:
    """Return the first balance with the foremost of these codes."""
    for code in codes:
        for balance in statement.findall("{*}Bal"):
            if said(balance, "{*}Tp/{*}CdOrPrtry/{*}Cd") == code:
                return balance
    raise Unreadable(MISSING_ELEMENT, line_of(statement), f"Bal/{codes[0]}")


def _entry(element: etree._Element, place: int) -> Entry:
    booked = said(element, "{*}Sts/{*}Cd", "{*}Sts") == BOOKED
    entry = Entry(
        line=line_of(element),
        reference=said(element, "{*}NtryRef", "{*}AcctSvcrRef") or f"#{place}",
        fen=0,
        credit=True,
        reversal=said(element, "{*}RvslInd") in ("true", "1"),
        booked_on=_day_if_readable(element, "BookgDt"),
        valued_on=_day_if_readable(element, "ValDt"),
        details=(),
        problem=AMOUNT_UNREADABLE if booked else NOT_BOOKED,
    )
    with suppress(Unreadable):
        entry = entry._replace(fen=fen_in(need(element, "Amt")), credit=_is_credit(element))
        return _detailed(element, entry) if booked else entry
    return entry


def _detailed(element: etree._Element, entry: Entry) -> Entry:
    """Return the entry with its payments, or with the reason why they cannot be used."""
    other = "Cdtr" if entry.credit == entry.reversal else "Dbtr"
    try:
        day_in(need(element, "BookgDt"))
        return entry._replace(details=tuple(_details(element, fen=entry.fen, other=other)), problem="")
    except Unreadable as unreadable:
        return entry._replace(problem=unreadable.code)


def _details(entry: etree._Element, *, fen: int, other: str) -> Iterator[Detail]:
    """Yield the payments of an entry: itself where the bank gives none, else all those of a batch, which make its sum.

    ``other`` is the role of who is not the account's holder; in a reversal people keep the roles they had.
    """
    transactions = entry.findall("{*}NtryDtls/{*}TxDtls")
    if len(transactions) < 2:
        yield _detail(transactions[0] if transactions else entry, fen=fen, other=other)
        return
    details = [_detail(each, fen=_part_fen(each), other=other) for each in transactions]
    if sum(detail.fen for detail in details) != fen:
        raise Unreadable(DETAILS_DIFFER, line_of(entry), amount_text(fen))
    yield from details


def _detail(element: etree._Element, *, fen: int, other: str) -> Detail:
    end_to_end_id = said(element, "{*}Refs/{*}EndToEndId")
    parties = f"{{*}}RltdPties/{{*}}{other}"
    return Detail(
        end_to_end_id="" if end_to_end_id == NOT_PROVIDED else end_to_end_id,
        fen=fen,
        remittance=" ".join(text_of(part) for part in element.findall("{*}RmtInf/{*}Ustrd")),
        counterparty=said(element, f"{parties}/{{*}}Nm", f"{parties}/{{*}}Pty/{{*}}Nm"),
        counterparty_account=said(element, *(f"{parties}Acct/{number}" for number in NUMBERS)),
    )


def _part_fen(transaction: etree._Element) -> int:
    """Version 02 has the amount of a part below ``AmtDtls``, later ones beside it."""
    amount = transaction.find("{*}Amt")
    if amount is None:
        amount = transaction.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    if amount is None:
        raise Unreadable(MISSING_ELEMENT, line_of(transaction), "Amt")
    return fen_in(amount)


def _signed(balance: etree._Element) -> int:
    fen = fen_in(need(balance, "Amt"))
    return fen if _is_credit(balance) else -fen


def _is_credit(element: etree._Element) -> bool:
    side = need(element, "CdtDbtInd")
    return valued(side, {"CRDT": True, "DBIT": False}.__getitem__)


def _account(statement: etree._Element) -> str:
    account = need(statement, "Acct")
    number = said(account, *NUMBERS)
    if not number:
        raise Unreadable(MISSING_ELEMENT, line_of(account), "Acct/Id")
    return number


def _day_if_readable(entry: etree._Element, name: str) -> date | None:
    with suppress(Unreadable):
        return day_in(need(entry, name))
    return None
