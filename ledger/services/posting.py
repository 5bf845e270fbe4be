"""The only way into the books: a list of entries becomes rows, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, connection, transaction

from accounts.bulk import insert_many
from accounts.stamps import Stamp
from ledger import selectors
from ledger.events import Event
from ledger.guards import CLOSING_LOCK
from ledger.kinds import AccountName
from ledger.models import LedgerAccount, Transfer


@dataclass(frozen=True, kw_only=True)
class Entry:
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


def post(*, entries: Sequence[Entry], stamp: Stamp) -> None:
    """Book ``entries``, all or none.

    Rows fall in the month they are booked in, or in the first open one. Raises IntegrityError when the database
    refuses one of them; then none is booked.
    """
    if not entries:
        return
    accounts = ensure_accounts(name for entry in entries for name in (entry.debit, entry.credit))
    rows = [
        Transfer(
            key=entry.key,
            event=entry.event.code,
            subject=entry.subject,
            act=entry.act,
            reverses_id=entry.reverses,
            debit_id=accounts[str(entry.debit)],
            credit_id=accounts[str(entry.credit)],
            fen=entry.fen,
            occurred_on=entry.day,
            booked_on=stamp.booked_on,
            settles=entry.settles,
            recorded_by=stamp.by,
        )
        for entry in entries
    ]
    insert_in_open_month(rows, day=stamp.booked_on)


def insert_in_open_month(rows: list[Transfer], *, day: date) -> None:
    """Insert rows into the month of ``day``; when a closing wins the race, into the next open one."""
    while True:
        month = selectors.open_month(day=day)
        for row in rows:
            row.period = month
        try:
            with transaction.atomic():
                insert_many(rows)
            return
        except IntegrityError as error:
            if not month_was_closed(error):
                raise


def share_open_months() -> None:
    """Keep closings waiting until this transaction ends. Take it before any other lock, or the two may cross."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CLOSING_LOCK])


def month_was_closed(error: IntegrityError) -> bool:
    return "transfer month is closed" in str(error)


def ensure_accounts(names: Iterable[AccountName]) -> dict[str, int]:
    """Return the account of each name by code, opening those that are new; two who open one at once share it."""
    wanted = {str(name): name for name in names}
    found = selectors.accounts_by_code(wanted)
    missing = [
        LedgerAccount(code=code, authority_id=name.authority, kind=name.kind, programme=name.programme, party=name.party)
        for code, name in sorted(wanted.items())
        if code not in found
    ]
    if not missing:
        return found
    LedgerAccount.objects.bulk_create(missing, ignore_conflicts=True)
    return selectors.accounts_by_code(wanted)
