"""The states of a month side by side: what each is called, who acts next, and which job takes the month onwards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.months import month_text

CLOSE, STATE, SETTLE = "close_period", "issue_statements", "settle_period"
DECIDE = "decide_dispute"


class State(NamedTuple):
    code: str
    label: str | Promise
    next_step: str | Promise
    next_job: str


OPEN = State("open", _("Open"), _("A city administrator proposes to close it."), CLOSE)
CLOSED = State("closed", _("Closed"), _("The statements for the districts are still to be issued."), STATE)
STATED = State(
    "stated",
    _("Statements issued"),
    _("The districts confirm their lines or object. Then a city administrator proposes to net the month."),
    SETTLE,
)
NETTED = State(
    "netted", _("Netted"), _("The payments are ordered. The month is settled once the bank confirms them."), ""
)
SETTLED = State("settled", _("Settled"), _("Nothing more to do."), "")

#: In the order in which a month passes through them, each once.
STATES = (OPEN, CLOSED, STATED, NETTED, SETTLED)


def state_after(steps: Collection[str]) -> State:
    """Return the state of a month that has taken these steps: that of the furthest one."""
    return [state for state in STATES if state is OPEN or state.code in steps][-1]


def job_key(kind: str, month: date) -> str:
    """Return the key of the one job of this kind for ``month``."""
    return f"{kind}:{month_text(month)}"
