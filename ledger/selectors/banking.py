"""Accounts at banks, orders to them and statements from them, for those who may look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from accounts.bulk import among, among_texts
from accounts.models import HUB, AuditEvent, User
from ledger.banking.matching import (
    DATE_DIFFERS,
    MATCHED,
    OVERPAID,
    PAID_AGAIN,
    PAID_TWICE,
    PART_PAYMENT,
    PAYMENT_REVERSED,
)
from ledger.events import TELLING
from ledger.models import BankAccount, BankEntry, BankMatch, BankStatement, Break, Payment, PaymentBatch, Transfer

#: The classes of lines whose money came, or went back, for their payment.
MOVES_THE_PAYMENT = (MATCHED, DATE_DIFFERS, PART_PAYMENT, OVERPAID, PAID_TWICE, PAYMENT_REVERSED, PAID_AGAIN)

#: An account belongs to an authority, or to one of its providers.
Holder = tuple[str, str]


class Shown(NamedTuple):
    """What statements showed of a payment, in fen, less what went back; and whether one line was the whole of it."""

    fen: int = 0
    was_matched: bool = False


def bank_accounts_on(day: date) -> dict[Holder, BankAccount]:
    """Return each holder's account as of ``day``."""
    rows = BankAccount.objects.filter(valid_from__lte=day).order_by("valid_from", "id")
    return {(row.authority_id, row.party): row for row in rows}


def bank_accounts_seen_by(user: User) -> QuerySet[BankAccount]:
    """Return every account ever recorded: all for the city and its auditors, to a district its own."""
    rows = BankAccount.objects.select_related("authority", "recorded_by")
    if user.sees_everything:
        return rows
    return rows.filter(authority__in=user.district_codes() if user.acts_for_districts else [])


def sides_of(payment: Payment) -> tuple[Holder, Holder]:
    """Return who pays and who receives."""
    authority, hub = (payment.authority_id, ""), (HUB, "")
    if payment.way == Payment.Way.TO_HUB:
        return authority, hub
    if payment.way == Payment.Way.FROM_HUB:
        return hub, authority
    return authority, (payment.authority_id, payment.party)


def shown_of(payments: Collection[int]) -> dict[int, Shown]:
    """Return what statements showed of each payment."""
    to_hub = When(payment__way=Payment.Way.TO_HUB, then=F("entry__fen"))
    rows = BankMatch.objects.filter(payment__in=payments, outcome__in=MOVES_THE_PAYMENT).values("payment").order_by()
    found = rows.annotate(fen=Sum(Case(to_hub, default=-F("entry__fen"))), matched=Count("pk", Q(outcome=MATCHED)))
    return {row["payment"]: Shown(row["fen"], row["matched"] > 0) for row in found}


def paid_of(payments: Collection[Payment]) -> dict[int, int]:
    """Return how much of each payment the books have as paid, in fen: shown by the bank, or identified by people."""
    payment_of = {payment.act: payment.pk for payment in payments}
    rows = Transfer.objects.filter(act__in=among_texts(payment_of), event__in=[event.code for event in TELLING])
    standing = rows.filter(reverses=None, reversed_by=None).order_by()
    return {payment_of[act]: int(fen) for act, fen in standing.values_list("act").annotate(fen=Sum("fen"))}


def unpaid_seen_by(user: User) -> QuerySet[Payment]:
    """Return the payments that the hub still waits for, the oldest first."""
    waiting = payments_seen_by(user).filter(way=Payment.Way.TO_HUB).order_by("batch__pays_on", "pk")
    paid = paid_of(list(waiting))
    return waiting.filter(pk__in=among([row.pk for row in waiting if paid.get(row.pk, 0) < row.fen]))


def unanswered_on(accounts: Collection[Holder], *, ordered_before: date) -> QuerySet[Payment]:
    """Return the payments that these holders' statements have to show, due before a day, and do not show."""
    rows = Payment.objects.filter(batch__pays_on__lt=ordered_before).exclude(matches__outcome__in=MOVES_THE_PAYMENT)
    of_hub = [Payment.Way.TO_HUB, Payment.Way.FROM_HUB] if (HUB, "") in accounts else []
    paying = [authority for authority, party in accounts if not party]
    return rows.filter(Q(way__in=of_hub) | Q(way=Payment.Way.TO_PROVIDER, authority__in=paying)).select_related("batch")


def statements_seen_by(user: User) -> QuerySet[BankStatement]:
    """Return the bank statements; they show everybody's payments, so only to the city and its auditors."""
    rows = BankStatement.objects.select_related("loaded_by").defer("content")
    return rows if user.sees_everything else rows.none()


def statement_before(statement: BankStatement) -> BankStatement | None:
    """Return the statement of the same account whose days end last before this one's."""
    earlier = Q(to_day__lt=statement.to_day) | Q(to_day=statement.to_day, pk__lt=statement.pk)
    rows = BankStatement.objects.filter(earlier, account_number=statement.account_number).defer("content")
    return rows.order_by("-to_day", "-pk").first()


def entries_of(statement: BankStatement) -> QuerySet[BankEntry]:
    """Return the lines of a statement with what became of each."""
    return statement.entries.select_related("match__payment__authority", "match__payment__batch").order_by("line")


def outcomes_of(statement: BankStatement) -> Mapping[str, int]:
    """Return how many lines ended in each class; those still waiting under an empty one."""
    rows = statement.entries.order_by().values_list("match__outcome").annotate(number=Count("pk"))
    return {outcome or "": number for outcome, number in rows}


def breaks_of(entries: Collection[BankEntry]) -> dict[int, int]:
    """Return the difference that each of these lines led to, row by row, where there is one."""
    keys = {f"bank:line:{entry.pk}": entry.pk for entry in entries}
    for entry in entries:
        if (match := getattr(entry, "match", None)) and match.payment_id:
            keys[f"bank:payment:{match.payment_id}:{entry.pk}"] = entry.pk
    found = Break.objects.filter(key__in=keys).values_list("key", "pk")
    return {keys[key]: pk for key, pk in found}


def payment_batches_seen_by(user: User) -> QuerySet[PaymentBatch]:
    return PaymentBatch.objects.visible_to(user).select_related("proposed_by", "approved_by")


def with_totals(batches: QuerySet[PaymentBatch]) -> QuerySet[PaymentBatch]:
    """Add how many payments each batch has and what they come to, in fen."""
    return batches.annotate(number=Count("payments"), fen=Sum("payments__fen", default=0)).order_by("-pk")


def payments_seen_by(user: User) -> QuerySet[Payment]:
    """Return the payments: all for the city and its auditors, to a district its own."""
    rows = Payment.objects.select_related("authority", "batch")
    if user.sees_everything:
        return rows
    return rows.filter(authority__in=user.district_codes() if user.acts_for_districts else [])


def order_files_of(batch: PaymentBatch) -> QuerySet[AuditEvent]:
    """Return every writing of the batch's file for the bank, with its hash, the newest first."""
    events = AuditEvent.objects.filter(verb="write_payment_file", subject=f"payment_batch:{batch.pk}")
    return events.select_related("by").order_by("-pk")
