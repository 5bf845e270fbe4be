"""The lines of a month's statements: what is owed, by pair, event, programme and the month it belongs to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from ledger.models import StatementAnswer, Transfer, Verdict
from ledger.selectors.obligations import rows_that_net


class Line(NamedTuple):
    """One line of the statements of ``month``; ``belongs_to`` is the month in which it happened."""

    month: date
    debtor: str
    creditor: str
    event: str
    programme: str
    belongs_to: date


def lines_of(month: date) -> dict[Line, int]:
    """Return every line of a month with its amount in fen, sorted; what is in dispute is among them."""
    rows = rows_that_net(Transfer.objects.filter(period=month)).exclude(debit__authority=F("credit__authority"))
    groups = (
        rows.order_by()
        .values_list("debit__authority", "credit__authority", "event", "debit__programme", TruncMonth("occurred_on"))
        .annotate(total=Sum("fen"))
    )
    found = {
        Line(month, debtor, creditor, event, programme, belongs_to): int(fen)
        for debtor, creditor, event, programme, belongs_to, fen in groups
    }
    return dict(sorted(found.items()))


def rows_of(line: Line) -> QuerySet[Transfer]:
    """Return the transfers of a line."""
    between = Transfer.objects.between(debtor=line.debtor, creditor=line.creditor)
    return between.filter(
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
