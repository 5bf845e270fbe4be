"""What the ledger's codes and rows are called when people read them."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from accounts.words import day_in_words, in_words, month_in_words
from ledger.events import EVENTS
from ledger.models import Job, JobState, LedgerAccount
from ledger.months import month_of, parse_month
from ledger.selectors import BookLine, authorities_by_code
from ledger.services.jobs import KINDS
from ledger.states import OPEN, State

#: The colour that repeats a job's state.
TONES = {
    JobState.PROPOSED: "todo",
    JobState.OPEN: "info",
    JobState.DONE: "good",
    JobState.PARKED: "stop",
    JobState.WITHDRAWN: "calm",
}


def event_in_words(code: str) -> str:
    return str(EVENTS[code].label) if code in EVENTS else code


def account_in_words(account: LedgerAccount) -> str:
    """Name what an account holds, without its authority: "Owed to a provider · health · clinic-3"."""
    return " · ".join(part for part in (account.get_kind_display(), account.programme, account.party) if part)


def book_line_in_words(line: BookLine) -> str:
    if line.account is not None and line.counterparty is not None:
        return f"{line.account.get_kind_display()} · {in_words(line.counterparty)}"
    if line.account is not None:
        return account_in_words(line.account)
    return _("Due with %(authority)s") % {"authority": in_words(line.counterparty)}


def job_in_words(job: Job) -> str:
    """Say what a job is for: its kind, and the month, the day or the authorities it is about."""
    label = str(KINDS[job.kind].label) if job.kind in KINDS else job.kind
    if month := job.params.get("month"):
        return _("%(job)s: %(of)s") % {"job": label, "of": month_in_words(parse_month(month))}
    if "successor" in job.params:
        return _("%(job)s: %(of)s") % {"job": label, "of": _merger_in_words(job)}
    if day := job.params.get("day"):
        return _("%(job)s: %(of)s") % {"job": label, "of": day_in_words(date.fromisoformat(day))}
    return label


def _merger_in_words(job: Job) -> str:
    names = authorities_by_code()
    before, after = (in_words(names[job.params[side]]) for side in ("predecessor", "successor"))
    day = day_in_words(date.fromisoformat(job.params["day"]))
    return _("%(before)s into %(after)s, from %(day)s on") % {"before": before, "after": after, "day": day}


def next_step_in_words(*, month: date, state: State, job: Job | None, today: date) -> str:
    """Say what happens next to a month, and who has to act."""
    if job is not None and job.state == JobState.PROPOSED:
        return _("%(name)s has proposed it. Another city administrator has to approve it.") % {"name": job.proposed_by}
    if job is not None and job.state == JobState.OPEN:
        return _("It is being worked on. Nobody has to do anything.")
    if job is not None and job.state == JobState.PARKED:
        return _("The work has stopped. A city administrator has to look at it.")
    if state is OPEN and month >= month_of(today):
        return _("The month is still running. It can be closed once it is over.")
    return str(state.next_step)
