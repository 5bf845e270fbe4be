"""A plain-text journal of the four-legged view, which Debian's hledger checks and adds up.

One commodity, CNY. Accounts are ours with colons: 310106:education:cost, and 310106:due:310112 for what is due with
another authority. Transactions stand in the order they were booked in, which hledger wants, under the day booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from ledger.exports.blocks import encoded
from ledger.exports.extract import Row
from ledger.months import month_text

COMMODITY = "CNY"
HEAD = f"""\
; Each transaction is one transfer, under the day it was booked; its code is the transfer's number.
decimal-mark .
commodity 1000.00 {COMMODITY}
"""


def blocks(rows: Iterable[Row]) -> Iterator[bytes]:
    return encoded(_texts(rows))


def _texts(rows: Iterable[Row]) -> Iterator[str]:
    """Write the transactions, and declare at the end the accounts they used, for ``hledger check --strict``."""
    yield HEAD
    accounts: set[str] = set()
    for row in rows:
        accounts.update(leg.code for leg in row.legs)
        yield _transaction(row)
    yield "\n"
    yield from (f"account {account_name(code)}\n" for code in sorted(accounts))


def _transaction(row: Row) -> str:
    tags = ", ".join(f"{name}:{_plain(value)}" for name, value in _tags(row).items() if value)
    postings = "".join(f"    {account_name(leg.code)}  {_amount(leg.fen)}\n" for leg in row.legs)
    return f"\n{row.booked_on} ({row.number}) {row.event}  ; {tags}\n{postings}"


def _tags(row: Row) -> dict[str, str]:
    return {
        "event": row.event,
        "voucher": row.voucher,
        "subject": str(row.subject or ""),
        "period": month_text(row.period),
        "settles": month_text(row.settles) if row.settles else "",
        "happened": str(row.occurred_on),
        "reverses": str(row.reverses or ""),
        "key": row.key,
    }


def account_name(code: str) -> str:
    return ":".join(_plain(part) for part in code.split("/"))


def _plain(text: str) -> str:
    """Write text without anything that hledger reads as its own: %2C for a comma, %0A for the end of a line."""
    return quote(text, safe="/@+")


def _amount(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d} {COMMODITY}"
