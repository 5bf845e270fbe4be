"""A year's calendar to take away: every month's milestones, their days, and what was done."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.permissions import Act, allowed_to
from accounts.stamps import FIRST_DAY, LAST_DAY, Stamp
from ledger import selectors
from ledger.calendar_words import standing_in_words
from ledger.months import month_text
from ledger.selectors import Appointment
from ledger.views.downloads import csv_file


@allowed_to(Act.SEE_BOOKS)
def year_csv(request: HttpRequest, year: int) -> HttpResponseBase:
    """Days that were kept stand as they were reckoned; those of months that have not begun may still shift."""
    if not FIRST_DAY.year <= year < LAST_DAY.year:
        raise Http404
    months = [date(year, number, 1) for number in range(1, 13)]
    agenda = selectors.agenda(months, today=Stamp.today(None).booked_on)
    header = [
        _("Period"),
        _("Milestone"),
        _("Day"),
        _("Who acts"),
        _("State"),
        _("Done on"),
        _("Proposed by"),
        _("Approved by"),
        _("What was approved (SHA-256)"),
    ]
    rows = (_row(found) for month in months for found in agenda[month])
    return csv_file(name=f"calendar-{year}.csv", header=header, rows=rows)


def _row(found: Appointment) -> list[object]:
    step = found.step
    done = [step.booked_on, step.proposed_by, step.approved_by or "", step.payload] if step else [""] * 4
    place = [month_text(found.month), found.milestone.label, found.day, found.milestone.actor]
    return [*place, standing_in_words(found), *done]
