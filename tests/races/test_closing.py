"""A month closes while eight processes post: nothing is lost, and nothing is in two months or in a closed one."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from django.db import transaction
from django.db.models import Sum

from accounts.stamps import Stamp
from ledger import selectors
from ledger.models import Transfer
from ledger.services.periods import close_period
from tests.factories import ProgrammeFactory, ProviderFactory, UserFactory, VoucherFactory
from tests.races.writers import DAY
from tests.support.programs import wait_until
from tests.support.worker import ROOT
from vouchers.models import Voucher

pytestmark = pytest.mark.deployed

WRITERS, EACH = 8, 60
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


def redemptions() -> list[Transfer]:
    return list(Transfer.objects.filter(event="redeem"))


def close(month: date) -> set[str]:
    """Close a month and return the keys of the redemptions that are in it at that moment."""
    stamp = Stamp(by=UserFactory(), booked_on=DAY, as_of=DAY)
    with transaction.atomic():
        close_period(month=month, approved_by=UserFactory(), stamp=stamp)
        return {row.key for row in redemptions() if row.period == month}


def test_eight_writers_go_on_while_their_month_closes(committed_db: str) -> None:
    programme = ProgrammeFactory(cost_rule="by_use")
    ProviderFactory(programmes=[programme])
    VoucherFactory.create_batch(4, programme=programme)
    close(JANUARY)
    command = [sys.executable, "-m", "tests.races.writers", f"{WRITERS}", f"{EACH}"]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writers:
        wait_until(lambda: len(redemptions()) > WRITERS * EACH / 4, what="the writers to be at it")
        closed_with = close(FEBRUARY)
        told, _ = writers.communicate(timeout=60)

    rows = redemptions()
    assert writers.returncode == 0
    assert sorted(told.split()) == sorted(row.key for row in rows)
    assert len(rows) == WRITERS * EACH
    assert {row.key for row in rows if row.period == FEBRUARY} == closed_with
    assert 0 < len([row for row in rows if row.period == MARCH]) == len(rows) - len(closed_with)
    assert Voucher.objects.aggregate(spent=Sum("spent_fen"))["spent"] == WRITERS * EACH
    assert selectors.closed_balances_that_differ() == []
