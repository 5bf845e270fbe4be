"""Objections to lines of a statement: they leave the netting at once, wait with a clock, and are decided by two people.

A decision never changes a row. What the debtor does not owe after all goes back by an adjustment in the open month, and
the rows that waited enter the netting of that same month: what remains between the two is what was accepted.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import insert_chosen
from accounts.models import User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.working_days import working_days_after
from ledger import calendar, events, interest, kinds, selectors
from ledger.kinds import AccountName
from ledger.models import (
    Dispute,
    DisputeStep,
    HeldTransfer,
    Job,
    ReleasedTransfer,
    Transfer,
    Verdict,
)
from ledger.money import yuan_text
from ledger.months import month_text
from ledger.selectors.lines import Line, rows_of
from ledger.services import jobs, statements
from ledger.services.posting import Entry, lock_month, post, share_open_months
from ledger.states import DECIDE

Step = DisputeStep.Step


class WindowOver(Refused):
    code = "objection_window_over"
    sentence = _("Objections to %(month)s were possible until %(day)s. What is wrong is put right in an open month.")


class NothingToHold(Refused):
    code = "nothing_to_hold"
    sentence = _("All of this is in dispute already.")


class DisputeEnded(Refused):
    code = "dispute_ended"
    sentence = _("This dispute is over: %(outcome)s. Nothing was changed.")


class NotYourTurn(Refused):
    code = "not_your_turn"
    sentence = _("Only %(authority)s may do this.")


class AmountOutside(Refused):
    code = "amount_outside"
    sentence = _("The amount must lie between 0.00 and %(most)s yuan, which is what is in dispute.")


@transaction.atomic
def raise_dispute(
    *, line: Line, authority: str, reason: str, stamp: Stamp, transfer: Transfer | None = None
) -> Dispute:
    """Object to a line, or to one transfer of it: from now on its rows stay out of the netting of their month.

    Raises NoStatement, AlreadyNetted, WindowOver, NotAParty, NoSuchLine, LineAnswered or NothingToHold.
    """
    statements.check_answering(month=line.month)
    last_day = selectors.objection_window(line.month).last_day
    if stamp.booked_on > last_day:
        raise WindowOver(month=month_text(line.month), day=last_day)
    _object(line, authority=authority, stamp=stamp)
    rows = rows_of(line).filter(held=None)
    if transfer is not None:
        rows = rows.filter(pk=transfer.pk)
    fen = sum(rows.values_list("fen", flat=True).iterator())
    if not fen:
        raise NothingToHold()
    dispute = Dispute.objects.create(
        month=line.month,
        debtor_id=line.debtor,
        creditor_id=line.creditor,
        event=line.event,
        programme=line.programme,
        belongs_to=line.belongs_to,
        authority_id=authority,
        transfer=transfer,
        fen=fen,
        reason=reason,
        raised_by=_person(stamp),
        raised_on=stamp.booked_on,
        due_on=working_days_after(stamp.booked_on, calendar.DECISION_WORKING_DAYS),
    )
    chosen = rows.order_by().values_list("pk", Value(dispute.pk), Value(timezone.now()))
    insert_chosen(HeldTransfer, columns=("transfer_id", "dispute_id", "at"), chosen=chosen)
    audit.record(stamp=stamp, verb="raise_dispute", subject=f"dispute:{dispute.pk}", authority=authority, fen=fen)
    return dispute


def _object(line: Line, *, authority: str, stamp: Stamp) -> None:
    """Record the objection to a line; one to another transfer of the same line needs no second record."""
    if selectors.answers_of(line.month).get((line, authority)) != Verdict.OBJECTED:
        statements.refuse_line(line, authority=authority)
        statements.answer(line, authority=authority, verdict=Verdict.OBJECTED, stamp=stamp).save(force_insert=True)


@transaction.atomic
def offer(*, dispute: Dispute, accepted_fen: int, note: str, authority: str, stamp: Stamp) -> DisputeStep:
    """Answer as the other of the two: say what the debtor owes in its view. Raises NotYourTurn or AmountOutside."""
    _refuse_ended(dispute)
    if authority != dispute.other.pk:
        raise NotYourTurn(authority=dispute.other)
    return _step(dispute, Step.OFFERED, accepted_fen=_within(dispute, accepted_fen), note=note, stamp=stamp)


@transaction.atomic
def withdraw(*, dispute: Dispute, note: str, authority: str, stamp: Stamp) -> DisputeStep:
    """Take an objection back: everything is owed after all. Raises NotYourTurn or DisputeEnded."""
    share_open_months()
    _refuse_ended(dispute)
    if authority != dispute.authority_id:
        raise NotYourTurn(authority=dispute.authority)
    ended = _step(dispute, Step.WITHDRAWN, accepted_fen=dispute.fen, note=note, stamp=stamp)
    _release(dispute, accepted_fen=dispute.fen, stamp=stamp)
    return ended


@transaction.atomic
def propose_decision(*, dispute: Dispute, accepted_fen: int, note: str, stamp: Stamp) -> Job:
    """Propose what the debtor owes; another person has to approve it. Raises DisputeEnded or AmountOutside."""
    _refuse_ended(dispute)
    return jobs.ask(
        kind=DECIDE,
        key=f"{DECIDE}:{dispute.pk}",
        params={"dispute": dispute.pk, "accepted_fen": _within(dispute, accepted_fen), "note": note},
        total=1,
        needs_approval=True,
        stamp=stamp,
    )


@transaction.atomic
def decide(*, dispute: Dispute, accepted_fen: int, note: str, approved_by: User, stamp: Stamp) -> DisputeStep:
    """Decide what the debtor owes: all, nothing or a part, in fen. Raises DisputeEnded or AmountOutside."""
    share_open_months()
    _refuse_ended(dispute)
    ended = _step(
        dispute,
        Step.DECIDED,
        accepted_fen=_within(dispute, accepted_fen),
        note=note,
        approved_by=approved_by,
        stamp=stamp,
    )
    _release(dispute, accepted_fen=accepted_fen, stamp=stamp)
    return ended


@jobs.kind(DECIDE, _("Decide a dispute"))
def decide_as_job(job: Job, step: jobs.Step) -> bool:
    assert step.approved_by is not None, "the database lets no such job run unapproved"
    decide(
        dispute=Dispute.objects.get(pk=job.params["dispute"]),
        accepted_fen=job.params["accepted_fen"],
        note=job.params["note"],
        approved_by=step.approved_by,
        stamp=step.stamp,
    )
    job.done_count = job.total_count
    return True


def _release(dispute: Dispute, *, accepted_fen: int, stamp: Stamp) -> None:
    """Let the rows enter the netting of the open month, and with them what puts them right and what waiting cost."""
    month = selectors.open_month(day=stamp.booked_on)
    post(entries=_settling_rows(dispute, accepted_fen=accepted_fen, day=stamp.booked_on), stamp=stamp)
    held = HeldTransfer.objects.filter(dispute=dispute).order_by()
    chosen = held.values_list("pk", Value(month), Value(timezone.now()))
    insert_chosen(ReleasedTransfer, columns=("held_id", "settles", "at"), chosen=chosen)


def _settling_rows(dispute: Dispute, *, accepted_fen: int, day: date) -> list[Entry]:
    due = selectors.calendar_of(dispute.month)[calendar.PAYMENT.code]
    rates = selectors.late_interest_rates()
    bears, cost = kinds.COST if dispute.programme else kinds.INTEREST, dispute.fen - accepted_fen
    waited = interest.late_interest(fen=accepted_fen, due=due, paid=day, rates=rates)
    rows = [
        (events.ADJUSTMENT, bears, dispute.programme, dispute.creditor_id, dispute.debtor_id, cost),
        (events.LATE_INTEREST, kinds.INTEREST, "", dispute.debtor_id, dispute.creditor_id, waited),
    ]
    return [
        Entry(
            key=f"{event.code}:{dispute}",
            event=event,
            act=f"{dispute}",
            day=day,
            debit=AccountName(debit, kind.code, programme),
            credit=AccountName(credit, kind.code, programme),
            fen=fen,
        )
        for event, kind, programme, debit, credit, fen in rows
        if fen
    ]


def _step(
    dispute: Dispute,
    step: DisputeStep.Step,
    *,
    accepted_fen: int,
    note: str,
    stamp: Stamp,
    approved_by: User | None = None,
) -> DisputeStep:
    audit.record(stamp=stamp, verb=f"dispute_{step}", subject=f"{dispute}", accepted_fen=accepted_fen)
    return DisputeStep.objects.create(
        dispute=dispute,
        step=step,
        accepted_fen=accepted_fen,
        note=note,
        by=_person(stamp),
        approved_by=approved_by,
        booked_on=stamp.booked_on,
    )


def _person(stamp: Stamp) -> User:
    assert stamp.by is not None, "only people object and decide"
    return stamp.by


def _refuse_ended(dispute: Dispute) -> None:
    """Raise DisputeEnded if so. Acts on the disputes of a month follow each other."""
    lock_month(dispute.month)
    ended = DisputeStep.objects.filter(dispute=dispute, step__in=DisputeStep.ENDS).first()
    if ended is not None:
        raise DisputeEnded(outcome=ended.get_step_display())


def _within(dispute: Dispute, fen: int) -> int:
    if not 0 <= fen <= dispute.fen:
        raise AmountOutside(most=yuan_text(dispute.fen))
    return fen
