"""Two people act on one month, or one dispute, at the same instant: one of them wins, and nothing is done twice."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from accounts.refusals import Refused
from ledger import selectors
from ledger.models import Dispute, HeldTransfer, Payment, PeriodStep, Transfer
from ledger.selectors.lines import Line
from ledger.services import disputes, payments, periods
from tests.factories import UserFactory, stamp
from tests.races.test_races import outcomes
from tests.support.crowd import at_once
from tests.support.overtaking import overtaken
from tests.support.visits import MONTH, City, month_of_visits

OBJECTED_ON, NETTED_ON, DECIDED_ON = date(2026, 2, 5), date(2026, 2, 13), date(2026, 3, 10)
LINE = Line(MONTH, "310101", "310113", "redeem", "health", MONTH)


@pytest.fixture
def city(committed_db: str) -> City:
    city = month_of_visits()
    city.close()
    return city


def objecting() -> partial[Dispute]:
    return partial(disputes.raise_dispute, line=LINE, authority="310101", reason="?", stamp=stamp(OBJECTED_ON))


def netting(city: City) -> partial[PeriodStep]:
    return partial(periods.net_period, month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON, by=city.proposer))


@pytest.mark.deployed
def test_an_objection_that_comes_while_its_month_is_netted_is_refused(city: City) -> None:
    late = overtaken(first=netting(city), second=objecting())

    assert isinstance(late, Refused)
    assert late.code == "already_netted"
    assert not HeldTransfer.objects.exists()


@pytest.mark.deployed
def test_a_netting_that_comes_while_somebody_objects_leaves_the_line_out(city: City) -> None:
    late = overtaken(first=objecting(), second=netting(city))

    assert not isinstance(late, Exception)
    assert selectors.recorded_positions(MONTH)["310113"] == 4_000 - 8_000
    assert sum(owed.fen for owed in selectors.held_back(MONTH)) == 8_000


def test_of_two_decisions_at_once_one_counts(city: City) -> None:
    dispute = objecting()()
    deciding = [
        partial(
            disputes.decide,
            dispute=dispute,
            accepted_fen=fen,
            note="",
            approved_by=UserFactory.create(),
            stamp=stamp(DECIDED_ON),
        )
        for fen in (0, 4_000, 8_000)
    ]

    results = at_once(deciding)

    assert outcomes(results) == {"done": 1, "dispute_ended": 2}
    outcome = Dispute.objects.with_story().get().outcome
    assert outcome is not None
    returned = sum(Transfer.objects.filter(event="adjustment").values_list("fen", flat=True))
    assert returned == 8_000 - (outcome.accepted_fen or 0)


def test_the_last_two_payments_arriving_at_once_settle_the_month_once(city: City) -> None:
    netting(city)()
    payments.order_settlement(month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON, by=city.proposer))
    arriving = [
        partial(
            payments.arrived,
            payment=payment,
            fen=payment.fen,
            day=NETTED_ON,
            source=f"bank:{payment.pk}",
            stamp=stamp(NETTED_ON),
        )
        for payment in Payment.objects.select_related("batch")
    ]

    results = at_once([*arriving, *arriving])

    assert outcomes(results) == {"done": 8}
    assert selectors.state_of(MONTH).code == "settled"
    assert Transfer.objects.filter(event="payment").count() == 4


def test_one_sum_that_two_people_name_at_once_is_named_once(city: City) -> None:
    netting(city)()
    payments.order_settlement(month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON, by=city.proposer))
    payments.hold_unidentified(fen=5_000, day=NETTED_ON, source="bank:9", stamp=stamp(NETTED_ON))
    naming = [
        partial(payments.identify, source="bank:9", payment=payment, fen=4_000, stamp=stamp(NETTED_ON))
        for payment in Payment.objects.filter(way="to_hub").select_related("batch")
    ]

    results = at_once(naming)

    assert outcomes(results) == {"done": 1, "not_so_much_unidentified": 1}
    assert payments.unidentified_fen("bank:9") == 1_000
