"""Balances by book: what stood at the last closing, and the rows since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, Sum

from ledger.models import ClosedBalance, LedgerAccount, PeriodStep, Step, Transfer

DUE = "due"

#: Debits minus credits in fen, by account or due, by authority. Zeros are left out, and so are books without a line.
Books = dict[str, dict[str, int]]
Growing = defaultdict[str, defaultdict[str, int]]


@dataclass(frozen=True, kw_only=True)
class ClosedBalanceDifference:
    """A closed month whose recorded balance is not the sum of all rows up to its end, in fen."""

    month: date
    code: str
    recorded_fen: int
    summed_fen: int


def books_through(day: date, *, codes: Collection[str] | None = None) -> Books:
    """Return the books of these authorities, or of all, from every month up to that of ``day``.

    The last closed balance and the rows of the months after it: the history before is not read.
    """
    base: date | None = ClosedBalance.objects.filter(month__lte=day).aggregate(last=Max("month"))["last"]
    rows, opening = Q(period__lte=day), Q(month=base)
    if base is not None:
        rows &= Q(period__gt=base)
    if codes is not None:
        rows &= Q(debit__authority__in=codes) | Q(credit__authority__in=codes)
        opening &= Q(authority__in=codes)
    books: Growing = defaultdict(lambda: defaultdict(int))
    for authority, code, fen in ClosedBalance.objects.filter(opening).values_list("authority_id", "code", "fen"):
        books[authority][code] = fen
    for book, lines in books_of_rows(rows).items():
        for code, fen in lines.items():
            books[book][code] += fen
    return _without_zeros(books)


def books_of_rows(condition: Q) -> Books:
    """Return what the rows that meet ``condition`` add up to, dues included.

    The journal says the same, but reads each row four times. Here rows are summed by pair of accounts first, in the
    database; the few pairs then become the lines of the books.
    """
    rows = Transfer.objects.filter(condition).order_by()
    books: Growing = defaultdict(lambda: defaultdict(int))
    pairs = rows.values_list("debit_id", "credit_id").annotate(total=Sum("fen"))
    _add(pairs, to=books, accounts=LedgerAccount.objects.in_bulk())
    return _without_zeros(books)


def closed_balances_that_differ() -> list[ClosedBalanceDifference]:
    """Return every recorded balance that is not the full sum of its rows, and every one that is missing."""
    closed = set(PeriodStep.objects.filter(step=Step.CLOSED).values_list("month", flat=True))
    recorded = _recorded()
    pairs = _pairs_by_month()
    accounts = LedgerAccount.objects.in_bulk()
    found: list[ClosedBalanceDifference] = []
    books: Growing = defaultdict(lambda: defaultdict(int))
    for month in sorted(pairs.keys() | recorded.keys()):
        _add(pairs[month], to=books, accounts=accounts)
        if month in closed or month in recorded:
            found += _differences(month, recorded=recorded[month], books=books)
    return found


def _recorded() -> Mapping[date, dict[str, int]]:
    lines: dict[date, dict[str, int]] = defaultdict(dict)
    for month, code, fen in ClosedBalance.objects.order_by().values_list("month", "code", "fen"):
        lines[month][code] = fen
    return lines


def _pairs_by_month() -> Mapping[date, list[tuple[int, int, int]]]:
    rows = Transfer.objects.order_by().values_list("period", "debit_id", "credit_id").annotate(total=Sum("fen"))
    pairs: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
    for month, debit_id, credit_id, total in rows:
        pairs[month].append((debit_id, credit_id, int(total)))
    return pairs


def _differences(
    month: date, *, recorded: Mapping[str, int], books: Mapping[str, Mapping[str, int]]
) -> list[ClosedBalanceDifference]:
    summed = {code: fen for lines in books.values() for code, fen in lines.items()}
    return [
        ClosedBalanceDifference(
            month=month, code=code, recorded_fen=recorded.get(code, 0), summed_fen=summed.get(code, 0)
        )
        for code in sorted(recorded.keys() | summed.keys())
        if recorded.get(code, 0) != summed.get(code, 0)
    ]


def _add(pairs: Iterable[tuple[int, int, int]], *, to: Growing, accounts: Mapping[int, LedgerAccount]) -> None:
    """Add sums by pair of accounts to the books; where two authorities meet, each gets the due too."""
    for debit_id, credit_id, total in pairs:
        debit, credit = accounts[debit_id], accounts[credit_id]
        owing, owed = debit.authority_id, credit.authority_id
        to[owing][debit.code] += int(total)
        to[owed][credit.code] -= int(total)
        if owing != owed:
            to[owing][f"{owing}/{DUE}/{owed}"] -= int(total)
            to[owed][f"{owed}/{DUE}/{owing}"] += int(total)


def _without_zeros(books: Mapping[str, Mapping[str, int]]) -> Books:
    return {book: {code: fen for code, fen in lines.items() if fen} for book, lines in sorted(books.items())}
