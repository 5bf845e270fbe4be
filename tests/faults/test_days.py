"""The work of each day is asked for once, however often and however late somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine

from ledger.models import Job
from tests.factories import VoucherFactory
from tests.support.crowd import at_once
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
def test_a_day_asked_for_twice_is_worked_once() -> None:
    voucher = VoucherFactory()

    daily()
    daily()

    assert keys() == [f"apply_moves:{DAY}", f"expire:{voucher.programme.pk}:{DAY}"]


@pytest.mark.django_db
def test_days_on_which_nobody_asked_are_asked_for_once_each(clock: time_machine.Traveller) -> None:
    daily()
    clock.shift(timedelta(days=4))

    daily()
    daily()

    assert keys() == [f"apply_moves:{DAY + timedelta(days=passed)}" for passed in range(5)]


def test_a_day_asked_for_by_four_at_once_is_worked_once(committed_db: str) -> None:
    voucher = VoucherFactory()

    outcomes = at_once([daily] * 4)

    assert outcomes == [None] * 4
    assert sorted(keys()) == [f"apply_moves:{DAY}", f"expire:{voucher.programme.pk}:{DAY}"]
