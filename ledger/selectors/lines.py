"""The lines of a month's statements: what is owed, by pair, event, programme and the month it belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, DateField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, TruncMonth

from ledger.events import events_left_out_of_netting
from ledger.models import LedgerAccount, StatementAnswer, Transfer, Verdict
from ledger.months import next_month
from ledger.selectors.obligations import rows_that_net


class Line(NamedTuple):
    """One line of the statements of ``month``; ``belongs_to`` is the month in which it happened."""

    month: date
    debtor: str
    creditor: str
    event: str
    programme: str
    belongs_to: date


class Account(NamedTuple):
    authority: str
    kind: str
    programme: str


class Group(NamedTuple):
    """The rows of a month between two accounts, of one event and one month in which it happened."""

    debit: Account
    credit: Account
    event: str
    belongs_to: date
    fen: int
    transfers: int


def groups_of(month: date, *, codes: Collection[str] | None = None) -> Iterator[Group]:
    """Sum the rows of a month by pair of accounts, event and month in which they happened: all, or of these books."""
    accounts = {pk: Account(*rest) for pk, *rest in _account_rows()}
    rows = Transfer.objects.filter(period=month).order_by()
    if codes is not None:
        rows = rows.filter(Q(debit__authority__in=codes) | Q(credit__authority__in=codes))
    # Almost every row happened in the month it is booked in: only the others are asked which.
    in_time = When(occurred_on__gte=month, occurred_on__lt=next_month(month), then=Value(month))
    belongs_to = Case(in_time, default=Cast(TruncMonth("occurred_on"), DateField()))
    sums = rows.values_list("debit_id", "credit_id", "event", belongs_to).annotate(total=Sum("fen"), number=Count("pk"))
    for debit, credit, event, belonging, total, number in sums.iterator():
        yield Group(accounts[debit], accounts[credit], event, belonging, int(total), number)


def _account_rows() -> Iterator[tuple[int, str, str, str]]:
    return LedgerAccount.objects.order_by().values_list("pk", "authority_id", "kind", "programme").iterator()


def lines_of(month: date) -> dict[Line, int]:
    """Return every line of a month with its amount in fen, sorted; what is in dispute is among them."""
    left_out, found = events_left_out_of_netting(), defaultdict[Line, int](int)
    for group in groups_of(month):
        debtor, creditor = group.debit.authority, group.credit.authority
        if debtor != creditor and group.event not in left_out:
            found[Line(month, debtor, creditor, group.event, group.debit.programme, group.belongs_to)] += group.fen
    return dict(sorted(found.items()))


def rows_of(line: Line) -> QuerySet[Transfer]:
    """Return the transfers of a line; none when a month has no such line."""
    between = rows_that_net(Transfer.objects.between(debtor=line.debtor, creditor=line.creditor))
    return between.exclude(debit__authority=F("credit__authority")).filter(
        period=line.month,
        event=line.event,
        debit__programme=line.programme,
        occurred_on__year=line.belongs_to.year,
        occurred_on__month=line.belongs_to.month,
    )


def answers_of(month: date) -> dict[tuple[Line, str], Verdict]:
    """Return what was answered to the lines of a month, by line and authority."""
    rows = StatementAnswer.objects.filter(month=month).values_list(
        "month", "debtor_id", "creditor_id", "event", "programme", "belongs_to", "authority_id", "verdict"
    )
    return {(Line._make(row[:6]), row[6]): Verdict(row[7]) for row in rows}


def lines_waiting(month: date) -> dict[str, int]:
    """Return how many lines each authority has still to answer; those with none are left out."""
    answered = answers_of(month)
    waiting: dict[str, int] = defaultdict(int)
    for line in lines_of(month):
        for authority in (line.debtor, line.creditor):
            waiting[authority] += (line, authority) not in answered
    return {authority: number for authority, number in sorted(waiting.items()) if number}
