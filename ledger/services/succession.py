"""One authority takes another's place: every account, then every open due, and the old book is closed for ever.

By double entry nothing else can be left: once all accounts but cash and all dues are zero, so is cash.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Authority
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import events, kinds, netting, selectors
from ledger.kinds import AccountName
from ledger.models import Dispute, LedgerAccount, Succession
from ledger.months import month_text
from ledger.netting import Obligation
from ledger.services.periods import payment
from ledger.services.posting import Entry, post, stop_postings
from ledger.states import NETTED, SETTLED


class DisputesOpen(Refused):
    code = "disputes_open"
    sentence = _(
        "%(authority)s has %(number)s dispute(s) that are not decided, of %(months)s. Have them decided first."
    )


#: What is settled month by month rather than taken over as it stands.
SETTLED_BY_MONTH = (kinds.CLEARING.code, kinds.CASH.code)


@transaction.atomic
def succeed(*, predecessor: str, successor: str, day: date, stamp: Stamp) -> Succession:
    """Move the book of ``predecessor`` to ``successor`` as it stands, month by month, and close it.

    Months that are settled keep their records. Afterwards every account and due of the predecessor is zero, and no row
    may touch its book any more. Raises DisputesOpen.
    """
    stop_postings()
    refuse_disputes(predecessor)
    takeover = _Takeover(predecessor, successor, day)
    post(entries=list(takeover.accounts()), stamp=stamp)
    post(entries=list(takeover.dues()), stamp=stamp)
    left = selectors.books(authority=predecessor)
    assert not left, f"the takeover of {predecessor} left {left}"
    audit.record(stamp=stamp, verb="succeed", subject=f"authority:{predecessor}", successor=successor)
    return Succession.objects.create(
        predecessor_id=predecessor, successor_id=successor, booked_on=stamp.booked_on, recorded_by=stamp.by
    )


def refuse_disputes(authority: str) -> None:
    """Refuse a takeover while rows of ``authority`` are held back: nobody could say yet whose they are."""
    mine = Dispute.objects.open().filter(Q(debtor=authority) | Q(creditor=authority))
    if months := sorted({month_text(month) for month in mine.values_list("month", flat=True)}):
        raise DisputesOpen(authority=Authority.objects.get(pk=authority), number=mine.count(), months=", ".join(months))


class _Takeover:
    """The rows of one succession, by what the books say when they are asked for."""

    def __init__(self, predecessor: str, successor: str, day: date) -> None:
        self.predecessor, self.successor, self.day = predecessor, successor, day
        self.act = f"takeover:{predecessor}"

    def accounts(self) -> Iterator[Entry]:
        """Take over each account's balance, on whichever side it stands."""
        balances = selectors.books(authority=self.predecessor)
        rows = LedgerAccount.objects.filter(code__in=balances).exclude(kind__in=SETTLED_BY_MONTH)
        for account in rows.order_by("code"):
            theirs, fen = account.name, balances[account.code]
            ours = theirs._replace(authority=self.successor)
            debit, credit = (ours, theirs) if fen > 0 else (theirs, ours)
            yield Entry(
                key=f"{self.act}:{account.code}",
                event=events.TAKEOVER,
                act=self.act,
                day=self.day,
                debit=debit,
                credit=credit,
                fen=abs(fen),
            )

    def dues(self) -> Iterator[Entry]:
        """Put the successor into each due that is not settled yet, and pay within what the two made up between them."""
        owed = selectors.obligations_by_month()
        for month, state in selectors.states_of(owed).items():
            if state is NETTED:
                yield from self._paid(month, selectors.open_positions(month), event=events.PAYMENT)
            elif state is not SETTLED:
                yield from self._dues_of(month, owed[month])

    def _dues_of(self, month: date, owed: list[Obligation]) -> Iterator[Entry]:
        ours = [due for due in owed if self.predecessor in (due.debtor, due.creditor)]
        for due in ours:
            yield self._clearing(events.DUE_ENDED, Obligation(due.creditor, due.debtor, due.fen), month)
            renamed = Obligation(self._heir(due.debtor), self._heir(due.creditor), due.fen)
            if renamed.debtor != renamed.creditor:
                yield self._clearing(events.DUE_TAKEN_OVER, renamed, month)
        yield from self._paid(month, netting.positions(ours), event=events.INSIDE_PAYMENT)

    def _paid(self, month: date, positions: dict[str, int], *, event: events.Event) -> Iterator[Entry]:
        """Have the predecessor's position paid by, or to, its successor, who stands in it from now on."""
        if fen := positions.get(self.predecessor, 0):
            for authority, received in ((self.predecessor, fen), (self.successor, -fen)):
                key = f"{self.act}:paid:{month_text(month)}:{authority}"
                yield payment(authority, received, month=month, act=self.act, key=key, day=self.day, event=event)

    def _clearing(self, event: events.Event, due: Obligation, month: date) -> Entry:
        return Entry(
            key=f"{self.act}:{event.code}:{month_text(month)}:{due.debtor}:{due.creditor}",
            event=event,
            act=self.act,
            day=self.day,
            debit=AccountName(due.debtor, kinds.CLEARING.code),
            credit=AccountName(due.creditor, kinds.CLEARING.code),
            fen=due.fen,
            settles=month,
        )

    def _heir(self, authority: str) -> str:
        return self.successor if authority == self.predecessor else authority
