"""A statement in words: what pages and files lay out, row by row, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Authority
from accounts.words import in_words, month_in_words
from ledger import subjects
from ledger.events import EVENTS
from ledger.months import month_text
from ledger.statements import Dues, Hub, Line, Statement


class RowKind(StrEnum):
    OPENING = "opening"
    LINE = "line"
    MOVED = "moved"
    CLOSING = "closing"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row with its amount in fen: above zero it is to be received, below zero to be paid."""

    kind: RowKind
    what: str
    fen: int
    programme: str = ""
    line: Line | None = None

    @property
    def belongs_to(self) -> date | None:
        return self.line.belongs_to if self.line else None

    @property
    def transfers(self) -> int | None:
        return self.line.transfers if self.line else None


@dataclass(frozen=True, kw_only=True)
class Section:
    """The rows of one account, from its opening to its closing; ``counterpart`` is None for the hub and the totals."""

    code: str
    title: str
    rows: tuple[Row, ...]
    counterpart: Authority | None = None

    @property
    def closing_fen(self) -> int:
        return self.rows[-1].fen


@dataclass(frozen=True, kw_only=True)
class Document:
    """``facts`` are label and value of what the statement is of and what holds us to it."""

    statement: Statement
    title: str
    name: str
    sections: tuple[Section, ...]
    totals: Section | None
    facts: tuple[tuple[str, str], ...]

    @property
    def all_sections(self) -> tuple[Section, ...]:
        return (*self.sections, self.totals) if self.totals else self.sections


def document(statement: Statement, *, names: Mapping[str, Authority]) -> Document:
    """Put a statement into words; ``names`` are the authorities by code."""
    own, month = in_words(names[statement.authority]), month_in_words(statement.month)
    parts = [month_text(statement.month), statement.authority]
    title = _("Statement of %(authority)s for %(month)s") % {"authority": own, "month": month}
    if statement.hub is None:
        (due,) = statement.dues
        parts.append(due.counterpart)
        pair = {"authority": own, "month": month, "counterpart": in_words(names[due.counterpart])}
        title = _("Statement of %(authority)s with %(counterpart)s for %(month)s") % pair
    return Document(
        statement=statement,
        title=title,
        name="-".join(["statement", *parts]),
        sections=tuple(_sections(statement, names=names)),
        totals=_totals(statement) if statement.hub is not None else None,
        facts=tuple(_facts(statement)),
    )


def _sections(statement: Statement, *, names: Mapping[str, Authority]) -> Iterator[Section]:
    programmes = subjects.programmes()
    for due in statement.dues:
        counterpart = names[due.counterpart]
        yield Section(
            code=due.counterpart,
            title=in_words(counterpart),
            rows=tuple(_dues_rows(due, programmes=programmes)),
            counterpart=counterpart,
        )
    if statement.hub is not None:
        yield Section(code="hub", title=_("Settlement hub"), rows=tuple(_hub_rows(statement.hub)))


def _dues_rows(due: Dues, *, programmes: Mapping[str, object]) -> Iterator[Row]:
    yield Row(kind=RowKind.OPENING, what=_("Opening balance"), fen=due.opening_fen)
    for line in due.lines:
        yield Row(
            kind=RowKind.LINE,
            what=str(EVENTS[line.event].label) if line.event in EVENTS else line.event,
            fen=line.fen_for(due.authority),
            programme=in_words(programmes.get(line.programme, line.programme)),
            line=line,
        )
    yield from _moved(_("Netted: moved to the settlement hub"), due.netted_fen)
    yield from _moved(_("Moved by a takeover"), due.taken_over_fen)
    yield Row(kind=RowKind.CLOSING, what=_("Closing balance"), fen=due.closing_fen)


def _hub_rows(hub: Hub) -> Iterator[Row]:
    yield Row(kind=RowKind.OPENING, what=_("Opening balance"), fen=hub.opening_fen)
    yield from _moved(_("Netted: moved from the counterparts"), hub.netted_fen)
    yield from _moved(_("Paid"), hub.paid_fen)
    yield from _moved(_("Moved by a takeover"), hub.taken_over_fen)
    yield Row(kind=RowKind.CLOSING, what=_("Closing balance"), fen=hub.closing_fen)


def _totals(statement: Statement) -> Section:
    """Return what the accounts with all counterparts add up to."""
    rows = (
        Row(kind=RowKind.OPENING, what=_("Opening balance"), fen=statement.opening_fen),
        Row(kind=RowKind.MOVED, what=_("To receive from this month"), fen=statement.to_receive_fen),
        Row(kind=RowKind.MOVED, what=_("To pay from this month"), fen=-statement.to_pay_fen),
        *_moved(_("Netted: moved to the settlement hub"), statement.netted_fen),
        *_moved(_("Moved by a takeover"), statement.taken_over_fen),
        Row(kind=RowKind.CLOSING, what=_("Closing balance"), fen=statement.closing_fen),
    )
    return Section(code="total", title=_("All counterparts together"), rows=rows)


def _moved(what: str, fen: int) -> Iterator[Row]:
    if fen:
        yield Row(kind=RowKind.MOVED, what=what, fen=fen)


def _facts(statement: Statement) -> Iterator[tuple[str, str]]:
    proof, none = statement.proof, pgettext("a fact", "none yet")
    yield _("Month"), month_text(statement.month)
    yield _("Tree head, number"), str(proof.head or none)
    yield _("Tree head, transfers sealed"), str(proof.size or none)
    yield _("Tree head, root"), proof.root or none
    yield _("Tree head, key"), proof.kid or none
    yield _("SHA-256 of all figures of this month"), proof.payload or none
