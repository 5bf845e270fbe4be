"""Who owes whom as a square: debtors down, creditors across, every total tying to what it sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.netting import Obligation


@dataclass(frozen=True)
class Row:
    """What one debtor owes: ``cells`` pairs each creditor with fen, None on the diagonal."""

    debtor: str
    cells: list[tuple[str, int | None]]
    total_fen: int


@dataclass(frozen=True)
class Matrix:
    codes: list[str]
    rows: list[Row]
    column_totals: list[int]
    total_fen: int
    largest_fen: int


def matrix(obligations: Sequence[Obligation]) -> Matrix:
    """Arrange obligations by debtor and creditor, in code order; authorities without any are left out."""
    by_pair = {(o.debtor, o.creditor): o.fen for o in obligations}
    codes = sorted({code for pair in by_pair for code in pair})
    rows = [_row(debtor, codes, by_pair) for debtor in codes]
    return Matrix(
        codes=codes,
        rows=rows,
        column_totals=[sum(row.cells[place][1] or 0 for row in rows) for place in range(len(codes))],
        total_fen=sum(row.total_fen for row in rows),
        largest_fen=max(by_pair.values(), default=0),
    )


def _row(debtor: str, codes: Sequence[str], by_pair: dict[tuple[str, str], int]) -> Row:
    cells = [(creditor, None if creditor == debtor else by_pair.get((debtor, creditor), 0)) for creditor in codes]
    return Row(debtor, cells, total_fen=sum(fen or 0 for _creditor, fen in cells))
