"""Closing and settling a month as jobs: one person proposes, another approves, a worker does it."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import selectors
from ledger.models import Job, Step
from ledger.months import month_text, next_month, parse_month
from ledger.services import jobs, periods, sealing
from ledger.states import CLOSE, SETTLE, job_key


class MonthNotOver(Refused):
    code = "month_not_over"
    sentence = _("%(month)s is not over yet. Propose to close it on %(day)s or later.")


def check_closing(*, month: date, day: date) -> None:
    """Raise what stands in the way of proposing on ``day``: MonthNotOver, or what closing it now would raise."""
    if day < next_month(month):
        raise MonthNotOver(month=month_text(month), day=next_month(month))
    periods.check_closing(month=month)


@transaction.atomic
def propose_closing(*, month: date, stamp: Stamp) -> Job:
    """Ask for a month to be closed. Raises what ``check_closing`` raises."""
    check_closing(month=month, day=stamp.booked_on)
    return _ask(CLOSE, month=month, stamp=stamp)


@transaction.atomic
def propose_settling(*, month: date, stamp: Stamp) -> Job:
    """Ask for a closed month to be netted and paid. Raises PeriodOpen or AlreadySettled."""
    periods.check_settling(month=month)
    return _ask(SETTLE, month=month, stamp=stamp)


def _ask(kind: str, *, month: date, stamp: Stamp) -> Job:
    return jobs.ask(
        kind=kind,
        key=job_key(kind, month),
        params={"month": month_text(month)},
        total=1,
        needs_approval=True,
        stamp=stamp,
    )


@jobs.kind(CLOSE, _("Close a month"))
def close(job: Job, step: jobs.Step) -> bool:
    month = parse_month(job.params["month"])
    periods.close_period(month=month, approved_by=_approver(step), stamp=step.stamp)
    sealing.ask_after_closing(month=month, stamp=step.stamp)
    job.done_count = job.total_count
    return True


@jobs.kind(SETTLE, _("Net and settle a month"))
def settle(job: Job, step: jobs.Step) -> bool:
    """Net in the first step, pay in the second."""
    month, approver = parse_month(job.params["month"]), _approver(step)
    job.total_count = 2
    if Step.NETTED not in selectors.steps_of(month):
        periods.net_period(month=month, approved_by=approver, stamp=step.stamp)
        job.done_count = 1
        return False
    periods.pay_period(month=month, approved_by=approver, stamp=step.stamp)
    job.done_count = 2
    return True


def _approver(step: jobs.Step) -> User:
    assert step.approved_by is not None, "the database lets no such job run unapproved"
    return step.approved_by
