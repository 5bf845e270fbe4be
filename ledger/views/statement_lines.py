"""One line of a statement: the transfers it sums, and what the district's finance officer says to it."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.clocks import Clock
from accounts.models import Authority
from accounts.permissions import Act, allowed_to, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import selectors, subjects
from ledger.models import Transfer, Verdict
from ledger.selectors import Line
from ledger.selectors.answers import Standing, standings
from ledger.services import disputes, statements
from ledger.statement_files import Row, document
from ledger.statement_forms import LineForm, ObjectionForm
from ledger.statements import Statement
from ledger.states import STATED
from ledger.views.statements import line_address, may_answer, statement_seen

ROWS_A_PAGE = 50


class _Found:
    """The line that an address names, in the statement of the authority it names."""

    def __init__(self, request: HttpRequest, month: date, code: str) -> None:
        self.statement: Statement = statement_seen(request, month=month, code=code)
        line = LineForm(request.GET).line(month)
        stands = standings(self.statement)
        if line is None or line not in stands:
            raise Http404
        self.line: Line = line
        self.standing: Standing = stands[line]
        self.names = selectors.authorities_by_code()
        self.row = self._row()

    @property
    def other(self) -> Authority:
        """The authority at the other end."""
        mine = self.line.creditor == self.statement.authority
        return self.names[self.line.debtor if mine else self.line.creditor]

    @property
    def free_fen(self) -> int:
        """What is not in dispute, in fen."""
        return abs(self.row.fen) - self.standing.held_fen

    def transfer(self, request: HttpRequest) -> Transfer | None:
        """Return the one transfer of the line that is named, if one is."""
        number = request.GET.get("transfer", "")
        if not number:
            return None
        if not number.isdecimal() or len(number) > 18:
            raise Http404
        return get_object_or_404(selectors.rows_of(self.line).filter(held=None), pk=int(number))

    def _row(self) -> Row:
        rows = (row for section in document(self.statement, names=self.names).sections for row in section.rows)
        return next(row for row in rows if row.line and row.line.key == tuple(self.line))


@require_GET
@allowed_to(Act.SEE_BOOKS)
def one_line(request: HttpRequest, month: date, code: str) -> HttpResponse:
    """Show a line with the transfers it sums, each of which can be objected to alone."""
    found = _Found(request, month, code)
    rows = selectors.rows_of(found.line).select_related("held__dispute").order_by("id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    names = subjects.names_of({row.subject for row in page if row.subject is not None})
    mine = may_answer(signed_in(request), code) and selectors.state_of(month) is STATED
    context = {
        "found": found,
        "authority": found.names[code],
        "debtor": found.names[found.line.debtor],
        "creditor": found.names[found.line.creditor],
        "query": LineForm.query(found.line),
        "page": page,
        "rows": [(row, names.get(row.subject) if row.subject else None) for row in page],
        "may_confirm": mine and found.standing.own is None,
        "may_object": mine and found.standing.own != Verdict.CONFIRMED and found.free_fen > 0,
        "clock": Clock(selectors.objection_window(month).last_day, Stamp.today(None).booked_on),
    }
    return render(request, "ledger/statements/line.html", context)


@require_POST
@allowed_to(Act.ANSWER_STATEMENTS)
def confirm(request: HttpRequest, month: date, code: str) -> HttpResponse:
    """Confirm the line that is named, or all that wait when none is."""
    _refuse_strangers(request, code)
    lines = [_Found(request, month, code).line] if request.GET else None
    number = statements.confirm(month=month, authority=code, lines=lines, stamp=Stamp.today(signed_in(request)))
    words = ngettext("%(number)d line is confirmed.", "%(number)d lines are confirmed.", number)
    messages.success(request, words % {"number": number})
    return redirect("statement", month, code)


@require_http_methods(["GET", "POST"])
@allowed_to(Act.ANSWER_STATEMENTS)
def object_to(request: HttpRequest, month: date, code: str) -> HttpResponse:
    """Object to a line, or to one transfer of it."""
    _refuse_strangers(request, code)
    found = _Found(request, month, code)
    transfer, form = found.transfer(request), ObjectionForm(request.POST or None)
    if form.is_valid():
        try:
            dispute = disputes.raise_dispute(
                line=found.line,
                authority=code,
                reason=form.cleaned_data["reason"],
                transfer=transfer,
                stamp=Stamp.today(signed_in(request)),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your objection is recorded. The other side is asked to answer it."))
            return redirect("dispute", dispute.pk)
    context = {
        "form": form,
        "found": found,
        "transfer": transfer,
        "fen": transfer.fen if transfer else found.free_fen,
        "back": line_address(code, found.line),
    }
    return render(request, "ledger/statements/object.html", context)


def _refuse_strangers(request: HttpRequest, code: str) -> None:
    """Statements of other districts do not exist for a finance officer."""
    if not may_answer(signed_in(request), code):
        raise Http404
