"""What the steps of a case are called on a button, what they mean, and what comes after them, in whole sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.words import day_in_words, in_words, joined
from vouchers.casebook import Case
from vouchers.cases import AGREED, Step

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

NOTE = gettext_lazy("Note")


@dataclass(frozen=True, kw_only=True)
class StepWords:
    """A step that a person may take: its ``button``, the ``question`` before it and what it ``means``."""

    step: Step
    button: Words
    question: Words
    means: Words
    done: Words
    note: Words = NOTE
    needs_note: bool = False
    is_warning: bool = False


STEPS: dict[str, StepWords] = {
    "confirm": StepWords(
        step=Step.CONFIRMED,
        button=gettext_lazy("Confirm the move"),
        question=gettext_lazy("Confirm that %(name)s lives in %(destination)s from %(day)s on?"),
        means=gettext_lazy("From that day on %(destination)s pays, and bears its share of the cost."),
        done=gettext_lazy("The move is confirmed."),
    ),
    "dispute": StepWords(
        step=Step.DISPUTED,
        button=gettext_lazy("Dispute the move"),
        question=gettext_lazy("Dispute that %(name)s moved to %(destination)s?"),
        means=gettext_lazy(
            "The city decides within 15 working days. Until then the resident's benefits continue, and what is in "
            "dispute stays with the city."
        ),
        done=gettext_lazy("The move is disputed. The city decides."),
        note=gettext_lazy("Why do you dispute it?"),
        needs_note=True,
    ),
    "reject": StepWords(
        step=Step.REJECTED,
        button=gettext_lazy("Reject the move"),
        question=gettext_lazy("Reject the move of %(name)s to %(destination)s?"),
        means=gettext_lazy(
            "The move counts no longer: the resident is taken to live in %(origin)s as before. What was used meanwhile "
            "stays paid, and the money between the districts is put right."
        ),
        done=gettext_lazy("The move is rejected. It counts no longer."),
        note=gettext_lazy("Why do you reject it?"),
        needs_note=True,
        is_warning=True,
    ),
    "withdraw": StepWords(
        step=Step.WITHDRAWN,
        button=gettext_lazy("Withdraw the report"),
        question=gettext_lazy("Withdraw the report that %(name)s moves to %(destination)s?"),
        means=gettext_lazy(
            "It will be as if the move had not been reported. The vouchers stay as they are, with all that is left."
        ),
        done=gettext_lazy("The report is withdrawn. Nothing else changes."),
        is_warning=True,
    ),
    "annul": StepWords(
        step=Step.ANNULLED,
        button=gettext_lazy("Annul the move"),
        question=gettext_lazy("Annul the move of %(name)s to %(destination)s?"),
        means=gettext_lazy(
            "It will be as if the move had never happened: %(origin)s pays again, and the money between the districts "
            "is put right. Nothing changes in what the resident can spend. The record of the move stays."
        ),
        done=gettext_lazy("The move is annulled. It is as if it had never happened."),
        is_warning=True,
    ),
}
VERBS = {words.step: verb for verb, words in STEPS.items()}


def filled(sentence: Words, *, case: Case) -> str:
    """Fill a sentence with the names of a case."""
    move = case.move
    return str(sentence) % {
        "name": move.resident.name,
        "origin": in_words(move.origin) if move.origin else _("outside the participating area"),
        "destination": destination_of(case),
        "day": day_in_words(move.effective_on),
    }


def destination_of(case: Case) -> str:
    return in_words(case.move.destination) if case.move.destination else _("outside the participating area")


def headline(case: Case) -> str:
    """Say the move in one sentence without a full stop."""
    move = case.move
    if move.effective_on > case.today:
        return filled(_("%(name)s moves from %(origin)s to %(destination)s on %(day)s"), case=case)
    return filled(_("%(name)s moved from %(origin)s to %(destination)s on %(day)s"), case=case)


def what_next(case: Case) -> str:
    """Say who has to act, by when, and what follows if nobody does."""
    if case.clock is None:
        return filled(_AFTER[case.state], case=case)
    who, day = case.awaited, day_in_words(case.clock.due_on)
    if case.state == Step.DISPUTED:
        return joined(
            _("%(district)s disputes the move.") % {"district": destination_of(case)},
            _("%(who)s decides by %(day)s.") % {"who": who, "day": day},
        )
    if case.clock.is_over:
        return _("%(who)s had until %(day)s to answer and did not. The move is about to count as confirmed.") % {
            "who": who,
            "day": day,
        }
    return joined(
        _("%(who)s has until %(day)s to answer.") % {"who": who, "day": day},
        _("If it says nothing, the move counts as confirmed."),
    )


def how_to_object(case: Case) -> str:
    """Tell a resident what can be done if something is wrong."""
    if case.move.is_open:
        return _("If something is wrong, correct the report or withdraw it here until it is decided.")
    if case.state in AGREED:
        return filled(
            _(
                "If this is wrong, tell the district office of %(origin)s or %(destination)s, at any time. Either can "
                "correct the move or annul it."
            ),
            case=case,
        )
    if case.state == Step.CORRECTED:
        return ""
    return _(
        "If you do live there, report the move again with what proves it, or ask the district office. "
        "Your vouchers can be used meanwhile."
    )


_AFTER: dict[Step, Words] = {
    Step.CONFIRMED: gettext_lazy("%(destination)s confirmed the move. Nobody has to do anything more."),
    Step.TIMED_OUT: gettext_lazy(
        "%(destination)s did not answer in time, so the move counts as confirmed. Nobody has to do anything more."
    ),
    Step.WITHDRAWN: gettext_lazy("The report was withdrawn. The move does not count."),
    Step.REJECTED: gettext_lazy("The city rejected the move. It does not count."),
    Step.ANNULLED: gettext_lazy("The move was annulled. It is as if it had never happened."),
    Step.CORRECTED: gettext_lazy("Another move took the place of this one."),
}
