"""The statements of a month: issued once it is closed, then confirmed line by line by the districts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import selectors
from ledger.models import Job, PeriodStep, StatementAnswer, Step, Verdict
from ledger.months import month_text, parse_month
from ledger.payloads import payload_hash
from ledger.selectors.lines import Line, lines_of, rows_of
from ledger.selectors.statements import statement_payload
from ledger.services import jobs, periods
from ledger.services.posting import lock_month
from ledger.states import STATE, job_key


class NoStatement(Refused):
    code = "no_statement"
    sentence = _("The statements of %(month)s are not issued yet.")


class AlreadyStated(Refused):
    code = "already_stated"
    sentence = _("The statements of %(month)s are issued already. Nothing was changed.")


class AlreadyNetted(Refused):
    code = "already_netted"
    sentence = _("%(month)s is netted. What is wrong in it is put right in an open month.")


class NoSuchLine(Refused):
    code = "no_such_line"
    sentence = _("The statement of %(month)s has no such line.")


class NotAParty(Refused):
    code = "not_a_party"
    sentence = _("Only the two authorities of a line may answer it.")


class LineAnswered(Refused):
    code = "line_answered"
    sentence = _("This line of %(month)s is answered already: %(verdict)s.")


def ask_to_issue(*, month: date, stamp: Stamp) -> None:
    """Ask for the statements of a month that was just closed. Asking twice makes one job."""
    jobs.ask(kind=STATE, key=job_key(STATE, month), params={"month": month_text(month)}, total=1, stamp=stamp)


@transaction.atomic
def issue_statements(*, month: date, stamp: Stamp) -> PeriodStep:
    """Record that the statements of a closed month are issued, and the hash of every figure in them.

    Raises PeriodOpen or AlreadyStated.
    """
    lock_month(month)
    steps = selectors.steps_of(month)
    if Step.CLOSED not in steps:
        raise periods.PeriodOpen(month=month_text(month))
    if Step.STATED in steps:
        raise AlreadyStated(month=month_text(month))
    payload = payload_hash(statement_payload(month))
    return periods.take(Step.STATED, month=month, approved_by=None, payload=payload, stamp=stamp)


@transaction.atomic
def confirm(*, month: date, authority: str, stamp: Stamp, lines: Collection[Line] | None = None) -> int:
    """Confirm these lines of a month for one authority, or all it has not answered; return how many.

    Raises NoStatement, AlreadyNetted, NotAParty, NoSuchLine or LineAnswered.
    """
    check_answering(month=month)
    waiting = unanswered(month=month, authority=authority)
    chosen = list(waiting if lines is None else lines)
    for line in chosen:
        if line not in waiting:
            refuse_line(line, authority=authority)
    StatementAnswer.objects.bulk_create(
        answer(line, authority=authority, verdict=Verdict.CONFIRMED, stamp=stamp) for line in chosen
    )
    if chosen:
        audit.record(
            stamp=stamp,
            verb="confirm_statement",
            subject=f"period:{month_text(month)}",
            authority=authority,
            lines=len(chosen),
        )
    return len(chosen)


def answer(line: Line, *, authority: str, verdict: Verdict, stamp: Stamp) -> StatementAnswer:
    return StatementAnswer(
        month=line.month,
        debtor_id=line.debtor,
        creditor_id=line.creditor,
        event=line.event,
        programme=line.programme,
        belongs_to=line.belongs_to,
        authority_id=authority,
        verdict=verdict,
        by=stamp.by,
    )


def check_answering(*, month: date) -> None:
    """Raise what keeps a statement from being answered, and keep the month from being netted meanwhile."""
    lock_month(month)
    steps = selectors.steps_of(month)
    if Step.NETTED in steps:
        raise AlreadyNetted(month=month_text(month))
    if Step.STATED not in steps:
        raise NoStatement(month=month_text(month))


def unanswered(*, month: date, authority: str) -> list[Line]:
    """Return the lines that concern ``authority`` and that it has not answered."""
    answered = {line for (line, by), _verdict in selectors.answers_of(month).items() if by == authority}
    return [line for line in lines_of(month) if authority in (line.debtor, line.creditor) and line not in answered]


def refuse_line(line: Line, *, authority: str) -> None:
    """Raise why ``authority`` cannot answer ``line``, if so: NoSuchLine, NotAParty or LineAnswered."""
    if not rows_of(line).exists():
        raise NoSuchLine(month=month_text(line.month))
    if authority not in (line.debtor, line.creditor):
        raise NotAParty()
    if verdict := selectors.answers_of(line.month).get((line, authority)):
        raise LineAnswered(month=month_text(line.month), verdict=verdict.label)


@jobs.kind(STATE, _("Issue the statements of a month"))
def issue(job: Job, step: jobs.Step) -> bool:
    issue_statements(month=parse_month(job.params["month"]), stamp=step.stamp)
    job.done_count = job.total_count
    return True
