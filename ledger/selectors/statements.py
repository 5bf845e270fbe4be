"""The statements of a month: all authorities' at once, for little more than one would cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from ledger import kinds
from ledger.events import HUB_PAYMENT, HUB_RECEIPT, NETTING, PAYMENT, events_left_out_of_netting
from ledger.models import PeriodStep, Step, TreeHead
from ledger.months import previous_month
from ledger.selectors.balances import DUE, Books, books_through
from ledger.selectors.lines import Group, groups_of
from ledger.statements import Dues, Hub, Line, Proof, Statement, payload

#: What a row of these events does to a due, or to the position against the hub; what else moves them is a takeover.
DUE_FIGURES = {NETTING.code: "netted_fen"}
HUB_FIGURES = {
    NETTING.code: "netted_fen",
    **dict.fromkeys((PAYMENT.code, HUB_RECEIPT.code, HUB_PAYMENT.code), "paid_fen"),
}
OPENING, TAKEN_OVER = "opening_fen", "taken_over_fen"


def statements(month: date, *, codes: Collection[str] | None = None) -> dict[str, Statement]:
    """Return the statements of ``month`` by authority: of these, or of all who have something to state.

    By month of booking, so once it is closed they stay. The rows are read once and summed in the database.
    """
    book = _Book(month)
    for group in groups_of(month, codes=codes):
        book.add(group)
    book.open(books_through(previous_month(month), codes=codes))
    dues, proof = book.dues_by_authority(), proof_of(month)
    return {
        code: Statement(month=month, authority=code, dues=tuple(dues[code]), hub=Hub(**book.hubs[code]), proof=proof)
        for code in sorted({*dues, *book.hubs} if codes is None else codes)
    }


def statement(month: date, *, authority: str) -> Statement:
    return statements(month, codes=[authority])[authority]


def statement_payload(month: date) -> dict[str, object]:
    """Return every figure of the month's statements, as they are hashed when they are issued."""
    return payload(month, statements(month).values())


def proof_of(month: date) -> Proof:
    """Return the first head that seals the whole month, and the hash its statements were issued with."""
    head = TreeHead.objects.filter(closed_through__gte=month).order_by("number").first()
    step = PeriodStep.objects.filter(month=month, step=Step.STATED).first()
    issued = step.payload if step else ""
    if head is None:
        return Proof(payload=issued)
    return Proof(head=head.number, size=head.size, root=head.root, kid=head.kid, payload=issued)


class _Book:
    """What a month did to dues and to the hub, each figure as the authority sees it under which it is filed."""

    def __init__(self, month: date) -> None:
        self.month = month
        self.left_out = frozenset(events_left_out_of_netting())
        self.lines: dict[tuple[str, str, str, str, date], list[int]] = defaultdict(lambda: [0, 0])
        self.dues: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.hubs: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, group: Group) -> None:
        debtor, creditor = group.debit.authority, group.credit.authority
        if debtor != creditor:
            self._add_due(debtor, creditor, group)
        for account, fen in ((group.debit, group.fen), (group.credit, -group.fen)):
            if account.kind == kinds.CLEARING.code:
                self.hubs[account.authority][HUB_FIGURES.get(group.event, TAKEN_OVER)] += fen

    def _add_due(self, debtor: str, creditor: str, group: Group) -> None:
        if group.event not in self.left_out:
            sums = self.lines[debtor, creditor, group.event, group.debit.programme, group.belongs_to]
            sums[0] += group.fen
            sums[1] += group.transfers
            return
        figure = DUE_FIGURES.get(group.event, TAKEN_OVER)
        self.dues[debtor, creditor][figure] -= group.fen
        self.dues[creditor, debtor][figure] += group.fen

    def open(self, books: Books) -> None:
        """Take what stood at the end of the month before."""
        for authority, balances in books.items():
            for code, fen in balances.items():
                _, kind, *party = code.split("/")
                if kind == DUE:
                    self.dues[authority, party[0]][OPENING] = fen
                elif kind == kinds.CLEARING.code:
                    self.hubs[authority][OPENING] = fen

    def dues_by_authority(self) -> dict[str, list[Dues]]:
        """Return each authority's accounts that held something or moved, by counterpart."""
        lines = self._lines_by_pair()
        found: dict[str, list[Dues]] = defaultdict(list)
        for pair in sorted({*self.dues, *lines}):
            authority, counterpart = pair
            shown = tuple(sorted(lines[pair]))
            due = Dues(authority=authority, counterpart=counterpart, lines=shown, **self.dues[pair])
            found[authority].append(due)
        return found

    def _lines_by_pair(self) -> dict[tuple[str, str], list[Line]]:
        """Return each line under both its authorities."""
        found: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for (debtor, creditor, event, programme, belongs_to), (fen, transfers) in self.lines.items():
            line = Line(
                month=self.month,
                debtor=debtor,
                creditor=creditor,
                event=event,
                programme=programme,
                belongs_to=belongs_to,
                fen=fen,
                transfers=transfers,
            )
            found[debtor, creditor].append(line)
            found[creditor, debtor].append(line)
        return found
