"""The figures that two people approve, as a page shows them before they sign, with their hash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from accounts.models import Authority
from ledger import selectors
from ledger.break_words import reason_in_words
from ledger.models import Job, JobState
from ledger.months import parse_month
from ledger.netting import Obligation
from ledger.payloads import payload_hash
from ledger.selectors import Books
from ledger.selectors.breaks import break_numbered
from ledger.services import breaks, periods, prefunding
from ledger.services.breaks import Correction
from ledger.states import CLOSE, SETTLE

#: A job in one of these states has still to do its work, or the rest of it.
BEFOREHAND = (JobState.PROPOSED, JobState.OPEN, JobState.PARKED)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a step would be taken on now; ``payload`` is its hash, and ``template`` shows ``shown``."""

    template: str
    payload: str
    shown: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class BookMoved:
    """What the rows of a month add up to in one book, in fen: its debits equal its credits."""

    authority: Authority
    accounts: int
    debit_fen: int
    credit_fen: int


def of_closing(month: date) -> Figures:
    figures, names = periods.closing_figures(month), selectors.authorities_by_code()
    books = [
        BookMoved(
            authority=names[code],
            accounts=len(lines),
            debit_fen=sum(fen for fen in lines.values() if fen > 0),
            credit_fen=-sum(fen for fen in lines.values() if fen < 0),
        )
        for code, lines in cast(Books, figures["books"]).items()
    ]
    shown = {"books": books, "rows": selectors.count_rows(month), **_totals(books)}
    return Figures(template="ledger/figures/closing.html", payload=payload_hash(figures), shown=shown)


def _totals(books: list[BookMoved]) -> dict[str, int]:
    return {"debit_fen": sum(book.debit_fen for book in books), "credit_fen": sum(book.credit_fen for book in books)}


def of_netting(month: date) -> Figures:
    figures = periods.netting_figures(month, selectors.obligations(month))
    names = selectors.authorities_by_code()
    owed, held = (cast(list[Obligation], figures[part]) for part in ("obligations", "held"))
    positions = cast(dict[str, int], figures["positions"])
    shown = {
        "positions": [(names[code], fen) for code, fen in positions.items()],
        "positions_fen": sum(positions.values()),
        "largest_position": max(map(abs, positions.values()), default=0),
        "obligations": len(owed),
        "gross_fen": sum(o.fen for o in owed),
        "held": [(names[o.debtor], names[o.creditor], o.fen) for o in held],
        "whole_city": True,
    }
    return Figures(template="ledger/figures/netting.html", payload=payload_hash(figures), shown=shown)


def of_true_up(year: int) -> Figures:
    found = selectors.prefunds(year=year)
    shown = {
        "prefunds": found,
        "to_pay_fen": sum(max(0, prefund.missing_fen) for prefund in found),
        "to_return_fen": sum(max(0, -prefund.missing_fen) for prefund in found),
    }
    return Figures(template="ledger/figures/true_up.html", payload=selectors.true_up_payload(year=year), shown=shown)


def of_correction(params: Mapping[str, Any]) -> Figures:
    correction = Correction(*(params[name] for name in Correction._fields))
    found = break_numbered(params["break"])
    shown = {"correction": correction, "found": found, "reason": reason_in_words(found.reason)}
    return Figures(template="ledger/figures/correction.html", payload=breaks.payload_of(correction), shown=shown)


#: For each kind of job whose figures are approved, how they are found from its parameters.
OF_JOBS: dict[str, Callable[[Mapping[str, object]], Figures]] = {
    CLOSE: lambda params: of_closing(parse_month(str(params["month"]))),
    SETTLE: lambda params: of_netting(parse_month(str(params["month"]))),
    breaks.CORRECT: of_correction,
    prefunding.TRUE_UP: lambda params: of_true_up(cast(int, params["year"])),
}


def of_job(job: Job) -> Figures | None:
    """Return the figures of a job that has still to do its work; None for one that approves none."""
    return OF_JOBS[job.kind](job.params) if job.kind in OF_JOBS and job.state in BEFOREHAND else None
