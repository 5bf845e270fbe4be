"""A dispute as people read it: how it stands, who said what, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.clocks import Clock
from accounts.models import User
from accounts.words import day_in_words, in_words, yuan_in_figures
from ledger.models import Dispute, DisputeStep, Job, JobState

Step = DisputeStep.Step


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that one side, or the city, said or did."""

    what: str
    note: str
    who: User
    approved_by: User | None
    at: datetime


def state_in_words(dispute: Dispute) -> tuple[str, str]:
    """Return how it stands, and the tone of the tag that says so."""
    if dispute.outcome is not None:
        return dispute.outcome.get_step_display(), "calm"
    if dispute.steps.all():
        return _("Answered: the decision is awaited"), "wait"
    return _("Waiting for an answer"), "todo"


def next_in_words(dispute: Dispute, *, job: Job | None) -> str:
    """Say what happens next, by when, and who acts."""
    names = {
        "other": in_words(dispute.other),
        "authority": in_words(dispute.authority),
        "day": day_in_words(dispute.due_on),
    }
    if (outcome := dispute.outcome) is not None:
        return _ended_in_words(dispute, outcome)
    if job is not None and job.state == JobState.PROPOSED:
        return _("%(name)s has proposed a decision. Another city administrator has to approve it.") % {
            "name": job.proposed_by
        }
    if dispute.steps.all():
        sentence = _(
            "%(other)s has answered. %(authority)s can take its objection back; else the city decides by %(day)s."
        )
    else:
        sentence = _("%(other)s can answer. With an answer or without, the city decides by %(day)s.")
    return sentence % names


def _ended_in_words(dispute: Dispute, outcome: DisputeStep) -> str:
    if outcome.step == Step.WITHDRAWN:
        return _("The objection was taken back. All of it is owed and is netted in an open month.")
    figures = {
        "debtor": in_words(dispute.debtor),
        "accepted": yuan_in_figures(outcome.accepted_fen or 0),
        "fen": yuan_in_figures(dispute.fen),
    }
    return _("Decided: %(debtor)s owes %(accepted)s of the %(fen)s yuan, netted in an open month.") % figures


def clock_of(dispute: Dispute, *, today: date) -> Clock | None:
    """Return the clock that runs until the decision; None once the dispute is over."""
    return Clock(dispute.due_on, today) if dispute.outcome is None else None


def history_of(dispute: Dispute) -> list[Said]:
    """Return what was said, in order: the objection first."""
    objection = Said(
        what=_("%(authority)s objected to %(fen)s yuan")
        % {"authority": in_words(dispute.authority), "fen": yuan_in_figures(dispute.fen)},
        note=dispute.reason,
        who=dispute.raised_by,
        approved_by=None,
        at=dispute.raised_at,
    )
    return [objection, *(_said(dispute, step) for step in dispute.steps.all())]


def _said(dispute: Dispute, step: DisputeStep) -> Said:
    figures = {
        "authority": in_words(dispute.authority),
        "other": in_words(dispute.other),
        "debtor": in_words(dispute.debtor),
        "fen": yuan_in_figures(step.accepted_fen or 0),
    }
    sentences = {
        Step.OFFERED: _("%(other)s answered: %(debtor)s owes %(fen)s yuan"),
        Step.DECIDED: _("The city decided: %(debtor)s owes %(fen)s yuan"),
        Step.WITHDRAWN: _("%(authority)s took the objection back"),
    }
    return Said(
        what=sentences[Step(step.step)] % figures,
        note=step.note,
        who=step.by,
        approved_by=step.approved_by,
        at=step.at,
    )
