"""Prefunds: what each authority should hold with the hub, what it holds, and how much of it is in use."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import FIRST_DAY, LAST_DAY, Stamp
from accounts.words import in_words
from ledger import selectors
from ledger.parameter_words import LEVELS
from ledger.selectors import Prefund
from ledger.services import prefunding
from ledger.views import figures
from ledger.views.downloads import csv_file, plain_yuan


@allowed_to(Act.SEE_BOOKS)
def all_prefunds(request: HttpRequest) -> HttpResponse:
    user, year = signed_in(request), Stamp.today(None).booked_on.year
    found = selectors.prefunds_seen_by(user, year=year)
    context = {
        "year": year,
        "lines": [(prefund, *LEVELS[prefund.level]) for prefund in found],
        "totals": _totals(found),
        "largest_fen": max((max(prefund.target_fen, prefund.held_fen) for prefund in found), default=0),
        "job": selectors.jobs_seen_by(user).filter(key=prefunding.job_key(year)).first(),
        "may_propose": may(user, Act.RUN_PAYMENTS),
        "whole_city": user.sees_everything,
    }
    return render(request, "ledger/prefunds/list.html", context)


def _totals(found: list[Prefund]) -> dict[str, int]:
    columns = ("spent_fen", "target_fen", "held_fen", "missing_fen", "used_fen")
    return {column: sum(getattr(prefund, column) for prefund in found) for column in columns}


@allowed_to(Act.SEE_BOOKS)
def prefunds_csv(request: HttpRequest) -> HttpResponseBase:
    year = Stamp.today(None).booked_on.year
    header = [
        _("Authority's code"),
        _("Authority"),
        _("Spent last year in yuan"),
        _("Target in yuan"),
        _("Held in yuan"),
        _("Missing in yuan"),
        _("In use in yuan"),
        _("In use in percent"),
        _("State"),
    ]
    found = selectors.prefunds_seen_by(signed_in(request), year=year)
    return csv_file(name=f"prefunds-{year}.csv", header=header, rows=map(_row, found))


def _row(prefund: Prefund) -> list[object]:
    missing = f"{'-' if prefund.missing_fen < 0 else ''}{plain_yuan(abs(prefund.missing_fen))}"
    sums = (prefund.spent_fen, prefund.target_fen, prefund.held_fen)
    return [
        prefund.authority.pk,
        in_words(prefund.authority),
        *map(plain_yuan, sums),
        missing,
        plain_yuan(prefund.used_fen),
        "" if prefund.used_percent is None else prefund.used_percent,
        LEVELS[prefund.level][0],
    ]


@require_http_methods(["GET", "POST"])
@allowed_to(Act.RUN_PAYMENTS)
def true_up(request: HttpRequest, year: int) -> HttpResponse:
    """Show what each authority would pay in or get back, and propose it."""
    stamp, refusal, signed = Stamp.today(signed_in(request)), None, None
    if not FIRST_DAY < date(year, 1, 1) <= LAST_DAY:
        raise Http404
    try:
        if request.method == "POST":
            job = prefunding.propose_true_up(year=year, stamp=stamp)
            messages.success(request, _("The proposal is recorded. Another city administrator has to approve it."))
            return redirect("job", job.pk)
        prefunding.check_true_up(year=year, stamp=stamp)
        signed = figures.of_true_up(year)
    except Refused as refused:
        refusal = refused
    context = {"year": year, "refusal": refusal, "figures": signed, "shown": signed.shown if signed else {}}
    return render(request, "ledger/prefunds/true_up.html", context, status=409 if request.method == "POST" else 200)
