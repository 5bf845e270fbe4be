"""The ledger to take away: a month, or all of it, as far as the reader may see."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.permissions import Act, allowed_to, signed_in
from accounts.stamps import Stamp
from ledger.exports import FORMATS, UnknownPeriod, extract
from ledger.views.downloads import export_file


@allowed_to(Act.SEE_BOOKS)
def export(request: HttpRequest, code: str, month: date | None = None) -> HttpResponseBase:
    today, reader = Stamp.today(None).booked_on, signed_in(request)
    if code not in FORMATS:
        raise Http404
    try:
        found = extract(period=month, today=today, reader=reader)
    except UnknownPeriod:
        raise Http404 from None
    return export_file(extract=found, form=FORMATS[code])
