"""Who owes whom from one month's transfers: derived, and as recorded when the month was netted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Q, QuerySet, Sum

from ledger.events import DUE_ENDED, DUE_TAKEN_OVER, events_left_out_of_netting
from ledger.models import HeldTransfer, ObligationRecord, PositionRecord, ReleasedTransfer, Transfer
from ledger.netting import Obligation
from ledger.selectors.books import authority_of_accounts


def rows_that_net(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    return rows.exclude(event__in=events_left_out_of_netting())


def obligations(month: date) -> list[Obligation]:
    """Return who owes whom from one month's transfers, gross, one for each ordered pair, sorted."""
    return obligations_by_month([month]).get(month, [])


def obligations_by_month(months: Collection[date] | None = None) -> dict[date, list[Obligation]]:
    """Return the obligations of these months, or of all, leaving out those without any.

    A due that a successor took over counts in the month it came from; a row in dispute counts in none until it is
    released, and then in the month it was released for. Rows are summed by pair of accounts first, in the database; the
    few pairs are then put together by authority.
    """
    authority = authority_of_accounts()
    owed: dict[date, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for month, debit, credit, total in _sums(rows_that_net(Transfer.objects.all()), "period", months):
        owed[month][authority[debit], authority[credit]] += int(total)
    for month, debit, credit, total in _held_sums(months):
        owed[month][authority[debit], authority[credit]] -= int(total)
    for month, debit, credit, total in _released_sums(months):
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


def _held_sums(months: Collection[date] | None) -> QuerySet[HeldTransfer, tuple[date, int, int, int]]:
    """Sum the rows held back, by the month they would have been netted in."""
    held = HeldTransfer.objects.all() if months is None else HeldTransfer.objects.filter(transfer__period__in=months)
    grouped = held.order_by().values_list("transfer__period", "transfer__debit_id", "transfer__credit_id")
    return grouped.annotate(total=Sum("transfer__fen"))


def _released_sums(months: Collection[date] | None) -> QuerySet[ReleasedTransfer, tuple[date, int, int, int]]:
    """Sum the rows released, by the month that settles them."""
    released = ReleasedTransfer.objects.all()
    chosen = released if months is None else released.filter(settles__in=months)
    grouped = chosen.order_by().values_list("settles", "held__transfer__debit_id", "held__transfer__credit_id")
    return grouped.annotate(total=Sum("held__transfer__fen"))


def netting_in(month: date) -> Q:
    """Return the condition on transfers that they enter the netting of ``month``, dues taken over aside."""
    own = Q(period=month, held__isnull=True) & ~Q(event__in=events_left_out_of_netting())
    return own | Q(held__released__settles=month)


def held_back(month: date) -> list[Obligation]:
    """Return what disputes keep out of the netting of ``month``, sorted: released since or not."""
    authority = authority_of_accounts()
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    for _month, debit, credit, total in _held_sums([month]):
        pairs[authority[debit], authority[credit]] += int(total)
    return _between_authorities(pairs)


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
    rows = between.filter(netting_in(month) | Q(event=DUE_TAKEN_OVER.code, settles=month))
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
