"""The rows of an export: a month or all of them, of the whole city or of some authorities, one at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refused
from ledger import selectors, subjects
from ledger.models import Transfer
from ledger.models.transfers import TransferQuerySet
from ledger.months import month_text

ROWS_AT_A_TIME = 2_000

Item = TypeVar("Item")


class UnknownPeriod(Refused):
    code = "unknown_period"
    sentence = _("The ledger does not know the month %(month)s. It knows %(first)s to %(last)s.")


class Leg(NamedTuple):
    """One line of the accountant's journal: an account's code and fen, debits positive."""

    code: str
    fen: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One transfer as it is exported. ``legs`` are those of its two or four that the reader's books hold."""

    number: int
    event: str
    occurred_on: date
    booked_on: date
    period: date
    debit: str
    credit: str
    fen: int
    settles: date | None
    voucher: str
    subject: int | None
    reverses: int | None
    act: str
    key: str
    recorded_at: datetime
    legs: tuple[Leg, ...]


FIELDS = {
    "number": "pk",
    "event": "event",
    "occurred_on": "occurred_on",
    "booked_on": "booked_on",
    "period": "period",
    "debit": "debit__code",
    "credit": "credit__code",
    "fen": "fen",
    "settles": "settles",
    "subject": "subject",
    "reverses": "reverses_id",
    "act": "act",
    "key": "key",
    "recorded_at": "recorded_at",
}


@dataclass(frozen=True, kw_only=True)
class Extract:
    """What to export. ``books`` are the authorities whose accounts the journal shows; None means every one."""

    transfers: TransferQuerySet
    period: date | None
    books: Collection[str] | None

    @property
    def name(self) -> str:
        """A file's name without its ending: "ledger-2026-10", or "ledger" for all months."""
        return "ledger" if self.period is None else f"ledger-{month_text(self.period)}"

    def rows(self) -> Iterator[Row]:
        """Read the rows in the order they were booked in, a few at a time."""
        found = self.transfers.order_by("booked_on", "pk").values_list(*FIELDS.values())
        for batch in batches(found.iterator(chunk_size=ROWS_AT_A_TIME), ROWS_AT_A_TIME):
            rows = [dict(zip(FIELDS, values, strict=True)) for values in batch]
            vouchers = subjects.names_of({row["subject"] for row in rows if row["subject"] is not None})
            for row in rows:
                legs = tuple(leg for leg in legs_of(row["debit"], row["credit"], row["fen"]) if self._shows(leg))
                yield Row(**row, voucher=vouchers.get(row["subject"], ""), legs=legs)

    def _shows(self, leg: Leg) -> bool:
        return self.books is None or authority_of(leg.code) in self.books


def extract(*, period: date | None, today: date, reader: User | None = None) -> Extract:
    """Return what to export: what ``reader`` may see, or everything. Raises UnknownPeriod."""
    if period is not None:
        known = selectors.known_months(today=today)
        if period not in known:
            raise UnknownPeriod(month=month_text(period), first=month_text(known[-1]), last=month_text(known[0]))
    transfers = Transfer.objects.all() if reader is None else Transfer.objects.visible_to(reader)
    return Extract(
        transfers=transfers if period is None else transfers.filter(period=period),
        period=period,
        books=None if reader is None else selectors.authority_codes_seen_by(reader),
    )


def legs_of(debit: str, credit: str, fen: int) -> list[Leg]:
    """Return the two legs of a transfer, or four where two authorities meet: the debit's owes the credit's."""
    owing, owed = authority_of(debit), authority_of(credit)
    legs = [Leg(debit, fen), Leg(credit, -fen)]
    if owing != owed:
        legs += [Leg(f"{owing}/due/{owed}", -fen), Leg(f"{owed}/due/{owing}", fen)]
    return legs


def authority_of(code: str) -> str:
    return code.partition("/")[0]


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut into lists of ``size``, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
