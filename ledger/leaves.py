"""What is sealed of a transfer: one line of ASCII JSON that any language can write again.

The members stand in the order of :data:`FIELDS`, without blanks. Accounts and the row that is reversed are named by
their codes and keys, never by a database's ids; days are ISO dates, months their first day, the moment it was recorded
is UTC to the microsecond. The hash of a leaf is SHA-256 over a zero byte and this line (RFC 6962).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple


class Leaf(NamedTuple):
    """The sealed fields of one transfer; ``fen`` in fen, ``recorded_by`` the number of a user."""

    key: str
    event: str
    subject: int | None
    act: str
    reverses: str | None
    debit: str
    credit: str
    fen: int
    occurred_on: date
    booked_on: date
    period: date
    settles: date | None
    recorded_by: int | None
    recorded_at: datetime


FIELDS = Leaf._fields
_LINE = "{" + ",".join(f'"{name}":%s' for name in FIELDS) + "}"


def leaf_line(leaf: Leaf) -> bytes:
    """Return the line that is sealed, without a line break."""
    return (
        _LINE
        % (
            quoted(leaf.key),
            quoted(leaf.event),
            _number(leaf.subject),
            quoted(leaf.act),
            "null" if leaf.reverses is None else quoted(leaf.reverses),
            quoted(leaf.debit),
            quoted(leaf.credit),
            leaf.fen,
            _day(leaf.occurred_on),
            _day(leaf.booked_on),
            _day(leaf.period),
            "null" if leaf.settles is None else _day(leaf.settles),
            _number(leaf.recorded_by),
            f'"{moment_text(leaf.recorded_at)}"',
        )
    ).encode("ascii")


def moment_text(moment: datetime) -> str:
    """Return "2026-10-01T16:05:00.000000Z"."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


@lru_cache(maxsize=4096)
def _day(day: date) -> str:
    """Few days, many rows: each is written once."""
    return f'"{day}"'


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)
