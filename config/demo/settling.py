"""The months of the year: closed, stated, objected to, and settled but for the last two.

The month before the last waits for a second person to approve its netting; the statements of the last were issued late,
today, so that the districts' finance officer can still answer them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from accounts.stamps import Stamp
from config.demo import paying
from config.demo.acts import Act, Rank
from config.demo.founding import DISTRICTS_OF_THE_ADMINISTRATOR, City
from config.demo.timeline import Timeline
from ledger.models import Dispute
from ledger.months import next_month
from ledger.selectors.lines import lines_of
from ledger.services import disputes, periods, statements
from ledger.services.period_jobs import propose_settling
from ledger.states import SETTLED, STATED, State

CLOSED_AFTER, OBJECTED_AFTER, DECIDED_AFTER, SETTLED_AFTER = (timedelta(days=days) for days in (2, 4, 40, 14))
#: Long holidays included, the day of payment has come by then.
PAID_AFTER = timedelta(days=30)
#: What is owed of the first disputed line in the end, in percent.
OWED_PERCENT = 60


def months(city: City, *, timeline: Timeline) -> Iterator[Act]:
    """Return what is done about the months that are over."""
    *settled, proposed, last = timeline.past_months
    for month in (*settled, proposed):
        over = next_month(month)
        yield Act(over + CLOSED_AFTER, Rank.MONTH, partial(close_and_state, city, month))
    *settled_at_once, paid = settled
    for month in settled_at_once:
        yield Act(next_month(month) + SETTLED_AFTER, Rank.MONTH, partial(settle, city, month))
    yield Act(next_month(paid) + SETTLED_AFTER, Rank.MONTH, partial(paying.order, city, paid))
    yield Act(next_month(paid) + PAID_AFTER, Rank.MONTH, partial(paying.answer, paid))
    disputed = settled[-2]
    yield Act(next_month(disputed) + OBJECTED_AFTER, Rank.CASE, partial(object_to_a_line, city, disputed))
    yield Act(next_month(disputed) + DECIDED_AFTER, Rank.CASE, partial(decide, city))
    yield Act(timeline.today, Rank.MONTH, partial(close_and_state, city, last))
    yield Act(timeline.today, Rank.CASE, partial(object_to_a_line, city, last))
    yield Act(timeline.today, Rank.PROPOSE, partial(propose, proposed))


def close_and_state(city: City, month: date, stamp: Stamp) -> None:
    periods.close_period(month=month, approved_by=city.approver, stamp=stamp)
    statements.issue_statements(month=month, stamp=stamp)


def settle(city: City, month: date, stamp: Stamp) -> None:
    periods.settle_period(month=month, approved_by=city.approver, stamp=stamp)


def propose(month: date, stamp: Stamp) -> None:
    propose_settling(month=month, stamp=stamp)


def object_to_a_line(city: City, month: date, stamp: Stamp) -> None:
    """Have the finance officer object to the smallest line that one of its districts is to pay, visits first.

    In a very small city a month may have no such line; then nothing is objected to.
    """
    owed = {line: fen for line, fen in lines_of(month).items() if line.debtor in DISTRICTS_OF_THE_ADMINISTRATOR}
    officer = Stamp(by=city.staff["finance"], booked_on=stamp.booked_on, as_of=stamp.as_of)
    for line in sorted(owed, key=lambda line: (line.event != "redeem", owed[line], line))[:1]:
        reason = "这些记录与我区台账不符，请核实。"
        disputes.raise_dispute(line=line, authority=line.debtor, reason=reason, stamp=officer)


def decide(city: City, stamp: Stamp) -> None:
    """Have two people decide what is disputed: a part of it is owed."""
    for dispute in Dispute.objects.open():
        disputes.decide(
            dispute=dispute,
            accepted_fen=dispute.fen * OWED_PERCENT // 100,
            note="经核实，部分记录属实。",
            approved_by=city.approver,
            stamp=stamp,
        )


def stands(timeline: Timeline) -> dict[date, State]:
    """Return how far each month over has come in the finished demonstration."""
    *settled, proposed, last = timeline.past_months
    return {**dict.fromkeys(settled, SETTLED), proposed: STATED, last: STATED}
