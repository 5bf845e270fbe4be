"""Questions to the books. Everything here is derived from transfers; nothing is stored twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import F, Max, Min, Q, QuerySet, Sum

from ledger.events import events_left_out_of_netting
from ledger.models import JournalLine, LedgerAccount, PeriodStep, Step, Transfer
from ledger.months import month_of, next_month
from ledger.netting import Obligation


def books(*, authority: str | None = None) -> dict[str, int]:
    """Return every account's balance by code, debits minus credits in fen, dues included, zeros left out."""
    lines = JournalLine.objects.order_by()
    if authority is not None:
        lines = lines.filter(authority=authority)
    totals = lines.values_list("code").annotate(total=Sum("fen")).order_by("code")
    return {code: int(total) for code, total in totals if total}


def closed_through() -> date | None:
    """Return the last closed month, or None while none is."""
    month: date | None = PeriodStep.objects.filter(step=Step.CLOSED).aggregate(last=Max("month"))["last"]
    return month


def open_month(*, day: date) -> date:
    """Return the month that a row booked on ``day`` falls in: that day's, or the first one still open."""
    closed = closed_through()
    month = month_of(day)
    return month if closed is None or month > closed else next_month(closed)


def rows_that_net(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    return rows.exclude(event__in=events_left_out_of_netting())


def obligations(month: date) -> list[Obligation]:
    """Return who owes whom from one month's transfers, gross, one for each ordered pair, sorted."""
    return obligations_by_month(Q(period=month)).get(month, [])


def obligations_by_month(condition: Q | None = None) -> dict[date, list[Obligation]]:
    """Return the obligations of every month that has any.

    Rows are summed by pair of accounts first, in the database; the few pairs are then put together by authority.
    """
    rows = rows_that_net(Transfer.objects.filter(condition or Q())).order_by()
    pairs = rows.values_list("period", "debit_id", "credit_id").annotate(total=Sum("fen"))
    authority = authority_of_accounts()
    sums: dict[date, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for month, debit, credit, total in pairs:
        if authority[debit] != authority[credit]:
            sums[month][authority[debit], authority[credit]] += int(total)
    return {
        month: [Obligation(debtor, creditor, fen) for (debtor, creditor), fen in sorted(by_pair.items())]
        for month, by_pair in sorted(sums.items())
    }


def authority_of_accounts() -> dict[int, str]:
    return dict(LedgerAccount.objects.order_by().values_list("pk", "authority_id"))


def steps_of(month: date) -> set[str]:
    """Return the steps a month has taken; a month before a closed one is closed even if nothing happened in it."""
    steps = set(PeriodStep.objects.filter(month=month).values_list("step", flat=True))
    closed = closed_through()
    return steps | {Step.CLOSED.value} if closed and month <= closed else steps


def known_months(*, today: date) -> list[date]:
    """Return every month from the first transfer to the present one, newest first."""
    span = Transfer.objects.aggregate(first=Min("period"), last=Max("period"))
    if span["first"] is None:
        return [month_of(today)]
    months, last = [span["first"]], max(span["last"], month_of(today))
    while months[-1] < last:
        months.append(next_month(months[-1]))
    return months[::-1]


def earlier_open_month_with_rows(month: date) -> date | None:
    """Return the first open month before ``month`` that holds transfers, if any."""
    rows = Transfer.objects.filter(period__lt=month)
    closed = closed_through()
    if closed is not None:
        rows = rows.filter(period__gt=closed)
    first: date | None = rows.aggregate(first=Min("period"))["first"]
    return first


def unsettled_balances(month: date) -> dict[str, int]:
    """Return what is left of a month's dues and clearing after its settlement: nothing, when all is well."""
    lines = JournalLine.objects.order_by().filter(Q(period=month) | Q(settles=month))
    lines = lines.exclude(Q(event__in=events_left_out_of_netting()) & ~Q(settles=month))
    lines = lines.filter(Q(code__contains="/due/") | Q(code__endswith="/clearing"))
    return {code: int(total) for code, total in lines.values_list("code").annotate(total=Sum("fen")) if total}


def settlement_left_over(month: date) -> dict[str, int]:
    """Return what the settlement's own rows of a month leave in a clearing account: nothing, when all is well.

    The month is closed, so its obligations stand; only the few rows that settle it are summed.
    """
    lines = JournalLine.objects.order_by().filter(settles=month, code__endswith="/clearing")
    return {code: int(total) for code, total in lines.values_list("code").annotate(total=Sum("fen")) if total}


def causes(*, month: date, debtor: str, creditor: str) -> list[tuple[str, str, int]]:
    """Return an obligation by event and programme: ``(event, programme, fen)``."""
    rows = rows_that_net(Transfer.objects.filter(period=month).between(debtor=debtor, creditor=creditor)).order_by()
    groups = rows.values_list("event", programme=F("debit__programme")).annotate(total=Sum("fen"))
    return sorted((event, programme, int(total)) for event, programme, total in groups)


def accounts_by_code(codes: Iterable[str]) -> dict[str, int]:
    return dict(LedgerAccount.objects.filter(code__in=list(codes)).values_list("code", "pk"))
