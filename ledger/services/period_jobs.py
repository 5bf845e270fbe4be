"""Closing and netting a month as jobs: one person proposes, another approves these figures, a worker does it.

What is approved before its day waits for it: people approve, and the clock closes.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refused
from accounts.stamps import SHANGHAI, Stamp
from ledger import calendar, selectors
from ledger.models import Job, Step
from ledger.months import month_text, next_month, parse_month
from ledger.payloads import payload_hash
from ledger.services import jobs, payments, periods, sealing, statements
from ledger.states import CLOSE, SETTLE, job_key


class MonthNotOver(Refused):
    code = "month_not_over"
    sentence = _("%(month)s is not over yet. Propose to close it on %(day)s or later.")


class WindowOpen(Refused):
    code = "objection_window_open"
    sentence = _(
        "The districts may object to %(month)s until %(last)s, and %(waiting)s of them have still lines to answer. "
        "It can be netted from %(day)s on, or as soon as every line is answered."
    )


def check_closing(*, month: date, day: date) -> None:
    """Raise what stands in the way of proposing on ``day``: MonthNotOver, or what closing it now would raise."""
    if day < next_month(month):
        raise MonthNotOver(month=month_text(month), day=next_month(month))
    periods.check_closing(month=month)


def check_netting(*, month: date, day: date) -> None:
    """Raise what stands in the way of proposing on ``day`` to net: PeriodOpen, AlreadySettled, NoStatement, WindowOpen.

    The objection window ends early once every line is answered.
    """
    periods.check_settling(month=month)
    if Step.STATED not in selectors.steps_of(month):
        raise statements.NoStatement(month=month_text(month))
    last_day, netting_day = selectors.objection_window(month)
    if day < netting_day and (waiting := selectors.lines_waiting(month)):
        raise WindowOpen(month=month_text(month), last=last_day, waiting=len(waiting), day=netting_day)


@transaction.atomic
def propose_closing(*, month: date, stamp: Stamp) -> Job:
    """Ask for a month to be closed on its day, or at once when that has come. Raises what ``check_closing`` raises."""
    check_closing(month=month, day=stamp.booked_on)
    figures = periods.closing_figures(month)
    not_before = datetime.combine(selectors.calendar_of(month)[calendar.CLOSE.code], time.min, SHANGHAI)
    return _ask(CLOSE, month=month, figures=figures, stamp=stamp, not_before=not_before)


@transaction.atomic
def propose_settling(*, month: date, stamp: Stamp) -> Job:
    """Ask for a month to be netted and its payments ordered. Raises what ``check_netting`` raises."""
    check_netting(month=month, day=stamp.booked_on)
    return _ask(SETTLE, month=month, figures=periods.netting_figures(month, selectors.obligations(month)), stamp=stamp)


def _ask(
    kind: str, *, month: date, figures: dict[str, object], stamp: Stamp, not_before: datetime | None = None
) -> Job:
    return jobs.ask(
        kind=kind,
        key=job_key(kind, month),
        params={"month": month_text(month), "payload": payload_hash(figures)},
        total=1,
        needs_approval=True,
        not_before=not_before,
        stamp=stamp,
    )


@jobs.kind(CLOSE, _("Close a month"))
def close(job: Job, step: jobs.Step) -> bool:
    """Close the month, and ask for its statements and its seal."""
    month = parse_month(job.params["month"])
    periods.close_period(
        month=month, approved_by=_approver(step), approved=job.params.get("payload", ""), stamp=step.stamp
    )
    statements.ask_to_issue(month=month, stamp=step.stamp)
    sealing.ask_after_closing(month=month, stamp=step.stamp)
    job.done_count = job.total_count
    return True


@jobs.kind(SETTLE, _("Net a month and order its payments"))
def settle(job: Job, step: jobs.Step) -> bool:
    """Net in the first step, order the payments in the second. The bank's word settles the month."""
    month, approver = parse_month(job.params["month"]), _approver(step)
    job.total_count = 2
    if Step.NETTED not in selectors.steps_of(month):
        approved = job.params.get("payload", "")
        periods.net_period(month=month, approved_by=approver, approved=approved, stamp=step.stamp)
        job.done_count = 1
        return False
    payments.order_settlement(month=month, approved_by=approver, stamp=step.stamp)
    job.done_count = 2
    return True


def _approver(step: jobs.Step) -> User:
    assert step.approved_by is not None, "the database lets no such job run unapproved"
    return step.approved_by
