"""What is sealed of a transfer: one line of ASCII JSON that any language can write again.

The members stand in the order of :data:`FIELDS`, without blanks. Accounts and the row that is reversed are named by
their codes and keys, never by a database's ids; days are ISO dates, months their first day, the moment it was recorded
is UTC to the microsecond. The hash of a leaf is SHA-256 over a zero byte and this line (RFC 6962).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

FIELDS = (
    "key",
    "event",
    "subject",
    "act",
    "reverses",
    "debit",
    "credit",
    "fen",
    "occurred_on",
    "booked_on",
    "period",
    "settles",
    "recorded_by",
    "recorded_at",
)
_LINE = "{" + ",".join(f'"{name}":%s' for name in FIELDS) + "}"

#: The hash of each leaf ``transfer_id`` by PostgreSQL, ``plain`` where all texts are printable ASCII: what is beyond
#: that stays as it is in this line, so its hash is another one.
HASHES_SQL = r"""
    SELECT transfer_id, plain, sha256('\x00'::bytea || textsend(line)) AS hash
      FROM (SELECT t.id AS transfer_id, row_to_json(leaf)::text AS line,
                   concat(t.key, t.event, t.act, r.key, d.code, c.code) COLLATE "C" !~ '[^ -~]' AS plain
              FROM ledger_transfer t
              LEFT JOIN ledger_ledgeraccount d ON d.id = t.debit_id
              LEFT JOIN ledger_ledgeraccount c ON c.id = t.credit_id
              LEFT JOIN ledger_transfer r ON r.id = t.reverses_id
             CROSS JOIN LATERAL (
                   SELECT t.key, t.event, t.subject, t.act, r.key AS reverses,
                          coalesce(d.code, '') AS debit, coalesce(c.code, '') AS credit,
                          t.fen, t.occurred_on, t.booked_on, t.period, t.settles, t.recorded_by_id AS recorded_by,
                          to_char(t.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at
                   ) leaf) lines
"""


def leaf_writer(codes: Mapping[int, str]) -> Callable[[tuple[Any, ...]], bytes]:
    """Return what writes the line of a row: the values of :data:`FIELDS`, accounts by their numbers in ``codes``.

    The moment comes as :func:`moment_text` writes it. The line has no line break at its end. An account that is gone
    has the empty code.
    """
    accounts, days = _Accounts({number: quoted(code) for number, code in codes.items()}), _Days()

    def write(row: tuple[Any, ...]) -> bytes:
        key, event, subject, act, reverses, debit, credit, fen, occurred, booked, period, settles, author, moment = row
        return (
            _LINE
            % (
                quoted(key),
                quoted(event),
                "null" if subject is None else subject,
                quoted(act),
                "null" if reverses is None else quoted(reverses),
                accounts[debit],
                accounts[credit],
                fen,
                days[occurred],
                days[booked],
                days[period],
                days[settles],
                "null" if author is None else author,
                f'"{moment}"',
            )
        ).encode("ascii")

    return write


def moment_text(moment: datetime) -> str:
    """Return "2026-10-01T16:05:00.000000Z"."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


class _Accounts(dict[int, str]):
    def __missing__(self, number: int) -> str:
        return '""'


class _Days(dict[date | None, str]):
    """Few days, many rows: each is written once."""

    def __missing__(self, day: date | None) -> str:
        text = self[day] = "null" if day is None else f'"{day}"'
        return text
