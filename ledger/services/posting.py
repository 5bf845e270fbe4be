"""The only way into the books: a list of entries becomes rows, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.bulk import insert_values
from accounts.locks import Lock, share, take
from accounts.stamps import Stamp
from ledger import selectors
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.models import LedgerAccount, Transfer


class Entry(NamedTuple):
    """One transfer to be: ``fen`` > 0 from ``debit`` to ``credit``.

    ``key`` is unique for ever; ``act`` ("move:17") caused it; ``day`` is the day it happened.
    """

    key: str
    event: Event
    act: str
    day: date
    debit: AccountName
    credit: AccountName
    fen: int
    subject: int | None = None
    reverses: int | None = None
    settles: date | None = None


#: The attributes of a transfer in the order of :func:`_values`; the month comes last, since a closing may change it.
COLUMNS = (
    "key",
    "event",
    "act",
    "occurred_on",
    "debit_id",
    "credit_id",
    "fen",
    "subject",
    "reverses_id",
    "settles",
    "booked_on",
    "recorded_by_id",
    "recorded_at",
    "period",
)


def post(*, entries: Sequence[Entry], stamp: Stamp) -> None:
    """Book ``entries``, all or none.

    Rows fall in the month they are booked in, or in the first open one. Raises IntegrityError when the database
    refuses one of them; then none is booked.
    """
    if not entries:
        return
    accounts = ensure_accounts({name for entry in entries for name in (entry.debit, entry.credit)})
    rest = (stamp.booked_on, stamp.by.pk if stamp.by else None, timezone.now())
    insert_in_open_month(
        [
            (
                entry.key,
                entry.event.code,
                entry.act,
                entry.day,
                accounts[entry.debit],
                accounts[entry.credit],
                entry.fen,
                entry.subject,
                entry.reverses,
                entry.settles,
                *rest,
            )
            for entry in entries
        ],
        day=stamp.booked_on,
    )


def insert_in_open_month(rows: Sequence[tuple[Any, ...]], *, day: date) -> None:
    """Insert rows into the month of ``day``; when a closing wins the race, into the next open one."""
    while True:
        month = selectors.open_month(day=day)
        try:
            with transaction.atomic():
                insert_values(Transfer, columns=COLUMNS, rows=[(*row, month) for row in rows])
            return
        except IntegrityError as error:
            if not month_was_closed(error):
                raise


def share_open_months() -> None:
    """Keep closings waiting until this transaction ends. Take it before any other lock, or the two may cross."""
    share(Lock.CLOSING)


def stop_postings() -> None:
    """Wait until every posting under way has ended, and keep others waiting until this transaction ends."""
    take(Lock.CLOSING)


def lock_month(month: date) -> None:
    """Keep others from netting ``month`` or holding its rows back until this transaction ends."""
    take(Lock.MONTH, of=month.year * 12 + month.month)


def month_was_closed(error: IntegrityError) -> bool:
    return "transfer month is closed" in str(error)


def ensure_accounts(names: Collection[AccountName]) -> dict[AccountName, int]:
    """Return the account of each name, opening those that are new; two who open one at once share it."""
    codes = {str(name): name for name in names}
    found = selectors.accounts_by_code(codes)
    if len(found) < len(codes):
        _open_missing(codes)
        found = selectors.accounts_by_code(codes)
    return {name: found[code] for code, name in codes.items()}


@transaction.atomic
def _open_missing(codes: Mapping[str, AccountName]) -> None:
    """Open what is still missing. SQLite, which takes no second account of a code, has one writer from here on."""
    found = selectors.accounts_by_code(codes)
    missing = [
        LedgerAccount(
            code=code, authority_id=name.authority, kind=name.kind, programme=name.programme, party=name.party
        )
        for code, name in sorted(codes.items())
        if code not in found
    ]
    LedgerAccount.objects.bulk_create(missing, ignore_conflicts=True)
