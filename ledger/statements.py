"""A month's statement of an authority, as one value: whatever shows it shows these figures. Values in, values out.

Signs are the authority's own: above zero it is owed, below zero it owes. So the two statements of a pair mirror each
other, and what all authorities state adds up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ledger.months import month_text


@dataclass(frozen=True, kw_only=True, order=True)
class Line:
    """What ``debtor`` owes ``creditor`` from ``month`` for one event and programme, in fen, out of so many transfers.

    ``belongs_to`` is the month in which it happened: an earlier one when it was recorded late.
    """

    month: date
    debtor: str
    creditor: str
    event: str
    programme: str
    belongs_to: date
    fen: int
    transfers: int

    @property
    def key(self) -> tuple[date, str, str, str, str, date]:
        """What tells it from every other line."""
        return self.month, self.debtor, self.creditor, self.event, self.programme, self.belongs_to

    def fen_for(self, authority: str) -> int:
        """Return the amount as ``authority`` sees it: above zero it is owed, below zero it owes."""
        return self.fen if authority == self.creditor else -self.fen

    @property
    def is_late(self) -> bool:
        return self.belongs_to < self.month


@dataclass(frozen=True, kw_only=True)
class Dues:
    """The account of an authority with one counterpart through one month, in fen.

    ``netted_fen`` went to the hub this month, of earlier months' dues; ``taken_over_fen`` came or went with a book that
    another authority took over.
    """

    authority: str
    counterpart: str
    opening_fen: int = 0
    lines: tuple[Line, ...] = ()
    netted_fen: int = 0
    taken_over_fen: int = 0

    @property
    def to_receive_fen(self) -> int:
        return sum(line.fen for line in self.lines if line.creditor == self.authority)

    @property
    def to_pay_fen(self) -> int:
        return sum(line.fen for line in self.lines if line.debtor == self.authority)

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + self.to_receive_fen - self.to_pay_fen + self.netted_fen + self.taken_over_fen


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The account of an authority with the settlement hub through one month, in fen."""

    opening_fen: int = 0
    netted_fen: int = 0
    paid_fen: int = 0
    taken_over_fen: int = 0

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + self.netted_fen + self.paid_fen + self.taken_over_fen


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What holds us to a statement: the head of the tree that seals its month, and the hash of what was issued.

    Zero and empty while the month is not sealed, or its statements are not issued.
    """

    head: int = 0
    size: int = 0
    root: str = ""
    kid: str = ""
    payload: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One authority's month. Every total is the sum of what stands above it."""

    month: date
    authority: str
    dues: tuple[Dues, ...] = ()
    hub: Hub | None = Hub()
    proof: Proof = Proof()

    @property
    def lines(self) -> list[Line]:
        return [line for due in self.dues for line in due.lines]

    @property
    def opening_fen(self) -> int:
        return sum(due.opening_fen for due in self.dues)

    @property
    def to_receive_fen(self) -> int:
        return sum(due.to_receive_fen for due in self.dues)

    @property
    def to_pay_fen(self) -> int:
        return sum(due.to_pay_fen for due in self.dues)

    @property
    def netted_fen(self) -> int:
        return sum(due.netted_fen for due in self.dues)

    @property
    def taken_over_fen(self) -> int:
        return sum(due.taken_over_fen for due in self.dues)

    @property
    def closing_fen(self) -> int:
        return sum(due.closing_fen for due in self.dues)

    @property
    def is_empty(self) -> bool:
        return not self.dues and self.hub in (None, Hub())

    def with_counterpart(self, code: str) -> Statement:
        """Return the statement of the pair: the account with this one alone, and nothing of the hub."""
        dues = tuple(due for due in self.dues if due.counterpart == code)
        return replace(self, dues=dues or (Dues(authority=self.authority, counterpart=code),), hub=None)


def payload(month: date, statements: Iterable[Statement]) -> dict[str, object]:
    """Return all figures of a month's statements, each once: what is hashed, and what was issued."""
    dues = [due for statement in statements for due in statement.dues if due.authority < due.counterpart]
    hubs = [(statement.authority, statement.hub) for statement in statements if statement.hub]
    return {
        "month": month_text(month),
        "dues": [
            {
                "authority": due.authority,
                "counterpart": due.counterpart,
                "opening_fen": due.opening_fen,
                "netted_fen": due.netted_fen,
                "taken_over_fen": due.taken_over_fen,
                "closing_fen": due.closing_fen,
            }
            for due in dues
        ],
        "lines": [_plain(line) for line in sorted(line for due in dues for line in due.lines)],
        "hub": [
            {
                "authority": authority,
                "opening_fen": hub.opening_fen,
                "netted_fen": hub.netted_fen,
                "paid_fen": hub.paid_fen,
                "taken_over_fen": hub.taken_over_fen,
                "closing_fen": hub.closing_fen,
            }
            for authority, hub in hubs
        ],
    }


def _plain(line: Line) -> dict[str, object]:
    return {
        "debtor": line.debtor,
        "creditor": line.creditor,
        "event": line.event,
        "programme": line.programme,
        "belongs_to": month_text(line.belongs_to),
        "fen": line.fen,
        "transfers": line.transfers,
    }
