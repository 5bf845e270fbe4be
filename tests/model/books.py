"""What the database holds, read row by row and without the selectors under test."""

from __future__ import annotations

from collections import Counter
from datetime import date

from ledger.models import JournalLine, Transfer
from vouchers.models import MoveStep, Voucher


def rows() -> list[Transfer]:
    return list(Transfer.objects.select_related("debit", "credit").order_by("pk"))


def balances(rows: list[Transfer], kind: str) -> dict[int, dict[str, int]]:
    """Return debits minus credits in fen on accounts of one kind, by voucher and authority, zeros left out."""
    found: dict[int, Counter[str]] = {}
    for row in rows:
        if row.subject is not None:
            book = found.setdefault(row.subject, Counter())
            for account, fen in ((row.debit, row.fen), (row.credit, -row.fen)):
                book[account.authority_id] += fen if account.kind == kind else 0
    return {voucher: {code: fen for code, fen in book.items() if fen} for voucher, book in found.items()}


def spent_by_rows(rows: list[Transfer]) -> Counter[int]:
    """Return what was redeemed and not reversed, by voucher."""
    found: Counter[int] = Counter()
    for row in rows:
        sign = {"redeem": 1, "reverse": -1}.get(row.event, 0)
        found[row.subject or 0] += sign * row.fen
    return found


def own_books(rows: list[Transfer]) -> Counter[str]:
    """Return the sum of each authority's own book, what it is owed and owes included."""
    found: Counter[str] = Counter()
    for row in rows:
        for authority, fen in (
            (row.debit.authority_id, row.fen),
            (row.credit.authority_id, -row.fen),
            *due(row),
        ):
            found[authority] += fen
    return found


def due(row: Transfer) -> list[tuple[str, int]]:
    """Return the two halves of the claim that a cross-authority row makes."""
    debtor, creditor = row.debit.authority_id, row.credit.authority_id
    return [] if debtor == creditor else [(debtor, -row.fen), (creditor, row.fen)]


def unsettled(rows: list[Transfer], month: object) -> dict[str, int]:
    """Return, for a settled month, what its own rows and those that settle it leave due or in clearing."""
    found: Counter[str] = Counter()
    for row in rows:
        of_month = row.settles == month or (row.period == month and row.settles is None)
        for authority, fen in due(row) if of_month else []:
            found[f"{authority}/due"] += fen
        for account, fen in ((row.debit, row.fen), (row.credit, -row.fen)):
            found[account.code] += fen if of_month and account.kind == "clearing" else 0
    return {code: fen for code, fen in found.items() if fen}


def journal_by_authority() -> dict[str, int]:
    """Return the sum of the accountant's view for each authority that is not in balance."""
    found: Counter[str] = Counter()
    for authority, fen in JournalLine.objects.order_by().values_list("authority", "fen"):
        found[authority] += fen
    return {authority: fen for authority, fen in found.items() if fen}


def vouchers() -> dict[int, Voucher]:
    return {voucher.pk: voucher for voucher in Voucher.objects.select_related("holder", "ending")}


def requests_overdue(day: date) -> set[tuple[int, date]]:
    """Return the resident and the effective day of each request whose clock ran out before ``day``."""
    steps = MoveStep.objects.filter(step="requested", due_on__lt=day)
    return set(steps.values_list("move__resident", "move__effective_on"))
