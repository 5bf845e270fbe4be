"""From a subject's rows to the settlements they went into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from ledger.events import events_left_out_of_netting
from ledger.models import PeriodStep, Step, Transfer
from ledger.selectors.books import authority_codes_seen_by
from ledger.selectors.obligations import obligations_by_month, recorded_obligations
from ledger.selectors.overview import is_recorded
from ledger.selectors.periods import states_of
from ledger.selectors.successions import heirs
from ledger.states import State


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What some rows of one month add to what ``debtor`` owes ``creditor``; amounts in fen.

    ``obligation_fen`` is the whole of it, gross, or None for those who may not open it; ``settled`` says who paid when.
    """

    month: date
    debtor: str
    creditor: str
    rows: list[Transfer]
    obligation_fen: int | None
    state: State
    settled: PeriodStep | None

    @property
    def fen(self) -> int:
        return sum(row.fen for row in self.rows)


def contributions(rows: Sequence[Transfer], *, user: User) -> list[Contribution]:
    """Return the obligations that ``rows`` went into, by month and pair. Rows need their accounts.

    An obligation that a successor took over before it was netted stands in the successor's name.
    """
    counted = [row for row in rows if row.event not in events_left_out_of_netting()]
    months = {row.period for row in counted}
    states, settled = states_of(months), _settlements(months)
    owed, codes = _obligations(states), authority_codes_seen_by(user)
    pairs: dict[tuple[date, str, str], list[Transfer]] = defaultdict(list)
    successors = heirs()
    for row in counted:
        debtor, creditor = row.debit.authority_id, row.credit.authority_id
        if (row.period, debtor, creditor) not in owed:
            debtor, creditor = successors.get(debtor, debtor), successors.get(creditor, creditor)
        if debtor != creditor:
            pairs[row.period, debtor, creditor].append(row)
    return [
        Contribution(
            month=month,
            debtor=debtor,
            creditor=creditor,
            rows=pairs[month, debtor, creditor],
            obligation_fen=owed.get((month, debtor, creditor)) if _may_open(codes, debtor, creditor) else None,
            state=states[month],
            settled=settled.get(month),
        )
        for month, debtor, creditor in sorted(pairs)
    ]


def _settlements(months: set[date]) -> dict[date, PeriodStep]:
    steps = PeriodStep.objects.filter(month__in=months, step=Step.SETTLED).select_related("proposed_by", "approved_by")
    return {step.month: step for step in steps}


def _obligations(states: dict[date, State]) -> dict[tuple[date, str, str], int]:
    """Return the obligations of these months: derived, or as recorded when they were netted."""
    recorded = {month for month, state in states.items() if is_recorded(state)}
    derived = obligations_by_month(states.keys() - recorded)
    return {
        (month, owed.debtor, owed.creditor): owed.fen
        for month, all_owed in {**derived, **recorded_obligations(recorded)}.items()
        for owed in all_owed
    }


def _may_open(codes: Sequence[str] | None, debtor: str, creditor: str) -> bool:
    return codes is None or debtor in codes or creditor in codes
