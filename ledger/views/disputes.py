"""Disputes about lines of statements: what waits for whom, one in full, and what either side and the city do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import in_words
from ledger import selectors, subjects
from ledger.dispute_words import clock_of, history_of, next_in_words, state_in_words
from ledger.models import Dispute, Job, JobState
from ledger.selectors.answers import decision_under_way, disputes_seen_by, held_rows, line_of
from ledger.services import disputes
from ledger.statement_forms import AmountForm, WithdrawalForm
from ledger.views.statements import line_address, may_answer
from ledger.wording import event_in_words

DISPUTES_A_PAGE = 50
ROWS_SHOWN = 20


@require_GET
@allowed_to(Act.SEE_BOOKS)
def all_disputes(request: HttpRequest) -> HttpResponse:
    """Show every dispute this user may see, those that wait for this user on top."""
    today = Stamp.today(None).booked_on
    page = Paginator(disputes_seen_by(signed_in(request)), DISPUTES_A_PAGE).get_page(request.GET.get("page"))
    lines = [(one, event_in_words(one.event), *state_in_words(one), clock_of(one, today=today)) for one in page]
    return render(request, "ledger/disputes/list.html", {"page": page, "lines": lines})


@require_GET
@allowed_to(Act.SEE_BOOKS)
def one_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what it is about, who said what, what happens next and by when."""
    found, user = _dispute(request, pk), signed_in(request)
    job, rows = decision_under_way(found), held_rows(found)
    label, tone = state_in_words(found)
    context = {
        "found": found,
        "event": event_in_words(found.event),
        "programme": in_words(subjects.programmes().get(found.programme, found.programme)),
        "label": label,
        "tone": tone,
        "clock": clock_of(found, today=Stamp.today(None).booked_on),
        "next": next_in_words(found, job=job),
        "history": history_of(found),
        "rows": rows[:ROWS_SHOWN],
        "transfers": rows.count(),
        "line_address": _line_address(found, user),
        "job": job,
        "may_approve": may(user, Act.RUN_PERIODS) and _waits_for_another(job, user),
        "verbs": [(code, verb.button) for code, verb in VERBS.items() if verb.may(user, found) and job is None],
    }
    return render(request, "ledger/disputes/dispute.html", context)


class Verb(NamedTuple):
    """What somebody may do about a dispute: who, how the page asks, and the call that does it."""

    button: str | Promise
    question: str | Promise
    means: str | Promise
    done: str | Promise
    may: Callable[[User, Dispute], bool]
    form: Callable[[Dispute, Mapping[str, Any] | None], forms.Form]
    act: Callable[..., object]


def _amount(label: str | Promise) -> Callable[[Dispute, Mapping[str, Any] | None], forms.Form]:
    return lambda dispute, data: AmountForm(data, dispute=dispute, label=label)


def _answer(dispute: Dispute, wanted: Mapping[str, Any], stamp: Stamp) -> object:
    return disputes.offer(
        dispute=dispute,
        accepted_fen=wanted["accepted"],
        note=wanted["note"],
        authority=dispute.other.pk,
        stamp=stamp,
    )


def _withdraw(dispute: Dispute, wanted: Mapping[str, Any], stamp: Stamp) -> object:
    return disputes.withdraw(dispute=dispute, note=wanted["note"], authority=dispute.authority_id, stamp=stamp)


def _decide(dispute: Dispute, wanted: Mapping[str, Any], stamp: Stamp) -> object:
    return disputes.propose_decision(dispute=dispute, accepted_fen=wanted["accepted"], note=wanted["note"], stamp=stamp)


VERBS = {
    "answer": Verb(
        _("Answer the objection"),
        _("What is owed in your view?"),
        _("Your answer is shown to the other side and to the city. It books nothing."),
        _("Your answer is recorded."),
        lambda user, dispute: dispute.outcome is None and may_answer(user, dispute.other.pk),
        _amount(_("Owed in your view, in yuan")),
        _answer,
    ),
    "withdraw": Verb(
        _("Take the objection back"),
        _("Take the objection back?"),
        _("Then all of it is owed and is netted in the month that is open now. This cannot be undone."),
        _("The objection is taken back."),
        lambda user, dispute: dispute.outcome is None and may_answer(user, dispute.authority_id),
        lambda _dispute, data: WithdrawalForm(data),
        _withdraw,
    ),
    "decide": Verb(
        _("Propose a decision"),
        _("What does the debtor owe after all?"),
        _(
            "Once another city administrator has approved it, what is not owed goes back by a correction in the open "
            "month, and the rest is netted in that month."
        ),
        _("Your decision is proposed. Another city administrator has to approve it."),
        lambda user, dispute: dispute.outcome is None and may(user, Act.DECIDE_DISPUTES),
        _amount(_("Owed after all, in yuan")),
        _decide,
    ),
}


@require_http_methods(["GET", "POST"])
@allowed_to(Act.SEE_BOOKS)
def act(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Ask for what the verb needs, and do it."""
    found, verb = _dispute(request, pk), VERBS.get(code)
    if verb is None or not verb.may(signed_in(request), found):
        raise Http404
    form = verb.form(found, request.POST or None)
    if form.is_valid():
        try:
            verb.act(found, form.cleaned_data, Stamp.today(signed_in(request)))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, str(verb.done))
            return redirect("dispute", pk)
    return render(request, "ledger/disputes/act.html", {"found": found, "verb": verb, "form": form})


def _dispute(request: HttpRequest, pk: int) -> Dispute:
    return get_object_or_404(disputes_seen_by(signed_in(request)), pk=pk)


def _line_address(dispute: Dispute, user: User) -> str:
    """Return where the line is shown, from the side that this user may open."""
    codes = selectors.authority_codes_seen_by(user)
    sides = (dispute.authority_id, dispute.other.pk)
    return line_address(next(code for code in sides if codes is None or code in codes), line_of(dispute))


def _waits_for_another(job: Job | None, user: User) -> bool:
    return job is not None and job.state == JobState.PROPOSED and job.proposed_by != user
