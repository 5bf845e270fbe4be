"""Whether the books of the finished demonstration tie, asked from the books themselves."""

from __future__ import annotations

from collections import Counter

from django.db.models import Sum

from config.demo.settling import stands
from config.demo.timeline import Timeline
from ledger import selectors
from ledger.models import Job, JobState, PositionRecord
from ledger.months import month_of, month_text
from ledger.states import SETTLED


class BooksDoNotTie(Exception):
    """The demonstration was made wrongly; nothing of it is kept."""


def check(timeline: Timeline) -> None:
    """Raise BooksDoNotTie unless every book sums to zero and every month stands where it should."""
    _check_books()
    for month, state in stands(timeline).items():
        _hold(selectors.state_of(month) is state, f"{month_text(month)} is {state.code}")
        left = selectors.unsettled_balances(month) if state is SETTLED else {}
        _hold(not left, f"{month_text(month)} is settled with nothing left, not {left}")
    _hold(not selectors.steps_of(month_of(timeline.today)), "the present month is open")
    waiting = Job.objects.filter(state=JobState.PROPOSED).values_list("params__month", flat=True)
    proposed = month_text(timeline.past_months[-2])
    _hold(list(waiting) == [proposed], f"the settlement of {proposed} waits for approval")


def _check_books() -> None:
    """Raise BooksDoNotTie unless all balances of each authority, and all positions of each month, sum to zero."""
    sums: Counter[str] = Counter()
    for code, fen in selectors.books().items():
        sums[code.split("/")[0]] += fen
    _hold(not any(sums.values()), f"every authority's book sums to zero, not {dict(sums)}")
    positions = PositionRecord.objects.order_by().values("month").annotate(total=Sum("fen")).exclude(total=0)
    _hold(not positions.exists(), "the positions of every month sum to zero")


def _hold(held: bool, sentence: str) -> None:
    if not held:
        raise BooksDoNotTie(f"It does not hold that {sentence}.")
