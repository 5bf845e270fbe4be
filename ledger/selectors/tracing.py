"""From a subject's rows to the settlements they went into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from accounts.models import User
from ledger.events import events_left_out_of_netting
from ledger.models import PeriodStep, Step, Transfer
from ledger.selectors.books import authority_codes_seen_by
from ledger.selectors.obligations import obligations_by_month, recorded_obligations
from ledger.selectors.overview import is_recorded, touching
from ledger.selectors.periods import states_of
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
    """Return the obligations that ``rows`` went into, by month and pair. Rows need their accounts."""
    pairs: dict[tuple[date, str, str], list[Transfer]] = defaultdict(list)
    for row in rows:
        debtor, creditor = row.debit.authority_id, row.credit.authority_id
        if debtor != creditor and row.event not in events_left_out_of_netting():
            pairs[row.period, debtor, creditor].append(row)
    months = {month for month, _debtor, _creditor in pairs}
    states, settled = states_of(months), _settlements(months)
    owed = _open_to(user, states=states)
    return [
        Contribution(
            month=month,
            debtor=debtor,
            creditor=creditor,
            rows=pairs[month, debtor, creditor],
            obligation_fen=owed.get((month, debtor, creditor)),
            state=states[month],
            settled=settled.get(month),
        )
        for month, debtor, creditor in sorted(pairs)
    ]


def _settlements(months: set[date]) -> dict[date, PeriodStep]:
    steps = PeriodStep.objects.filter(month__in=months, step=Step.SETTLED).select_related("proposed_by", "approved_by")
    return {step.month: step for step in steps}


def _open_to(user: User, *, states: dict[date, State]) -> dict[tuple[date, str, str], int]:
    """Return the obligations of these months that ``user`` may open: derived, or as recorded when they were netted."""
    recorded = {month for month, state in states.items() if is_recorded(state)}
    derived = obligations_by_month(Q(period__in=states.keys() - recorded)) if states.keys() - recorded else {}
    codes = authority_codes_seen_by(user)
    return {
        (month, owed.debtor, owed.creditor): owed.fen
        for month, all_owed in {**derived, **recorded_obligations(recorded)}.items()
        for owed in touching(all_owed, codes)
    }
