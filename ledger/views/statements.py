"""Statements: what a month comes to for each authority and each pair, to look at and to take away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_GET

from accounts.clocks import Clock
from accounts.models import Authority, User
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger import selectors
from ledger.selectors import Line
from ledger.selectors.answers import Standing, Waiting, standings, statements_waiting
from ledger.selectors.statements import statement, statements
from ledger.statement_files import FORMATS, Format, Row, Section, document
from ledger.statement_forms import LineForm, MonthForm
from ledger.statements import Statement
from ledger.states import NETTED, OPEN, SETTLED, STATED

#: In which files come, each named in itself.
LANGUAGES = {"zh-hans": "中文", "en": "English"}
FIGURES = ("opening_fen", "to_receive_fen", "to_pay_fen", "netted_fen", "taken_over_fen", "closing_fen")


class ShownRow(NamedTuple):
    """A row of a statement; a line also with how it stands and where it leads."""

    row: Row
    standing: Standing | None = None
    address: str = ""


@require_GET
@allowed_to(Act.SEE_BOOKS)
def all_statements(request: HttpRequest) -> HttpResponse:
    """Show what waits for an answer, then a month's statements in one table."""
    user, today = signed_in(request), Stamp.today(None).booked_on
    months = selectors.known_months(today=today)
    states = selectors.states_of(months)
    usual = next((month for month in months if states[month] is not OPEN), months[0])
    form = MonthForm(request.GET or None, months=months, usual=usual)
    names = selectors.authorities_by_code()
    month, codes = form.chosen(), selectors.authority_codes_seen_by(user)
    found = list(statements(month, codes=codes).values())
    context = {
        "form": form,
        "month": month,
        "state": states[month],
        "waiting": _waiting(user, today=today, names=names),
        "lines": [(one, names[one.authority]) for one in found],
        "totals": _totals(found),
        "whole_city": codes is None,
        "may_answer": may(user, Act.ANSWER_STATEMENTS),
    }
    return render(request, "ledger/statements/list.html", context)


def _waiting(user: User, *, today: date, names: Mapping[str, Authority]) -> list[tuple[Waiting, Authority, Clock]]:
    codes = selectors.authority_codes_seen_by(user)
    return [(one, names[one.authority], Clock(one.last_day, today)) for one in statements_waiting(codes)]


def _totals(found: list[Statement]) -> dict[str, int]:
    return {name: sum(getattr(one, name) for one in found) for name in FIGURES}


@require_GET
@allowed_to(Act.SEE_BOOKS)
def one_statement(request: HttpRequest, month: date, code: str, other: str = "") -> HttpResponse:
    """Show a month's statement of an authority, or of two; what became of its lines since stands beside it."""
    stated = statement_seen(request, month=month, code=code, other=other)
    names, state = selectors.authorities_by_code(), selectors.state_of(month)
    shown, stands = document(stated, names=names), standings(stated)
    unanswered = sum(standing.own is None for standing in stands.values())
    context = {
        "document": shown,
        "statement": stated,
        "authority": names[code],
        "other": names[other] if other else None,
        "state": state,
        "sections": [(section, _shown(section, code=code, stands=stands)) for section in shown.all_sections],
        "unanswered": unanswered,
        "may_confirm": may_answer(signed_in(request), code) and state is STATED and unanswered and not other,
        "clock": Clock(selectors.objection_window(month).last_day, Stamp.today(None).booked_on),
        "is_open": state is OPEN,
        "is_answerable": state is STATED,
        "is_netted": state in (NETTED, SETTLED),
        "held_fen": sum(standing.held_fen for standing in stands.values()),
        "files": _files(month, code=code, other=other),
    }
    return render(request, "ledger/statements/statement.html", context)


@require_GET
@allowed_to(Act.SEE_BOOKS)
def statement_file(
    request: HttpRequest, month: date, code: str, language: str, form: str, other: str = ""
) -> HttpResponse:
    """Hand the statement out in one of its forms, in either language."""
    if form not in FORMATS or language not in LANGUAGES:
        raise Http404
    stated = statement_seen(request, month=month, code=code, other=other)
    with override(language):
        shown = document(stated, names=selectors.authorities_by_code())
        content = FORMATS[form].write(shown)
    response = HttpResponse(content, content_type=FORMATS[form].content_type)
    response["Content-Disposition"] = f'attachment; filename="{shown.name}-{language}.{form}"'
    return response


def statement_seen(request: HttpRequest, *, month: date, code: str, other: str = "") -> Statement:
    """Return the statement if this user may open it; other authorities' do not exist for a district."""
    if month not in selectors.known_months(today=Stamp.today(None).booked_on):
        raise Http404
    authority = get_object_or_404(selectors.authorities_seen_by(signed_in(request)), pk=code)
    whole = statement(month, authority=authority.pk)
    if not other:
        return whole
    if other == code or other not in selectors.authorities_by_code():
        raise Http404
    return whole.with_counterpart(other)


def may_answer(user: User, code: str) -> bool:
    """Say whether this user answers for this authority."""
    return may(user, Act.ANSWER_STATEMENTS) and code in user.district_codes()


def line_address(code: str, line: Line) -> str:
    """Return where the line of a statement of ``code`` is shown."""
    return f"{reverse('statement_line', args=[line.month, code])}?{LineForm.query(line)}"


def _shown(section: Section, *, code: str, stands: Mapping[Line, Standing]) -> list[ShownRow]:
    return [_shown_row(row, code=code, stands=stands) for row in section.rows]


def _shown_row(row: Row, *, code: str, stands: Mapping[Line, Standing]) -> ShownRow:
    if row.line is None:
        return ShownRow(row)
    line = Line._make(row.line.key)
    return ShownRow(row, stands[line], line_address(code, line))


def _files(month: date, *, code: str, other: str) -> list[tuple[str, Format, str]]:
    """Return name of the language, form and address of each file."""
    name, args = ("statement_pair_file", [month, code, other]) if other else ("statement_file", [month, code])
    return [
        (called, form, reverse(name, args=[*args, language, form.code]))
        for form in FORMATS.values()
        for language, called in LANGUAGES.items()
    ]
