"""Moves as cases, for administrators and auditors: the list of those that wait, and each with what can be done."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import Resident, User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from vouchers.case_words import STEPS, VERBS, StepWords, headline, what_next
from vouchers.casebook import WAITING, Case, listed, people_of, with_details
from vouchers.cases import Step
from vouchers.models import Move
from vouchers.models.moves import MoveQuerySet
from vouchers.views import case_steps

CASES_ON_A_PAGE = 25
HERE = case_steps.Side("move", shows_money=True)


@require_GET
@allowed_to(Act.SEE_MOVES)
def moves(request: HttpRequest) -> HttpResponse:
    """List the cases of one kind, those due first on top."""
    user = signed_in(request)
    headings = {key: text for key, text in WAITING.items() if key != "us" or may(user, Act.RECORD_MOVE)}
    chosen = request.GET.get("waiting", "")
    waiting = chosen if chosen in headings else next(iter(headings))
    rows = with_details(listed(user, waiting=waiting))
    page = Paginator(rows, CASES_ON_A_PAGE).get_page(request.GET.get("page"))
    today = Stamp.today(user).as_of
    context = {
        "headings": headings,
        "waiting": waiting,
        "page": page,
        "cases": [Case(row, user, today) for row in page],
    }
    return render(request, "vouchers/cases/list.html", context)


@require_GET
@allowed_to(Act.SEE_MOVES)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case: who waits for whom until when, its facts and its steps, and what this user may do."""
    user = signed_in(request)
    case = case_or_404(Move.objects.visible_to(user), pk=pk, user=user)
    people = people_of(case.move, user=user)
    seen = Resident.objects.visible_to(user).filter(pk__in=[row.resident_id for row in people])
    context = {
        "case": case,
        "headline": headline(case),
        "next": what_next(case),
        "people": people,
        "seen": set(seen.values_list("pk", flat=True)),
        "buttons": [(VERBS[step], STEPS[VERBS[step]]) for step in case.open_steps if step in VERBS],
        "may_correct": Step.CORRECTED in case.open_steps,
        "replaced": case.move.corrects,
        "replacement": getattr(case.move, "corrected_by", None),
        "may_act": may(user, Act.RECORD_MOVE),
    }
    return render(request, "vouchers/cases/case.html", context)


@allowed_to(Act.RECORD_MOVE)
def step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Show what a step changes, and take it."""
    user = signed_in(request)
    case = case_or_404(Move.objects.administered_by(user), pk=pk, user=user)
    return case_steps.take(request, case, words=_words_or_404(verb), side=HERE)


@allowed_to(Act.RECORD_MOVE)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Put another day or district in the place of what a move says."""
    user = signed_in(request)
    case = case_or_404(Move.objects.administered_by(user), pk=pk, user=user)
    return case_steps.correct(request, case, side=HERE)


def case_or_404(rows: MoveQuerySet, *, pk: int, user: User) -> Case:
    """Return the case that a move belongs to as that move shows it, or the same 404 for not there and not yours."""
    return Case(get_object_or_404(with_details(rows), pk=pk), user, Stamp.today(user).as_of)


def _words_or_404(verb: str) -> StepWords:
    if verb not in STEPS:
        raise Http404
    return STEPS[verb]
