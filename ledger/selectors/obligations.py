"""Who owes whom from one month's transfers: derived, and as recorded when the month was netted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import QuerySet, Sum

from ledger.events import DUE_ENDED, DUE_TAKEN_OVER, events_left_out_of_netting
from ledger.models import ObligationRecord, PositionRecord, Transfer
from ledger.netting import Obligation
from ledger.selectors.books import authority_of_accounts


def rows_that_net(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    return rows.exclude(event__in=events_left_out_of_netting())


def obligations(month: date) -> list[Obligation]:
    """Return who owes whom from one month's transfers, gross, one for each ordered pair, sorted."""
    return obligations_by_month([month]).get(month, [])


def obligations_by_month(months: Collection[date] | None = None) -> dict[date, list[Obligation]]:
    """Return the obligations of these months, or of all, leaving out those without any.

    A due that a successor took over counts in the month it came from. Rows are summed by pair of accounts first, in the
    database; the few pairs are then put together by authority.
    """
    authority = authority_of_accounts()
    owed: dict[date, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for month, debit, credit, total in _sums(rows_that_net(Transfer.objects.all()), "period", months):
        owed[month][authority[debit], authority[credit]] += int(total)
    for month, debit, credit, total in _sums(Transfer.objects.filter(event=DUE_TAKEN_OVER.code), "settles", months):
        owed[month][authority[debit], authority[credit]] += int(total)
    for month, debit, credit, total in _sums(Transfer.objects.filter(event=DUE_ENDED.code), "settles", months):
        owed[month][authority[credit], authority[debit]] -= int(total)
    found = {month: _between_authorities(owed[month]) for month in sorted(owed)}
    return {month: between for month, between in found.items() if between}


def _sums(
    rows: QuerySet[Transfer], month: str, months: Collection[date] | None
) -> QuerySet[Transfer, tuple[date, int, int, int]]:
    """Sum rows by pair of accounts and by the month that their column ``month`` names."""
    chosen = rows if months is None else rows.filter(**{f"{month}__in": months})
    return chosen.order_by().values_list(month, "debit_id", "credit_id").annotate(total=Sum("fen"))


def _between_authorities(pairs: Mapping[tuple[str, str], int]) -> list[Obligation]:
    """Return the sums as obligations; what stays inside one authority is none."""
    return [
        Obligation(debtor, creditor, fen)
        for (debtor, creditor), fen in sorted(pairs.items())
        if fen and debtor != creditor
    ]


def causes(*, month: date, debtor: str, creditor: str) -> list[tuple[str, str, int]]:
    """Return an obligation by event and programme: ``(event, programme, fen)``."""
    between = Transfer.objects.between(debtor=debtor, creditor=creditor).order_by()
    rows = rows_that_net(between.filter(period=month)) | between.filter(event=DUE_TAKEN_OVER.code, settles=month)
    groups = rows.values_list("event", "debit__programme").annotate(total=Sum("fen"))
    return sorted((event, programme, int(total)) for event, programme, total in groups)


def recorded_obligations(months: Collection[date]) -> dict[date, list[Obligation]]:
    """Return the obligations of netted months as they stood then, sorted."""
    found: dict[date, list[Obligation]] = defaultdict(list)
    rows = ObligationRecord.objects.filter(month__in=months).order_by("month", "debtor", "creditor")
    for month, debtor, creditor, fen in rows.values_list("month", "debtor_id", "creditor_id", "fen"):
        found[month].append(Obligation(debtor, creditor, fen))
    return found


def recorded_positions(month: date) -> dict[str, int]:
    """Return the positions of a netted month as they stood then, in fen by authority; zeros included."""
    return dict(PositionRecord.objects.filter(month=month).values_list("authority_id", "fen"))
