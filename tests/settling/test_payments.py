"""Payments go through the hub, are booked once when the bank says so, and the last of them settles its month."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import HUB
from accounts.stamps import SHANGHAI
from ledger import selectors
from ledger.interest import Rate, late_interest
from ledger.models import Payment, PaymentBatch, PeriodStep, Transfer
from ledger.selectors.prefunds import highest_use
from ledger.services import parameters, payments, periods, prefunding
from ledger.services.payments import TooMuchPaid
from ledger.services.prefunding import PrefundsUnpaid
from ledger.services.verifying import settlements
from tests.factories import UserFactory, stamp
from tests.support.visits import MONTH, POSITIONS, City, month_of_visits

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

NETTED_ON, PAID_ON = date(2026, 2, 13), date(2026, 2, 24)


@pytest.fixture
def city() -> City:
    city = month_of_visits()
    city.close()
    periods.net_period(month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON, by=city.proposer))
    payments.order_settlement(month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON, by=city.proposer))
    return city


def arrive(authority: str, *, fen: int | None = None, day: date = PAID_ON, source: str = "") -> None:
    payment = Payment.objects.get(authority=authority, batch__month=MONTH)
    payments.arrived(
        payment=payment, fen=fen or payment.fen, day=day, source=source or f"bank:{authority}", stamp=stamp(day)
    )


def test_one_payment_for_each_position_those_who_pay_first(city: City) -> None:
    ordered = [(payment.authority_id, payment.way, payment.fen) for payment in Payment.objects.order_by("pk")]

    assert ordered == [
        ("310101", "to_hub", 5_000),
        ("310112", "to_hub", 4_000),
        ("310113", "from_hub", 4_000),
        ("310115", "from_hub", 5_000),
    ]
    assert PaymentBatch.objects.get().pays_on == date(2026, 2, 24)


def test_the_hub_holds_what_it_has_not_passed_on(city: City) -> None:
    arrive("310101")
    arrive("310113")

    assert selectors.books(authority=HUB) == {"hub/cash": 1_000, "hub/clearing": -1_000}
    assert selectors.state_of(MONTH).code == "netted"


def test_the_last_payment_settles_the_month_in_the_names_of_those_who_ordered_it(city: City) -> None:
    city.pay()

    step = PeriodStep.objects.get(month=MONTH, step="settled")
    assert (step.proposed_by, step.approved_by) == (city.proposer, city.approver)
    assert selectors.unsettled_balances(MONTH) == {}
    assert selectors.books(authority=HUB) == {}
    assert {code: selectors.books(authority=code)[f"{code}/cash"] for code in POSITIONS} == POSITIONS
    assert settlements() == {"months_netted": 1, "months_settled": 1}


def test_what_the_bank_tells_twice_is_booked_once(city: City) -> None:
    arrive("310101")
    arrive("310101")

    assert Transfer.objects.filter(event="payment").count() == 1


def test_more_than_was_ordered_is_refused_and_nothing_of_it_is_booked(city: City) -> None:
    arrive("310101", fen=4_999, source="bank:1")

    with pytest.raises(TooMuchPaid):
        arrive("310101", fen=2, source="bank:2")

    assert sum(Transfer.objects.filter(event="payment").values_list("fen", flat=True)) == 4_999


def test_money_that_nobody_can_name_waits_at_the_hub_until_it_is_identified(city: City) -> None:
    payments.hold_unidentified(fen=6_000, day=PAID_ON, source="bank:9", stamp=stamp(PAID_ON))
    held = selectors.books(authority=HUB)

    payment = Payment.objects.get(authority="310101")
    payments.identify(source="bank:9", payment=payment, fen=5_000, stamp=stamp(PAID_ON))

    assert held == {"hub/cash": 6_000, "hub/unidentified": -6_000}
    assert selectors.books(authority=HUB) == {"hub/cash": 6_000, "hub/unidentified": -1_000, "hub/clearing": -5_000}
    assert payments.unidentified_fen("bank:9") == 1_000
    assert payments.paid_fen(payment) == 5_000


def test_attesting_the_rest_by_hand_settles_what_the_bank_left_open(city: City) -> None:
    arrive("310101")
    periods.pay_period(month=MONTH, approved_by=city.approver, stamp=stamp(PAID_ON, by=city.proposer))

    assert selectors.unsettled_balances(MONTH) == {}
    assert selectors.books(authority=HUB) == {}
    assert settlements() == {"months_netted": 1, "months_settled": 1}


def test_a_late_payment_bears_interest_in_the_open_month_and_one_in_time_none(city: City) -> None:
    parameters.set_late_interest_rate(
        rate_ppm=730_000, valid_from=date(2026, 1, 1), source="a test", stamp=stamp(NETTED_ON)
    )
    arrive("310112", day=date(2026, 2, 24))
    arrive("310101", day=date(2026, 2, 26))

    late = Transfer.objects.get(event="late_interest")
    assert (late.debit.code, late.credit.code, late.fen) == ("310101/interest", "hub/interest", 20)


# Prefunds


def test_prefunds_are_six_months_of_last_years_spend_and_never_net(city: City) -> None:
    year, author = 2027, city.proposer
    acting = stamp(date(year, 1, 4), by=author)
    batch = prefunding.true_up(year=year, approved_by=city.approver, stamp=acting)
    ordered = dict(batch.payments.values_list("authority_id", "fen"))
    for payment in batch.payments.all():
        payments.arrived(payment=payment, fen=payment.fen, day=batch.pays_on, source=f"p:{payment.pk}", stamp=acting)

    assert ordered == {"310101": 10_000, "310112": 8_000, "310113": 7_000}
    assert selectors.books(authority="310101")["310101/prefund"] == 10_000
    assert selectors.books(authority=HUB)["hub/prefunded/310101"] == -10_000
    assert selectors.obligations(date(year, 1, 1)) == []
    assert [prefund.missing_fen for prefund in selectors.prefunds(year=year)] == [0, 0, 0]


def test_prefunds_are_not_asked_for_again_while_the_last_ones_are_unpaid(city: City) -> None:
    for_2027, for_2028 = (stamp(date(year, 1, 4), by=city.proposer) for year in (2027, 2028))
    prefunding.true_up(year=2027, approved_by=city.approver, stamp=for_2027)

    with pytest.raises(PrefundsUnpaid):
        prefunding.propose_true_up(year=2028, stamp=for_2028)


def test_a_prefund_in_use_up_to_nine_tenths_is_red(city: City) -> None:
    acting = stamp(date(2027, 1, 4), by=city.proposer)
    batch = prefunding.true_up(year=2027, approved_by=UserFactory.create(), stamp=acting)
    payment = batch.payments.get(authority="310101")
    payments.arrived(payment=payment, fen=5_555, day=batch.pays_on, source="p:1", stamp=acting)

    [huangpu, *_others] = selectors.prefunds(year=2027)

    assert (huangpu.used_fen, huangpu.held_fen, huangpu.used_percent, huangpu.level) == (5_000, 5_555, 90, "red")
    assert highest_use(datetime(2027, 1, 4, tzinfo=SHANGHAI)) == 90


# Interest

rates = st.lists(st.builds(Rate, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 200_000)), max_size=4)
days = st.dates(date(2025, 12, 1), date(2027, 1, 31))


@given(st.integers(1, 10**12), days, days, rates)
def test_interest_is_the_sum_over_the_days_at_the_rate_of_each(
    fen: int, due: date, paid: date, rates: list[Rate]
) -> None:
    by_day = dict(sorted(rates))
    dated = [Rate(day, ppm) for day, ppm in by_day.items()]

    parts = sum(rate_on(date.fromordinal(day), by_day) for day in range(due.toordinal(), paid.toordinal()))

    exact = fen * parts * 2 + 365_000_000
    assert late_interest(fen=fen, due=due, paid=paid, rates=dated) == exact // 730_000_000


def rate_on(day: date, by_day: dict[date, int]) -> int:
    return next((by_day[start] for start in sorted(by_day, reverse=True) if start <= day), 0)
