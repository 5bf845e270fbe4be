"""The books of the authorities: balances, trial balances, and whether everything is settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Sum

from accounts.models import Authority, User
from ledger import kinds
from ledger.events import events_left_out_of_netting
from ledger.models import JournalLine, LedgerAccount, Transfer
from ledger.selectors.balances import DUE, books_of_rows, books_through


@dataclass(frozen=True, kw_only=True)
class BookLine:
    """One account's balance. A due has no account, but a ``counterparty``; what the hub holds for somebody has both."""

    code: str
    account: LedgerAccount | None
    counterparty: Authority | None
    fen: int

    @property
    def debit_fen(self) -> int:
        return max(0, self.fen)

    @property
    def credit_fen(self) -> int:
        return max(0, -self.fen)


@dataclass(frozen=True)
class TrialBalance:
    lines: list[BookLine]

    @property
    def debit_fen(self) -> int:
        return sum(line.debit_fen for line in self.lines)

    @property
    def credit_fen(self) -> int:
        return sum(line.credit_fen for line in self.lines)

    @property
    def balances(self) -> bool:
        return self.debit_fen == self.credit_fen


@dataclass(frozen=True, kw_only=True)
class BookSummary:
    """One book in a line, each figure on its account's normal side, in fen; ``due_fen`` is what others owe, net.

    ``advance_fen`` is what was paid to the hub in advance; in the hub's own book, below zero, what it holds for others
    or cannot identify. ``interest_fen`` was paid for late payments, or below zero received.
    """

    authority: Authority
    cost_fen: int
    entitlement_fen: int
    payable_fen: int
    due_fen: int
    insured_fen: int
    cash_fen: int
    advance_fen: int
    interest_fen: int

    @property
    def balances(self) -> bool:
        debits = self.cost_fen + self.due_fen + self.cash_fen + self.advance_fen + self.interest_fen
        return debits == self.entitlement_fen + self.payable_fen + self.insured_fen


def books(*, authority: str | None = None) -> dict[str, int]:
    """Return every account's balance by code, debits minus credits in fen, dues included, zeros left out."""
    return _journal_balances(Q() if authority is None else Q(authority=authority))


def trial_balance(*, authority: Authority, through: date) -> TrialBalance:
    """Return one authority's accounts with a balance from all months up to ``through``."""
    totals = books_through(through, codes=[authority.pk]).get(authority.pk, {})
    accounts = {account.code: account for account in LedgerAccount.objects.filter(code__in=totals)}
    others = authorities_by_code()
    return TrialBalance(
        [
            BookLine(code=code, account=accounts.get(code), counterparty=_counterparty(code, accounts, others), fen=fen)
            for code, fen in sorted(totals.items())
        ]
    )


def _counterparty(
    code: str, accounts: Mapping[str, LedgerAccount], others: Mapping[str, Authority]
) -> Authority | None:
    """Return the authority that a due is with, or for whom the hub holds a prefund."""
    account = accounts.get(code)
    return others[code.rpartition("/")[2]] if account is None or account.kind == kinds.PREFUNDED.code else None


def book_summaries(*, user: User, through: date) -> list[BookSummary]:
    """Return each book that ``user`` may see, summed by kind of account, up to ``through``."""
    authorities = {authority.pk: authority for authority in authorities_seen_by(user)}
    books_found = books_through(through, codes=authorities.keys())
    kind_of = dict(LedgerAccount.objects.filter(authority__in=authorities).values_list("code", "kind"))
    return [
        _summary(authority, balances=books_found.get(code, {}), kind_of=kind_of)
        for code, authority in authorities.items()
    ]


def _summary(authority: Authority, *, balances: Mapping[str, int], kind_of: Mapping[str, str]) -> BookSummary:
    sums: dict[str, int] = defaultdict(int)
    for code, fen in balances.items():
        sums[kind_of.get(code, DUE)] += fen
    return BookSummary(
        authority=authority,
        cost_fen=sums[kinds.COST.code],
        entitlement_fen=-sums[kinds.ENTITLEMENT.code],
        payable_fen=-sums[kinds.PAYABLE.code],
        due_fen=sums[DUE] + sums[kinds.CLEARING.code],
        insured_fen=-sums[kinds.INDIVIDUAL.code] - sums[kinds.POOLED.code],
        cash_fen=sums[kinds.CASH.code],
        advance_fen=sum(sums[kind.code] for kind in (kinds.PREFUND, kinds.PREFUNDED, kinds.UNIDENTIFIED)),
        interest_fen=sums[kinds.INTEREST.code],
    )


def authority_codes_seen_by(user: User) -> list[str] | None:
    """Return the authorities whose books this user may open; ``None`` means every one."""
    if user.sees_everything:
        return None
    return user.district_codes() if user.acts_for_districts else []


def authorities_seen_by(user: User) -> QuerySet[Authority]:
    """Return the authorities whose books this user may open, in code order."""
    codes = authority_codes_seen_by(user)
    return Authority.objects.all() if codes is None else Authority.objects.filter(pk__in=codes)


def authorities_by_code() -> dict[str, Authority]:
    """Return every authority, to call it by its name."""
    return Authority.objects.in_bulk()


def programmes_in_the_books() -> list[str]:
    """Return the codes of the programmes that some account belongs to."""
    codes = LedgerAccount.objects.exclude(programme="").order_by("programme")
    return list(codes.values_list("programme", flat=True).distinct())


def legs_of(transfer: Transfer) -> list[JournalLine]:
    """Return the accountant's two or four lines of one transfer."""
    return list(JournalLine.objects.filter(transfer=transfer).select_related("authority").order_by("-fen", "code"))


def accounts_by_code(codes: Iterable[str]) -> dict[str, int]:
    return dict(LedgerAccount.objects.filter(code__in=list(codes)).values_list("code", "pk"))


def authority_of_accounts() -> dict[int, str]:
    return dict(LedgerAccount.objects.order_by().values_list("pk", "authority_id"))


def unsettled_balances(month: date) -> dict[str, int]:
    """Return what is left of a month's dues and clearing after its settlement: nothing, when all is well.

    What disputes hold back is left out: it is settled by another month.
    """
    netted = Q(period=month) & ~Q(event__in=events_left_out_of_netting())
    books_found = books_of_rows(netted & Q(held=None) | Q(held__released__settles=month) | Q(settles=month))
    return {
        code: fen
        for balances in books_found.values()
        for code, fen in sorted(balances.items())
        if f"/{DUE}/" in code or code.endswith(f"/{kinds.CLEARING.code}")
    }


def open_positions(month: date) -> dict[str, int]:
    """Return what is left in clearing of a month, in fen by authority: what is to be paid, and nothing once it is paid.

    The month is closed, so its obligations stand; only the few rows that settle it are summed.
    """
    balances = _journal_balances(Q(settles=month, code__endswith=f"/{kinds.CLEARING.code}"))
    return {code.partition("/")[0]: fen for code, fen in balances.items()}


def _journal_balances(condition: Q) -> dict[str, int]:
    """Sum the journal by account, in the database; zeros left out."""
    lines = JournalLine.objects.order_by().filter(condition)
    totals = lines.values_list("code").annotate(total=Sum("fen")).order_by("code")
    return {code: int(total) for code, total in totals if total}
