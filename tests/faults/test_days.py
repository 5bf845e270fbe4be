"""The work of each day is asked for once, however often and however late somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
import time_machine

from accounts.models import Resident
from accounts.stamps import SHANGHAI
from ledger.models import Job, JobState
from tests.factories import DistrictFactory, ProgrammeFactory, ResidentFactory, VoucherFactory, stamp
from tests.support.crowd import at_once
from tests.support.readers import run
from vouchers import cases
from vouchers.cases import Party, Step
from vouchers.models import Move, Voucher
from vouchers.services.cases import act, request
from vouchers.services.daily import TIME_OUT_MOVES
from vouchers.services.moving import MoveOrder, move
from vouchers.tasks import daily

#: Vouchers of 2026 may be claimed for thirty days after their year.
DAY = date(2027, 2, 1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(f"{DAY}T00:05+08:00", tick=False) as traveller:
        yield traveller


def keys() -> list[str]:
    return list(Job.objects.order_by("pk").values_list("key", flat=True))


@pytest.mark.django_db
def test_three_missed_days_on_which_moves_began_are_asked_for_once_each(clock: time_machine.Traveller) -> None:
    missed = [DAY + timedelta(days=passed) for passed in (1, 2, 3)]
    for day in missed:
        move(resident=ResidentFactory(), to=DistrictFactory().code, effective_on=day, stamp=stamp(DAY))
    daily()
    clock.shift(timedelta(days=4))

    daily()
    daily()

    assert keys() == [f"apply_moves:{day}" for day in (DAY, *missed, DAY + timedelta(days=4))]


@pytest.mark.django_db
def test_a_day_that_a_clock_ran_ahead_into_is_worked_again_when_it_comes(clock: time_machine.Traveller) -> None:
    programme, there, tomorrow = ProgrammeFactory(valid_until=date(2028, 1, 1)), DistrictFactory(), timedelta(days=1)
    voucher: Voucher = VoucherFactory(programme=programme)
    clock.shift(tomorrow)
    daily()
    run_open_jobs()
    clock.shift(-tomorrow)
    daily()
    move(resident=voucher.resident, to=there.code, effective_on=DAY + tomorrow, stamp=stamp(DAY))

    clock.shift(tomorrow)
    daily()
    run_open_jobs()

    voucher.refresh_from_db()
    assert voucher.payer == there.code


def run_open_jobs() -> None:
    for job in Job.objects.filter(state=JobState.OPEN):
        run(job)


@pytest.mark.django_db
def test_silence_is_taken_for_agreement_on_the_day_after_the_last(clock: time_machine.Traveller) -> None:
    answered, waiting = (request_of(ResidentFactory()) for _ in range(2))
    act(move=answered, step=Step.DISPUTED, parties={Party.RECEIVING}, stamp=stamp(DAY))
    last = cases.due_on(Step.REQUESTED, day=DAY)
    assert last is not None

    clock.move_to(datetime.combine(last, time(0, 5), tzinfo=SHANGHAI))
    daily()
    on_the_last_day = keys()
    clock.shift(timedelta(days=1))
    daily()
    run(Job.objects.get(kind=TIME_OUT_MOVES))

    assert f"time_out_moves:{last}" not in on_the_last_day
    assert Move.objects.get(pk=waiting.pk).state == Step.TIMED_OUT
    assert Move.objects.get(pk=answered.pk).state == Step.DISPUTED


def request_of(person: Resident) -> Move:
    order = MoveOrder(resident=person, to=DistrictFactory().code, effective_on=DAY)
    return request(orders=[order], stamp=stamp(DAY))


def test_a_day_asked_for_by_four_at_once_is_worked_once(committed_db: str) -> None:
    voucher = VoucherFactory()

    outcomes = at_once([daily] * 4)

    assert outcomes == [None] * 4
    assert sorted(keys()) == [f"apply_moves:{DAY}", f"expire:{voucher.programme.pk}:{DAY}"]
