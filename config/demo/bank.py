"""A make-believe bank: it reads payment orders and answers with the statement of one account, right or as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from lxml import etree

from ledger.banking.amounts import CURRENCY, amount_text, fen_of

VERSIONS = tuple(f"{number:02d}" for number in range(2, 15))


class Part(NamedTuple):
    """A payment inside a booking, with who is on the other side."""

    end_to_end_id: str
    fen: int
    name: str
    number: str
    text: str


class Booking(NamedTuple):
    reference: str
    fen: int
    credit: bool
    day: date
    parts: tuple[Part, ...]
    reversal: bool = False
    status: str = "BOOK"

    @property
    def signed_fen(self) -> int:
        return 0 if self.status != "BOOK" else self.fen if self.credit else -self.fen


Fault = Callable[[Booking], list[Booking]]


def answer(order: bytes, *, account: str, faults: Mapping[str, Fault] | None = None) -> list[Booking]:
    """Return what the bank books on ``account`` for an order; ``faults`` go by end-to-end id."""
    right = _bookings(order, account)
    wrong = faults or {}
    return [booked for booking in right for booked in wrong.get(booking.parts[0].end_to_end_id, _as_ordered)(booking)]


def in_one_batch(bookings: Iterable[Booking], *, reference: str) -> Booking:
    """Book several payments of one direction as one line, as banks do with salaries."""
    first, *_ = several = list(bookings)
    parts = tuple(part for booking in several for part in booking.parts)
    return first._replace(reference=reference, fen=sum(part.fen for part in parts), parts=parts)


def _as_ordered(booking: Booking) -> list[Booking]:
    return [booking]


def lost(booking: Booking) -> list[Booking]:
    return []


def of_amount(fen: int) -> Fault:
    return lambda booking: [booking._replace(fen=fen, parts=(booking.parts[0]._replace(fen=fen),))]


def twice(booking: Booking) -> list[Booking]:
    return [booking, booking._replace(reference=f"{booking.reference}-AGAIN")]


def given_back(booking: Booking) -> list[Booking]:
    back = booking._replace(reference=f"{booking.reference}-BACK", credit=not booking.credit, reversal=True)
    return [booking, back]


def days_later(days: int) -> Fault:
    return lambda booking: [booking._replace(day=booking.day + timedelta(days=days))]


def with_other(number: str) -> Fault:
    return lambda booking: [booking._replace(parts=(booking.parts[0]._replace(number=number),))]


def unnamed(booking: Booking) -> list[Booking]:
    return [booking._replace(parts=(booking.parts[0]._replace(end_to_end_id="NOTPROVIDED"),))]


def statement(
    bookings: Iterable[Booking], *, account: str, opening_fen: int, day: date, version: str = "08", name: str = "S-1"
) -> bytes:
    """Return the camt.053 file of one account and day."""
    bookings = list(bookings)
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    document = etree.Element("Document", xmlns=namespace)
    report = etree.SubElement(document, "BkToCstmrStmt")
    _fill(report, {"GrpHdr": {"MsgId": f"M-{name}", "CreDtTm": f"{day}T20:00:00"}})
    held = etree.SubElement(report, "Stmt")
    _fill(held, {"Id": name, "CreDtTm": f"{day}T20:00:00", "Acct": {"Id": {"Othr": {"Id": account}}, "Ccy": CURRENCY}})
    _balance(held, "OPBD", opening_fen, day)
    _balance(held, "CLBD", opening_fen + sum(booking.signed_fen for booking in bookings), day)
    for booking in bookings:
        _entry(held, booking, version)
    return etree.tostring(document, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _bookings(order: bytes, account: str) -> list[Booking]:
    found: list[Booking] = []
    for block in etree.fromstring(order).iterfind(".//{*}PmtInf"):
        debtor, day = _said(block, "DbtrAcct//{*}Othr/{*}Id"), date.fromisoformat(_said(block, "ReqdExctnDt/{*}Dt"))
        for payment in block.iterfind("{*}CdtTrfTxInf"):
            creditor = _said(payment, "CdtrAcct//{*}Othr/{*}Id")
            if account in (debtor, creditor):
                credit = account == creditor
                other = _said(block, "Dbtr/{*}Nm") if credit else _said(payment, "Cdtr/{*}Nm")
                part = Part(
                    end_to_end_id=_said(payment, "PmtId/{*}EndToEndId"),
                    fen=fen_of(_said(payment, "Amt/{*}InstdAmt")),
                    name=other,
                    number=debtor if credit else creditor,
                    text=_said(payment, "RmtInf/{*}Ustrd"),
                )
                found.append(Booking(f"R{len(found) + 1}", part.fen, credit, day, (part,)))
    return found


def _said(element: etree._Element, path: str) -> str:
    return element.findtext(f"{{*}}{path}") or ""


def _balance(parent: etree._Element, code: str, fen: int, day: date) -> None:
    side = "CRDT" if fen >= 0 else "DBIT"
    balance = etree.SubElement(parent, "Bal")
    _fill(balance, {"Tp": {"CdOrPrtry": {"Cd": code}}})
    _amount(balance, abs(fen))
    _fill(balance, {"CdtDbtInd": side, "Dt": {"Dt": day.isoformat()}})


def _entry(parent: etree._Element, booking: Booking, version: str) -> None:
    """Version 03 moved the amounts of parts; 07 made the status a code and says of what kind a party is."""
    side = "CRDT" if booking.credit else "DBIT"
    entry = etree.SubElement(parent, "Ntry")
    _fill(entry, {"NtryRef": booking.reference})
    _amount(entry, booking.fen)
    _fill(entry, {"CdtDbtInd": side, **({"RvslInd": "true"} if booking.reversal else {})})
    _fill(entry, {"Sts": {"Cd": booking.status} if version >= "07" else booking.status})
    _fill(entry, {"BookgDt": {"Dt": booking.day.isoformat()}, "ValDt": {"Dt": booking.day.isoformat()}})
    _fill(entry, {"BkTxCd": {"Prtry": {"Cd": "TRF"}}})
    details = etree.SubElement(entry, "NtryDtls")
    role = "Cdtr" if booking.credit == booking.reversal else "Dbtr"
    for part in booking.parts:
        payment = etree.SubElement(details, "TxDtls")
        _fill(payment, {"Refs": {"EndToEndId": part.end_to_end_id}})
        if version < "03":
            _amount(etree.SubElement(etree.SubElement(payment, "AmtDtls"), "TxAmt"), part.fen)
        else:
            _amount(payment, part.fen)
            _fill(payment, {"CdtDbtInd": side})
        party = {"Pty": {"Nm": part.name}} if version >= "07" else {"Nm": part.name}
        _fill(payment, {"RltdPties": {role: party, f"{role}Acct": {"Id": {"Othr": {"Id": part.number}}}}})
        _fill(payment, {"RmtInf": {"Ustrd": part.text}})


def _amount(parent: etree._Element, fen: int) -> None:
    etree.SubElement(parent, "Amt", Ccy=CURRENCY).text = amount_text(fen)


Content = str | Mapping[str, "Content"]


def _fill(parent: etree._Element, content: Mapping[str, Content]) -> None:
    for name, inside in content.items():
        element = etree.SubElement(parent, name)
        if isinstance(inside, str):
            element.text = inside
        else:
            _fill(element, inside)
