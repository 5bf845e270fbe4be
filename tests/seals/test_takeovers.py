"""A ledger in which one authority took over from another: ours and a stranger's verifier find it sound."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from accounts.stamps import Stamp
from ledger.bundle import write
from ledger.models import SealReason
from ledger.services import sealing, verifying
from ledger.services.periods import close_period, net_period, settle_period
from ledger.services.verifying import one_moment
from ledger.standalone.verify_bundle import Wrong, verify
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
)
from tests.support.tampering import tamper
from vouchers.services import verifying as verifying_vouchers
from vouchers.services.merging_districts import merge_districts
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem, reverse

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture
def taken_over(committed_db: str) -> None:
    """January settled, February netted, March closed before the takeover; all settled and sealed after it."""
    author, approver = UserFactory.create(), UserFactory.create()
    zhabei, jingan, minhang = (DistrictFactory(code=code) for code in ("310108", "310106", "310112"))
    education = ProgrammeFactory.create()
    child = ResidentFactory(district=minhang)
    VoucherFactory(resident=child, programme=education)
    school = ProviderFactory(district=zhabei, programmes=[education])

    def by(day: date) -> Stamp:
        return Stamp(by=author, booked_on=day, as_of=day)

    for day in (JANUARY, FEBRUARY, MARCH):
        redeem(
            resident=child,
            programme=education,
            provider=school,
            fen=1_000,
            day=day,
            key=f"in {day}",
            stamp=by(day),
        )
    move(resident=child, to=zhabei.code, effective_on=MARCH, stamp=by(MARCH))
    for month in (JANUARY, FEBRUARY, MARCH):
        close_period(month=month, approved_by=approver, stamp=by(APRIL))
    settle_period(month=JANUARY, approved_by=approver, stamp=by(APRIL))
    net_period(month=FEBRUARY, approved_by=approver, stamp=by(APRIL))
    sealing.seal(reason=SealReason.CLOSE)
    merge_districts(predecessor=zhabei.code, successor=jingan.code, day=APRIL, stamp=by(APRIL))
    reverse(key=f"in {JANUARY}", day=APRIL, stamp=by(APRIL))
    settle_period(month=FEBRUARY, approved_by=approver, stamp=by(APRIL))
    settle_period(month=MARCH, approved_by=approver, stamp=by(APRIL))
    sealing.seal(reason=SealReason.DAILY)


def everything_is_checked() -> None:
    with one_moment():
        for check in (*verifying.CHECKS, *verifying_vouchers.CHECKS):
            check.run()


def test_our_verifier_finds_it_sound(taken_over: None) -> None:
    everything_is_checked()


def test_a_strangers_verifier_finds_all_of_it_sound(taken_over: None, tmp_path: Path) -> None:
    write(tmp_path / "all.zip")

    assert verify(tmp_path / "all.zip")["months_netted"] == 3


@pytest.mark.parametrize("month", [JANUARY, FEBRUARY, MARCH, APRIL])
def test_a_strangers_verifier_finds_each_month_sound(taken_over: None, tmp_path: Path, month: date) -> None:
    write(tmp_path / "month.zip", period=month)

    assert verify(tmp_path / "month.zip")["transfers"] > 0


def test_a_due_that_was_taken_over_by_less_than_it_was_is_found(taken_over: None, tmp_path: Path) -> None:
    tamper("UPDATE ledger_transfer SET fen = fen - 1 WHERE event = 'due_taken_over'")

    with pytest.raises(verifying.Fault, match="obligations of 2026-03"):
        verifying.settlements()

    write(tmp_path / "all.zip")
    with pytest.raises(Wrong):
        verify(tmp_path / "all.zip")


def test_a_reversal_on_the_books_of_somebody_else_is_found(taken_over: None) -> None:
    tamper(
        "UPDATE ledger_transfer SET debit_id = (SELECT max(id) FROM ledger_ledgeraccount WHERE code LIKE '310112/%')"
        " WHERE event = 'reverse'"
    )

    with pytest.raises(verifying.Fault, match="does not mirror"):
        verifying.reversals()
