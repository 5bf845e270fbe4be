"""What the elements of a bank's file say, and where they stand when they cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from lxml import etree

from ledger.banking.amounts import CURRENCY, fen_of

NOT_XML, OTHER_CURRENCY = "not_xml", "other_currency"
MISSING_ELEMENT, BAD_VALUE = "missing_element", "bad_value"

Value = TypeVar("Value")


class Unreadable(ValueError):
    """The file cannot be taken. ``code`` says why, ``line`` where (0: the whole file), ``detail`` what stands there."""

    def __init__(self, code: str, line: int, detail: str) -> None:
        self.code, self.line, self.detail = code, line, detail
        super().__init__(f"line {line}: {code}: {detail}")


def parsed(content: bytes) -> etree._Element:
    """Statements have no document type, so one that has may only mean harm; nothing outside is ever fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(NOT_XML, error.lineno or 0, error.msg or "") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable(NOT_XML, 1, "DOCTYPE")
    return root


def source_of(content: bytes) -> str:
    """Return the text of a file that can be parsed, whatever its encoding. Raises Unreadable."""
    return content.decode(parsed(content).getroottree().docinfo.encoding or "utf-8")


def need(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(f"{{*}}{name}")
    if found is None:
        raise Unreadable(MISSING_ELEMENT, line_of(parent), name)
    return found


def said(element: etree._Element, *paths: str) -> str:
    """Return the text at the first of these paths that has one, empty for none."""
    return next(filter(None, (text_of(found) for path in paths for found in element.findall(path))), "")


def fen_in(amount: etree._Element) -> int:
    currency = str(amount.get("Ccy", ""))
    if currency != CURRENCY:
        raise Unreadable(OTHER_CURRENCY, line_of(amount), currency)
    return valued(amount, fen_of)


def day_in(element: etree._Element) -> date:
    """Return the day, or that of the moment, as the bank writes it; a time zone may follow either."""
    moment = element.find("{*}DtTm")
    return valued(need(element, "Dt") if moment is None else moment, lambda text: date.fromisoformat(text[:10]))


def valued(element: etree._Element, read_text: Callable[[str], Value]) -> Value:
    """Return what the element's text means. Raises Unreadable when it means nothing."""
    text = text_of(element)
    try:
        return read_text(text)
    except (ValueError, KeyError) as error:
        raise Unreadable(BAD_VALUE, line_of(element), text) from error


def text_of(element: etree._Element) -> str:
    return (element.text or "").strip()


def line_of(element: etree._Element) -> int:
    return element.sourceline or 0
