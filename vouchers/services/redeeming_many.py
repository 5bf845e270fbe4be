"""Many redemptions in one call: one look at all, each decided by the rule for one, one insert.

Nothing is accepted here that one redemption after another would refuse: the claims before it in the call count as if
they were booked, and when the database refuses, because somebody was faster, the rest is redeemed one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.bulk import among, insert_values
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.kinds import AccountName
from ledger.models import Transfer
from ledger.services.posting import ensure_accounts
from vouchers.models import Voucher
from vouchers.services.claims import Body, Candidate, Claim, KeyReused, decide, look_at_many
from vouchers.services.redeeming import Row, accept, body_of, book, changes_the_plan, row_of
from vouchers.services.visiting import visits_of
from vouchers.visits import Visit


class Booked(NamedTuple):
    """The row of a redemption; ``replayed`` says that an earlier claim with the same key made it."""

    row: Row
    replayed: bool


def accept_many(*, claims: Sequence[Claim], stamp: Stamp) -> list[Booked | Refused]:
    """Book each claim or refuse it, as ``accept`` would one after another, and answer in their order.

    Each stands for itself, in the database too: call it outside a transaction, and what was accepted before a crash
    stays accepted.
    """
    together = _Together(stamp)
    try:
        together.take(claims)
    except IntegrityError:
        rest = claims[len(together.settled) :]
        return [*together.settled, *(_alone(claim, stamp=stamp) for claim in rest)]
    return together.settled


def _alone(claim: Claim, *, stamp: Stamp) -> Booked | Refused:
    try:
        accepted = accept(claim=claim, stamp=stamp)
    except Refused as refusal:
        return refusal
    return Booked(_row_booked(accepted.transfer), accepted.replayed)


class _Together:
    """The claims of one call: ``settled`` are answers that stand, ``waiting`` those before ``unbooked`` is inserted."""

    def __init__(self, stamp: Stamp) -> None:
        self.stamp = stamp
        self.at = timezone.now()
        self.settled: list[Booked | Refused] = []
        self.waiting: list[Booked | Refused] = []
        self.unbooked: list[Row] = []
        self.by_key: dict[str, tuple[Body, Row]] = {}
        self.taken_fen: Counter[int | None] = Counter()
        self.payables: dict[AccountName, int] = {}

    def take(self, claims: Sequence[Claim]) -> None:
        """Decide and book. Raises IntegrityError when the database refuses; then ``settled`` stands all the same."""
        known = look_at_many(claims, as_of=self.stamp.as_of)
        self.by_key = _booked_earlier({candidates[0].earlier for candidates in known} - {None})
        visits = visits_of(claims, rules=[candidates[0].visits for candidates in known])
        for claim, candidates, visit in zip(claims, known, visits, strict=True):
            try:
                answer: Booked | Refused = self._answer(claim, candidates, visit)
            except Refused as refusal:
                answer = refusal
            self.waiting.append(answer)
        self._settle()

    def _answer(self, claim: Claim, candidates: list[Candidate], visit: Visit | None) -> Booked:
        if claim.key in self.by_key:
            body, row = self.by_key[claim.key]
            if body != claim.body:
                raise KeyReused()
            return Booked(row, True)
        left = [self._left(one) for one in candidates]
        row = self._row(claim, decide(claim, left, visit=visit, booked_on=self.stamp.booked_on))
        self.taken_fen[row.subject] += claim.fen
        self.by_key[claim.key] = claim.body, row
        return Booked(row, False)

    def _left(self, known: Candidate) -> Candidate:
        """Return what is left of a voucher once the claims before are booked."""
        taken_fen = self.taken_fen[known.voucher_id]
        if not taken_fen:
            return known
        return known._replace(remaining=known.remaining - taken_fen, returned=known.returned - taken_fen)

    def _row(self, claim: Claim, chosen: Candidate) -> Row:
        """Return the row to insert; a late claim that changes the plan is booked at once, after those before it."""
        if changes_the_plan(chosen):
            self._settle()
            return _row_booked(book(claim, chosen, visit=None, stamp=self.stamp))
        payable = claim.payable
        if payable not in self.payables:
            self.payables |= ensure_accounts([payable])
        row = row_of(claim, chosen._replace(payable_id=self.payables[payable]), stamp=self.stamp, at=self.at)
        self.unbooked.append(row)
        return row

    def _settle(self) -> None:
        with transaction.atomic():
            insert_values(Transfer, columns=Row._fields, rows=self.unbooked)
        self.settled += self.waiting
        self.waiting, self.unbooked = [], []


#: Reads the row of a transfer.
_columns_of = attrgetter(*Row._fields)


def _row_booked(transfer: Transfer) -> Row:
    return Row._make(_columns_of(transfer))


def _booked_earlier(row_ids: set[int | None]) -> dict[str, tuple[Body, Row]]:
    """Return by key what earlier calls booked."""
    if not row_ids:
        return {}
    found = list(Transfer.objects.filter(pk__in=among([pk for pk in row_ids if pk])).select_related("credit"))
    vouchers = Voucher.objects.filter(pk__in=among({row.subject or 0 for row in found}))
    owners = {
        pk: (resident, programme) for pk, resident, programme in vouchers.values_list("pk", "resident", "programme")
    }
    return {row.key: (body_of(row, owner=owners[row.subject or 0]), _row_booked(row)) for row in found}
