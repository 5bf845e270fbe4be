"""Months of the ledger: how far each has come, who owes whom, who pays, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import HUB, Authority
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import month_in_words
from ledger import kinds, netting, selectors
from ledger.calendar_words import TONES, appointment_in_words, standing_in_words
from ledger.events import PAYMENT
from ledger.exports import FORMATS
from ledger.matrix import matrix
from ledger.models import Job, Transfer
from ledger.months import month_of, month_text
from ledger.netting import Obligation
from ledger.selectors import Appointment, PeriodBook
from ledger.selectors.answers import held_disputes
from ledger.services import period_jobs
from ledger.states import CLOSE, SETTLE, SETTLED, STATES, State
from ledger.views import figures
from ledger.views.banking import ordered_of
from ledger.views.downloads import csv_file, plain_yuan
from ledger.views.figures import Figures
from ledger.wording import event_in_words, next_step_in_words

MONTHS_A_PAGE = 24

#: What each way of paying is called, and what it means.
WAYS: dict[str, tuple[Promise, Promise]] = {
    "gross": (gettext_lazy("Gross"), gettext_lazy("Everybody pays everything owed.")),
    "bilateral": (gettext_lazy("Pair by pair"), gettext_lazy("Two authorities set off what they owe each other.")),
    "direct": (
        gettext_lazy("All together, without a hub"),
        gettext_lazy("Those in debt pay those in credit directly: at most one payment fewer than there are positions."),
    ),
    "hub": (
        gettext_lazy("All together, through the hub"),
        gettext_lazy("One payment for each position that is not zero. This is how the month is paid."),
    ),
}

ADDRESS_OF_JOB = {CLOSE: "period_close", SETTLE: "period_settle"}


@allowed_to(Act.SEE_BOOKS)
def all_periods(request: HttpRequest) -> HttpResponse:
    today = Stamp.today(None).booked_on
    months = selectors.known_months(today=today)
    page = Paginator(months, MONTHS_A_PAGE).get_page(request.GET.get("page"))
    lines = selectors.period_lines(months=list(page), user=signed_in(request))
    agenda = selectors.agenda(months, today=today)
    shown = [
        (
            line,
            next_step_in_words(month=line.month, state=line.state, job=line.job, today=today),
            _waits_for(agenda[line.month]),
        )
        for line in lines
    ]
    late = [(found, standing_in_words(found)) for found in selectors.late_appointments(agenda)]
    return render(request, "ledger/periods.html", {"lines": shown, "page": page, "late": late, "year": today.year})


@allowed_to(Act.SEE_BOOKS)
def period(request: HttpRequest, month: date) -> HttpResponse:
    today, user = Stamp.today(None).booked_on, signed_in(request)
    _known(month, today=today)
    book, is_over = selectors.period_book(month=month, user=user), month < month_of(today)
    may_propose = may(user, Act.RUN_PERIODS)
    payments = _payments(request, month)
    agenda = selectors.agenda([month], today=today)[month]
    ways = netting.ways_to_pay(book.obligations, hub=HUB) if user.sees_everything else []
    return render(
        request,
        "ledger/period.html",
        {
            "book": book,
            "period": month_text(month),
            "steps": _stages(book.state),
            "agenda": [(found, standing_in_words(found), TONES[found.standing]) for found in agenda],
            "waits_for": _waits_for(agenda),
            "next_step": next_step_in_words(month=month, state=book.state, job=book.job, today=today),
            "proposal_address": ADDRESS_OF_JOB.get(book.state.next_job) if is_over and may_propose else "",
            "whole_city": user.sees_everything,
            "ways": [(way, *WAYS[way.code]) for way in ways],
            "positions": _positions(book),
            "positions_fen": sum(book.positions.values()),
            "largest_position": max(map(abs, book.positions.values()), default=0),
            "matrix": _named_matrix(book.obligations),
            "payments": payments,
            "paid_fen": sum(payment.row.fen for payment in payments if not payment.receives),
            "received_fen": sum(payment.row.fen for payment in payments if payment.receives),
            "held": held_disputes(month, user=user),
            "ordered": ordered_of(month, user=user),
            "left_over": _left_over(request, book),
            "formats": FORMATS.values(),
        },
    )


@allowed_to(Act.SEE_BOOKS)
def obligation(request: HttpRequest, month: date, debtor: str, creditor: str) -> HttpResponse:
    """What one authority owes another from one month, and why."""
    book = selectors.period_book(month=month, user=signed_in(request))
    owed = {(o.debtor, o.creditor): o.fen for o in book.obligations}
    if (debtor, creditor) not in owed:
        raise Http404
    names = selectors.authorities_by_code()
    causes = selectors.causes(month=month, debtor=debtor, creditor=creditor)
    return render(
        request,
        "ledger/obligation.html",
        {
            "month": month,
            "period": month_text(month),
            "debtor": names[debtor],
            "creditor": names[creditor],
            "fen": owed[debtor, creditor],
            "back_fen": owed.get((creditor, debtor), 0),
            "causes": [(event, event_in_words(event), programme, fen) for event, programme, fen in causes],
            "causes_fen": sum(fen for _event, _programme, fen in causes),
        },
    )


@allowed_to(Act.SEE_BOOKS)
def obligations_csv(request: HttpRequest, month: date) -> HttpResponseBase:
    _known(month, today=Stamp.today(None).booked_on)
    book = selectors.period_book(month=month, user=signed_in(request))
    names = selectors.authorities_by_code()
    header = [_("Debtor's code"), _("Debtor"), _("Creditor's code"), _("Creditor"), _("Amount in yuan")]
    rows = (
        [o.debtor, names[o.debtor].name_zh, o.creditor, names[o.creditor].name_zh, plain_yuan(o.fen)]
        for o in book.obligations
    )
    return csv_file(name=f"obligations-{month_text(month)}.csv", header=header, rows=rows)


class Proposal(NamedTuple):
    """A step of a month that one person may propose; another has to approve it."""

    heading: str | Promise
    explanation: str | Promise
    button: str | Promise
    check: Callable[[date, date], None]
    propose: Callable[..., Job]
    figures: Callable[[date], Figures]


CLOSING = Proposal(
    gettext_lazy("Close %(month)s"),
    gettext_lazy(
        "Once it is closed nothing can be booked in this month any more. What is recorded later falls in the next "
        "open month. Closing cannot be taken back."
    ),
    gettext_lazy("Propose to close the month"),
    lambda month, day: period_jobs.check_closing(month=month, day=day),
    period_jobs.propose_closing,
    figures.of_closing,
)
SETTLING = Proposal(
    gettext_lazy("Net %(month)s and order its payments"),
    gettext_lazy(
        "What the authorities owe each other is netted to one position each, and one payment is ordered for each "
        "position through the settlement hub. The month is settled once the bank confirms the payments. Netting cannot "
        "be taken back."
    ),
    gettext_lazy("Propose to net the month"),
    lambda month, day: period_jobs.check_netting(month=month, day=day),
    period_jobs.propose_settling,
    figures.of_netting,
)


@allowed_to(Act.RUN_PERIODS)
def close(request: HttpRequest, month: date) -> HttpResponse:
    return _propose(request, month, CLOSING)


@allowed_to(Act.RUN_PERIODS)
def settle(request: HttpRequest, month: date) -> HttpResponse:
    return _propose(request, month, SETTLING)


@require_http_methods(["GET", "POST"])
def _propose(request: HttpRequest, month: date, proposal: Proposal) -> HttpResponse:
    stamp = Stamp.today(signed_in(request))
    _known(month, today=stamp.booked_on)
    try:
        if request.method == "POST":
            return _proposed(request, proposal.propose(month=month, stamp=stamp))
        proposal.check(month, stamp.booked_on)
        refusal = None
    except Refused as refused:
        refusal = refused
    signed = None if refusal else proposal.figures(month)
    context = {
        "heading": str(proposal.heading) % {"month": month_in_words(month)},
        "proposal": proposal,
        "month": month,
        "state": selectors.state_of(month),
        "refusal": refusal,
        "figures": signed,
        "shown": signed.shown if signed else {},
    }
    return render(request, "ledger/propose.html", context, status=409 if request.method == "POST" else 200)


def _proposed(request: HttpRequest, job: Job) -> HttpResponse:
    """Show the job. It may be older than this request: asking twice makes one."""
    if job.proposed_by == request.user:
        messages.success(request, _("The proposal is recorded. Another city administrator has to approve it."))
    return redirect("job", job.pk)


def _known(month: date, *, today: date) -> None:
    if month not in selectors.known_months(today=today):
        raise Http404


@dataclass(frozen=True)
class Stage:
    """One state a month passes through."""

    state: State
    is_done: bool
    is_current: bool


def _stages(present: State) -> list[Stage]:
    reached = STATES.index(present)
    is_over = present is SETTLED
    return [
        Stage(
            state=state,
            is_done=place < reached or is_over,
            is_current=place == reached and not is_over,
        )
        for place, state in enumerate(STATES)
    ]


def _waits_for(agenda: Iterable[Appointment]) -> str:
    """Say what a month waits for, and until when; nothing once it is settled."""
    found = selectors.next_appointment(agenda)
    return appointment_in_words(found) if found else ""


def _positions(book: PeriodBook) -> list[tuple[Authority, int]]:
    """Return the positions, those who receive most first."""
    names = selectors.authorities_by_code()
    return sorted(((names[code], fen) for code, fen in book.positions.items()), key=lambda pair: -pair[1])


def _named_matrix(obligations: list[Obligation]) -> dict[str, object]:
    square = matrix(obligations)
    names = selectors.authorities_by_code()
    return {
        "authorities": [names[code] for code in square.codes],
        "rows": [
            (names[row.debtor], [(names[creditor], fen) for creditor, fen in row.cells], row.total_fen)
            for row in square.rows
        ],
        "column_totals": square.column_totals,
        "total_fen": square.total_fen,
        "largest_fen": square.largest_fen,
    }


@dataclass(frozen=True)
class Payment:
    """A payment through the hub: the treasury is debited with what it receives."""

    row: Transfer

    @property
    def authority(self) -> Authority:
        return self.row.debit.authority

    @property
    def receives(self) -> bool:
        return self.row.debit.kind == kinds.CASH.code


def _payments(request: HttpRequest, month: date) -> list[Payment]:
    """Return a month's payments, those who pay first, the largest first."""
    rows = Transfer.objects.visible_to(signed_in(request)).filter(event=PAYMENT.code, settles=month)
    payments = [Payment(row) for row in rows.select_related("debit__authority").order_by("-fen", "id")]
    return sorted(payments, key=lambda payment: payment.receives)


def _left_over(request: HttpRequest, book: PeriodBook) -> list[tuple[str, int]] | None:
    """Return what settlement left open in the books this user sees; None before there was one."""
    if book.state is not SETTLED:
        return None
    codes = selectors.authority_codes_seen_by(signed_in(request))
    left = selectors.unsettled_balances(book.month).items()
    return [(code, fen) for code, fen in left if codes is None or code.partition("/")[0] in codes]
