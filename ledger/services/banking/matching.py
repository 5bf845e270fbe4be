"""Finding out which lines of a bank statement answer which payments, and what follows: bookings and differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.bulk import among_texts, insert_many
from accounts.locks import Lock, take
from accounts.models import HUB
from accounts.stamps import Stamp
from ledger.banking import matching
from ledger.banking.camt053 import NOT_BOOKED
from ledger.banking.matching import Expected, Seen, Verdict
from ledger.models import BankAccount, BankEntry, BankMatch, BankStatement, Job, Payment
from ledger.selectors import banking
from ledger.services import jobs
from ledger.services.banking import booking, differences
from ledger.services.posting import share_open_months

MATCH = "match_statement"
#: Lines in one step, that is in one commit.
STEP_SIZE = 200
#: So many working days after the day ordered a line may be booked: one between banks, one to spare.
WITHIN = 2


def ask(*, statement: BankStatement, stamp: Stamp) -> Job:
    """Ask for the lines of a statement to be matched."""
    return jobs.ask(
        kind=MATCH,
        key=job_key(statement),
        params={"statement": statement.pk},
        total=statement.entries.count(),
        stamp=stamp,
    )


def job_key(statement: BankStatement) -> str:
    """Return the key of the one job that matches a statement."""
    return f"{MATCH}:{statement.pk}"


@jobs.kind(MATCH, _("Match a bank statement"))
def match_next(job: Job, step: jobs.Step) -> bool:
    """Match the next lines of a statement, by day; with the last of them write down what differs."""
    share_open_months()
    take(Lock.BANK_STATEMENTS)  # one after the other, so that a payment is counted once
    statement = BankStatement.objects.defer("content").get(pk=job.params["statement"])
    waiting = statement.entries.filter(match=None).select_related("statement")
    chunk = list(waiting.order_by(F("booked_on").asc(nulls_first=True), "line")[:STEP_SIZE])
    matched = _Matched(chunk, statement=statement)
    matched.keep(stamp=step.stamp)
    job.params = {**job.params, "differences": {**job.params.get("differences", {}), **matched.differences()}}
    job.done_count += len(chunk)
    job.result = dict(Counter(job.result) + Counter(matched.reasons.values()))
    if len(chunk) == STEP_SIZE:
        return False
    differences.write_down(statement=statement, missing=_missing(statement), job=job, stamp=step.stamp)
    return True


class _Matched:
    """Lines of one statement with what became of each; ``reasons`` by the line's number as a row."""

    def __init__(self, entries: Sequence[BankEntry], *, statement: BankStatement) -> None:
        self.entries = entries
        self.of_hub = BankAccount.objects.filter(number=statement.account_number, authority=HUB).exists()
        self.payments = _payments_named([entry.end_to_end_id for entry in entries if not entry.defect])
        seen = [_seen(entry, account=statement.account_number) for entry in entries if not entry.defect]
        outcome = matching.match(expected(list(self.payments.values())), seen, within=WITHIN, shown_through=date.min)
        self.verdicts: Mapping[int, Verdict] = {verdict.entry.key: verdict for verdict in outcome.verdicts}
        self.open_fen = {one.end_to_end_id: one.fen - one.counted_fen for one in outcome.after}
        self.reasons = {entry.pk: self._reason(entry) for entry in entries}

    def keep(self, *, stamp: Stamp) -> None:
        """Record what became of each line, and book it."""
        insert_many(
            [
                BankMatch(entry=entry, payment=self._payment(entry), outcome=self.reasons[entry.pk])
                for entry in self.entries
            ]
        )
        for entry in self.entries:
            if self.reasons[entry.pk] not in (NOT_BOOKED, matching.OTHER_SIDE):
                booking.book(
                    entry=entry,
                    verdict=self.verdicts.get(entry.pk),
                    payment=self._payment(entry),
                    of_hub=self.of_hub,
                    stamp=stamp,
                )

    def differences(self) -> dict[str, int]:
        """Return the lines that differ, as text for JSON, with what the bank says less what was ordered, in fen.

        Parts that make up the whole differ in nothing.
        """
        return {str(entry.pk): self._differing_fen(entry) for entry in self.entries if self._differs(entry)}

    def _differs(self, entry: BankEntry) -> bool:
        reason = self.reasons[entry.pk]
        whole = reason == matching.PART_PAYMENT and not self.open_fen[entry.end_to_end_id]
        return reason not in differences.NONE and not whole

    def _reason(self, entry: BankEntry) -> str:
        if entry.defect:
            return NOT_BOOKED if entry.defect == NOT_BOOKED else matching.UNKNOWN_PAYMENT
        return self.verdicts[entry.pk].reason

    def _payment(self, entry: BankEntry) -> Payment | None:
        return None if entry.defect else self.payments.get(entry.end_to_end_id)

    def _differing_fen(self, entry: BankEntry) -> int:
        verdict, reason = self.verdicts.get(entry.pk), self.reasons[entry.pk]
        if verdict is None or reason == matching.UNKNOWN_PAYMENT:
            return entry.fen
        if reason == matching.PART_PAYMENT:
            return -self.open_fen[entry.end_to_end_id]
        return verdict.extra_fen + (verdict.counted_fen if reason == matching.PAYMENT_REVERSED else 0)


def expected(payments: Sequence[Payment]) -> Iterator[Expected]:
    """Yield what the bank has to show of each payment, on the account of whoever's statements tell."""
    shown = banking.shown_of([payment.pk for payment in payments])
    accounts = {day: banking.bank_accounts_on(day) for day in {payment.batch.pays_on for payment in payments}}
    for payment in payments:
        of_day = accounts[payment.batch.pays_on]
        debtor, creditor = (of_day[side].number if side in of_day else "" for side in banking.sides_of(payment))
        to_hub = payment.way == Payment.Way.TO_HUB
        before = shown.get(payment.pk, banking.Shown())
        yield Expected(
            end_to_end_id=payment.end_to_end_id,
            account=creditor if to_hub else debtor,
            credit=to_hub,
            fen=payment.fen,
            due_on=payment.batch.pays_on,
            counterparty_account=debtor if to_hub else creditor,
            arrived_fen=before.fen,
            was_matched=before.was_matched,
        )


def _payments_named(end_to_end_ids: Sequence[str]) -> dict[str, Payment]:
    rows = Payment.objects.filter(end_to_end_id__in=among_texts(set(end_to_end_ids))).select_related("batch")
    return {row.end_to_end_id: row for row in rows}


def _seen(entry: BankEntry, *, account: str) -> Seen:
    assert entry.booked_on is not None, "a line without its day has a defect"
    return Seen(
        key=entry.pk,
        account=account,
        end_to_end_id=entry.end_to_end_id,
        credit=entry.fen > 0,
        fen=abs(entry.fen),
        booked_on=entry.booked_on,
        counterparty_account=entry.counterparty_number,
        reversal=entry.is_reversal,
    )


def _missing(statement: BankStatement) -> list[Payment]:
    """Return the payments of the statement's account that are due by its last day and that no statement shows."""
    holders = BankAccount.objects.filter(number=statement.account_number).values_list("authority_id", "party")
    rows = list(banking.unanswered_on(list(holders), ordered_before=statement.to_day + timedelta(days=1)))
    outcome = matching.match(expected(rows), [], within=WITHIN, shown_through=statement.to_day)
    named = {row.end_to_end_id: row for row in rows}
    return [named[one.end_to_end_id] for one in outcome.missing if one.account == statement.account_number]
