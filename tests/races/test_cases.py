"""Cases that two people act on at the same instant, and what a redemption meets meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from accounts.models import SUSPENSE, Resident
from accounts.stamps import Stamp
from ledger.models import Transfer
from tests.factories import DistrictFactory, ProgrammeFactory, ResidentFactory, UserFactory, VoucherFactory
from tests.model import books
from tests.races.test_races import CLIENTS, DAY, outcomes, use, voucher_of
from tests.support.crowd import at_once
from tests.support.overtaking import overtaken
from vouchers.cases import Party, Step
from vouchers.models import Move
from vouchers.services import cases
from vouchers.services.moving import MoveOrder

MOVED_ON = date(2026, 2, 1)


@pytest.fixture
def stamp(committed_db: str) -> Stamp:
    return Stamp(by=UserFactory(), booked_on=DAY, as_of=DAY)


def asking(resident: Resident, to: str, stamp: Stamp) -> Callable[[], Move]:
    order = MoveOrder(resident=resident, to=to, effective_on=MOVED_ON)
    return partial(cases.request, orders=[order], stamp=stamp)


def taking(case: Move, step: Step, stamp: Stamp) -> Callable[[], None]:
    return partial(cases.act, move=case, step=step, parties=set(Party), stamp=stamp)


def test_two_requests_at_once_leave_one_open_case(stamp: Stamp) -> None:
    voucher = VoucherFactory()
    places = [DistrictFactory().code for _ in range(4)]

    results = at_once([asking(voucher.resident, place, stamp) for place in places])

    assert outcomes(results) == {"done": 1, "case_open": 3}
    assert Move.objects.open().filter(resident=voucher.resident).count() == 1


def test_a_case_confirmed_and_disputed_at_once_ends_confirmed_in_one_way_or_the_other(stamp: Stamp) -> None:
    voucher, there = VoucherFactory(), DistrictFactory().code
    case = asking(voucher.resident, there, stamp)()

    at_once([taking(case, Step.CONFIRMED, stamp), taking(case, Step.DISPUTED, stamp)])

    # A dispute that came first is settled by the confirmation; one that came second was refused.
    voucher.refresh_from_db()
    steps = list(case.steps.values_list("step", flat=True))
    assert steps in (["requested", "confirmed"], ["requested", "disputed", "confirmed"])
    assert voucher.payer == there


def test_a_case_is_decided_once_however_many_decide(stamp: Stamp) -> None:
    voucher, there = VoucherFactory(), DistrictFactory().code
    case = asking(voucher.resident, there, stamp)()
    taking(case, Step.DISPUTED, stamp)()

    results = at_once([taking(case, step, stamp) for step in (Step.REJECTED, Step.WITHDRAWN) * 4])

    held = books.balances(books.rows(), "entitlement")[voucher.pk]
    assert outcomes(results) == {"done": 1, "step_not_possible": 7}
    assert held == {voucher.resident.residences.get(superseded_at=None).district_id: -voucher.amount_fen}


@pytest.mark.deployed
def test_a_dispute_that_waited_for_a_confirmation_is_refused(stamp: Stamp) -> None:
    voucher, there = VoucherFactory(), DistrictFactory().code
    case = asking(voucher.resident, there, stamp)()

    result = overtaken(first=taking(case, Step.CONFIRMED, stamp), second=taking(case, Step.DISPUTED, stamp))

    assert outcomes([result]) == {"step_not_possible": 1}
    assert books.balances(books.rows(), "cost")[voucher.pk].keys() & {SUSPENSE} == set()


@pytest.mark.deployed
def test_a_redemption_that_meets_a_confirmation_is_paid_by_the_district_that_confirmed(stamp: Stamp) -> None:
    voucher, provider = voucher_of(1_000)
    there = DistrictFactory().code
    case = asking(voucher.resident, there, stamp)()

    result = overtaken(
        first=taking(case, Step.CONFIRMED, stamp), second=partial(use, voucher, provider, stamp, fen=400, key="k")
    )

    assert isinstance(result, Transfer)
    assert result.debit.authority_id == there
    assert books.balances(books.rows(), "entitlement")[voucher.pk] == {there: -600}


def test_among_64_redemptions_a_confirmation_leaves_nothing_with_the_city(stamp: Stamp) -> None:
    voucher, provider = voucher_of(10_000)
    there = DistrictFactory().code
    case = asking(voucher.resident, there, stamp)()
    redeeming: list[Callable[[], object]] = [
        partial(use, voucher, provider, stamp, fen=10, key=f"k{n}") for n in range(CLIENTS)
    ]

    results = at_once([*redeeming[:32], taking(case, Step.CONFIRMED, stamp), *redeeming[32:]])

    rows = books.rows()
    voucher.refresh_from_db()
    assert outcomes(results) == {"done": CLIENTS + 1}
    assert (voucher.payer, voucher.spent_fen) == (there, 640)
    assert books.balances(rows, "entitlement")[voucher.pk] == {there: -9_360}
    assert books.balances(rows, "cost")[voucher.pk] == {there: 10_000}


def test_moves_of_one_household_asked_for_by_two_at_once_never_wait_for_each_other(stamp: Stamp) -> None:
    home, programme = DistrictFactory(), ProgrammeFactory()
    people = [ResidentFactory(district=home) for _ in range(4)]
    vouchers = [VoucherFactory(resident=person, programme=programme) for person in people]
    there, elsewhere = DistrictFactory().code, DistrictFactory().code

    results = at_once(
        [
            partial(
                cases.request,
                orders=[MoveOrder(resident=person, to=place, effective_on=MOVED_ON) for person in family],
                stamp=stamp,
            )
            for place, family in ((there, people), (elsewhere, people[::-1]))
        ]
    )

    held = books.balances(books.rows(), "entitlement")
    assert outcomes(results) == {"done": 1, "case_open": 1}
    assert Move.objects.open().values("destination").distinct().count() == 1
    assert [held[voucher.pk] for voucher in vouchers] == [{SUSPENSE: -72_000}] * 4
