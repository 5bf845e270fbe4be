"""The only way into the books: a list of entries becomes rows, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.stamps import Stamp
from ledger import selectors
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.models import LedgerAccount, Transfer

#: From this many rows on, PostgreSQL takes them by COPY.
COPY_FROM_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One transfer to be: ``fen`` > 0 from ``debit`` to ``credit``. ``key`` is unique for ever."""

    key: str
    event: Event
    debit: AccountName
    credit: AccountName
    fen: int
    subject: int | None = None
    reverses: int | None = None
    settles: date | None = None


def post(*, entries: Sequence[Entry], act: str, day: date, stamp: Stamp) -> None:
    """Book ``entries``, caused by ``act`` ("move:17"), that happened on ``day``.

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
            act=act,
            reverses_id=entry.reverses,
            debit_id=accounts[str(entry.debit)],
            credit_id=accounts[str(entry.credit)],
            fen=entry.fen,
            occurred_on=day,
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
                insert(rows)
            return
        except IntegrityError as error:
            if not month_was_closed(error):
                raise


def month_was_closed(error: IntegrityError) -> bool:
    return "transfer month is closed" in str(error)


def insert(rows: list[Transfer]) -> None:
    """Insert rows in one statement: COPY for many on PostgreSQL, INSERT otherwise."""
    if connection.vendor == "postgresql" and len(rows) >= COPY_FROM_ROWS:
        copy(rows)
    else:
        Transfer.objects.bulk_create(rows, batch_size=1_000 if connection.vendor == "postgresql" else 500)


def copy(rows: Iterable[Transfer]) -> None:
    fields = [field for field in Transfer._meta.concrete_fields if not field.primary_key]
    names = ", ".join(field.column for field in fields)
    now = timezone.now()
    with connection.cursor() as cursor, cursor.copy(f"COPY {Transfer._meta.db_table} ({names}) FROM STDIN") as target:
        for row in rows:
            row.recorded_at = now
            target.write_row([getattr(row, field.attname) for field in fields])


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
