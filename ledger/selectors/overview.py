"""A month as its reader may see it: the whole city's, or that of the own districts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from accounts.models import User
from ledger import netting
from ledger.models import Job, Transfer
from ledger.netting import Obligation
from ledger.selectors.books import authority_codes_seen_by
from ledger.selectors.jobs import jobs_of_periods
from ledger.selectors.obligations import (
    obligations,
    obligations_by_month,
    recorded_obligations,
    recorded_positions,
)
from ledger.selectors.periods import state_of, states_of
from ledger.states import NETTED, SETTLED, State


@dataclass(frozen=True, kw_only=True)
class PeriodLine:
    """One month in a list. ``net_fen`` is what those in debt have to pay once all is netted."""

    month: date
    state: State
    job: Job | None
    rows: int
    gross_fen: int
    net_fen: int


@dataclass(frozen=True, kw_only=True)
class PeriodBook:
    """One month in full. ``differs`` says that the records of a netted month no longer agree with its transfers."""

    month: date
    state: State
    job: Job | None
    obligations: list[Obligation]
    positions: dict[str, int]
    differs: bool

    @property
    def gross_fen(self) -> int:
        return sum(obligation.fen for obligation in self.obligations)

    @property
    def to_pay_fen(self) -> int:
        return to_pay(self.positions)

    @property
    def to_receive_fen(self) -> int:
        return sum(fen for fen in self.positions.values() if fen > 0)

    @property
    def saved_fen(self) -> int:
        """What need not be paid because it cancels out."""
        return self.gross_fen - self.to_pay_fen


def to_pay(positions: Mapping[str, int]) -> int:
    return -sum(fen for fen in positions.values() if fen < 0)


def period_lines(*, months: Sequence[date], user: User) -> list[PeriodLine]:
    """Return the figures of these months, in their order, as ``user`` may see them."""
    states = states_of(months)
    jobs = jobs_of_periods(states)
    rows = _rows_by_month(months, user=user)
    owed = _obligations_shown(states)
    codes = authority_codes_seen_by(user)
    return [
        PeriodLine(
            month=month,
            state=states[month],
            job=jobs.get(month),
            rows=rows.get(month, 0),
            gross_fen=sum(o.fen for o in touching(owed.get(month, []), codes)),
            net_fen=to_pay(_only(netting.positions(owed.get(month, [])), codes)),
        )
        for month in months
    ]


def period_book(*, month: date, user: User) -> PeriodBook:
    """Return one month as ``user`` may see it: derived while it is not netted, from the records afterwards."""
    state = state_of(month)
    derived = obligations(month)
    owed, net = derived, netting.positions(derived)
    if is_recorded(state):
        owed, net = recorded_obligations([month]).get(month, []), recorded_positions(month)
    codes = authority_codes_seen_by(user)
    return PeriodBook(
        month=month,
        state=state,
        job=jobs_of_periods({month: state}).get(month),
        obligations=touching(owed, codes),
        positions=_only(net, codes),
        differs=owed != derived or net != netting.positions(derived),
    )


def is_recorded(state: State) -> bool:
    return state in (NETTED, SETTLED)


def touching(owed: Sequence[Obligation], codes: Sequence[str] | None) -> list[Obligation]:
    """Return the obligations that one of these authorities owes or is owed; ``None`` means all."""
    return [o for o in owed if codes is None or o.debtor in codes or o.creditor in codes]


def _only(net: Mapping[str, int], codes: Sequence[str] | None) -> dict[str, int]:
    return {code: fen for code, fen in net.items() if codes is None or code in codes}


def _obligations_shown(states: Mapping[date, State]) -> dict[date, list[Obligation]]:
    recorded = [month for month, state in states.items() if is_recorded(state)]
    return {
        **obligations_by_month(states.keys() - set(recorded)),
        **recorded_obligations(recorded),
    }


def count_rows(month: date) -> int:
    return Transfer.objects.filter(period=month).count()


def _rows_by_month(months: Sequence[date], *, user: User) -> dict[date, int]:
    rows = Transfer.objects.visible_to(user).filter(period__in=months).order_by()
    return dict(rows.values_list("period").annotate(number=Count("pk")))
