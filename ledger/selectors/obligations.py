"""Who owes whom from one month's transfers: derived, and as recorded when the month was netted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db.models import Q, QuerySet, Sum

from ledger.events import events_left_out_of_netting
from ledger.models import ObligationRecord, PositionRecord, Transfer
from ledger.netting import Obligation
from ledger.selectors.books import authority_of_accounts


def rows_that_net(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    return rows.exclude(event__in=events_left_out_of_netting())


def obligations(month: date) -> list[Obligation]:
    """Return who owes whom from one month's transfers, gross, one for each ordered pair, sorted."""
    rows = rows_that_net(Transfer.objects.filter(period=month)).order_by()
    pairs = rows.values_list("debit_id", "credit_id").annotate(total=Sum("fen"))
    return _between_authorities(pairs, authority=authority_of_accounts())


def obligations_by_month(condition: Q | None = None) -> dict[date, list[Obligation]]:
    """Return the obligations of every month that has any.

    Rows are summed by pair of accounts first, in the database; the few pairs are then put together by authority.
    """
    rows = rows_that_net(Transfer.objects.filter(condition or Q())).order_by()
    pairs = rows.values_list("period", "debit_id", "credit_id").annotate(total=Sum("fen"))
    by_month: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
    for month, *pair in pairs:
        by_month[month].append(tuple(pair))
    authority = authority_of_accounts()
    found = {month: _between_authorities(by_month[month], authority=authority) for month in sorted(by_month)}
    return {month: owed for month, owed in found.items() if owed}


def _between_authorities(pairs: Iterable[tuple[int, int, int]], *, authority: Mapping[int, str]) -> list[Obligation]:
    """Put sums by pair of accounts together by pair of authorities; what stays inside one is no obligation."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for debit, credit, total in pairs:
        if authority[debit] != authority[credit]:
            sums[authority[debit], authority[credit]] += int(total)
    return [Obligation(debtor, creditor, fen) for (debtor, creditor), fen in sorted(sums.items())]


def causes(*, month: date, debtor: str, creditor: str) -> list[tuple[str, str, int]]:
    """Return an obligation by event and programme: ``(event, programme, fen)``."""
    rows = rows_that_net(Transfer.objects.filter(period=month).between(debtor=debtor, creditor=creditor)).order_by()
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
