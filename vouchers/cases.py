"""A move as a case: its states, who may take which step, and the clocks. Data and values, no Django.

The steps are the states: a case is in the state of its last step. Benefits follow the effective day whatever is decided
and by whom; what a step changes is who is known to live where, and so who pays.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from accounts.working_days import working_days_after


class Step(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    TIMED_OUT = "timed_out"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    ANNULLED = "annulled"
    CORRECTED = "corrected"


class Party(StrEnum):
    """Whom somebody speaks for in a case."""

    REQUESTER = "requester"
    RECEIVING = "receiving"
    RELEASING = "releasing"
    CITY = "city"
    CLOCK = "clock"


#: Nobody has agreed yet; at most one case of a person is open.
OPEN = frozenset({Step.REQUESTED, Step.DISPUTED})
#: The receiving district agreed, or let its time pass.
AGREED = frozenset({Step.CONFIRMED, Step.TIMED_OUT})
#: The move counts no longer; nothing follows.
OVER = frozenset({Step.WITHDRAWN, Step.REJECTED, Step.ANNULLED, Step.CORRECTED})

DISTRICTS = frozenset({Party.RECEIVING, Party.RELEASING, Party.CITY})

#: Who may take which step from which state.
ALLOWED: dict[Step, dict[Step, frozenset[Party]]] = {
    Step.REQUESTED: {
        Step.CONFIRMED: frozenset({Party.RECEIVING, Party.CITY}),
        Step.DISPUTED: frozenset({Party.RECEIVING}),
        Step.TIMED_OUT: frozenset({Party.CLOCK}),
        Step.WITHDRAWN: frozenset({Party.REQUESTER, Party.CITY}),
        Step.CORRECTED: DISTRICTS | {Party.REQUESTER},
    },
    Step.DISPUTED: {
        Step.CONFIRMED: frozenset({Party.RECEIVING, Party.CITY}),
        Step.REJECTED: frozenset({Party.CITY}),
        Step.WITHDRAWN: frozenset({Party.REQUESTER, Party.CITY}),
        Step.CORRECTED: DISTRICTS | {Party.REQUESTER},
    },
    **{
        agreed: {Step.ANNULLED: DISTRICTS, Step.CORRECTED: DISTRICTS}
        for agreed in AGREED
    },
}  # fmt: skip

#: Working days from a step until somebody has to have acted: 15, as for carrying a pension relationship.
CLOCKS: dict[Step, int] = {Step.REQUESTED: 15, Step.DISPUTED: 15}
#: A move may be reported this many days ahead: further plans are not facts yet.
MOST_DAYS_AHEAD = 366


def due_on(step: Step, *, day: date) -> date | None:
    """Return the last day of the clock that ``step`` starts on ``day``, or None when it starts none."""
    return working_days_after(day, CLOCKS[step]) if step in CLOCKS else None


def may_follow(state: Step, step: Step) -> bool:
    return step in ALLOWED.get(state, {})


def is_allowed(state: Step, step: Step, *, parties: Collection[Party]) -> bool:
    """Return whether one of ``parties`` may take ``step`` from ``state``."""
    return not ALLOWED.get(state, {}).get(step, frozenset()).isdisjoint(parties)


def steps_open_to(parties: Collection[Party], *, state: Step) -> list[Step]:
    """Return the steps that one of ``parties`` may take from ``state``."""
    return [step for step in ALLOWED.get(state, {}) if is_allowed(state, step, parties=parties)]
