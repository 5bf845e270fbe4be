"""What happens by itself: moves recorded ahead take effect on their day, vouchers expire, no day is missed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from ledger.models import Job, JobState, Transfer
from ledger.services import jobs
from tests.factories import DistrictFactory, ProgrammeFactory, VoucherFactory, stamp
from vouchers.models import Voucher
from vouchers.services.daily import APPLY_MOVES, EXPIRE, ask_for_the_day
from vouchers.services.moving import annul_move, move

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)


def live_through(day: date) -> None:
    """Ask for a day's work and do all of it."""
    ask_for_the_day(stamp=stamp(day))
    for job in Job.objects.filter(state=JobState.OPEN):
        while jobs.run_step(job_id=job.pk, now=timezone.now() + timedelta(minutes=1), stamp=stamp(day)):
            pass


def payer_of(voucher: Voucher) -> str:
    return Voucher.objects.get(pk=voucher.pk).payer


def test_a_move_recorded_ahead_takes_effect_on_its_day() -> None:
    voucher, there = VoucherFactory(), DistrictFactory()
    here = payer_of(voucher)
    move(resident=voucher.resident, to=there.code, effective_on=TODAY + timedelta(days=1), stamp=stamp(TODAY))

    live_through(TODAY)
    on_the_eve = payer_of(voucher)
    live_through(TODAY + timedelta(days=1))

    assert (on_the_eve, payer_of(voucher)) == (here, there.code)
    assert Transfer.objects.get(event="handover").occurred_on == TODAY + timedelta(days=1)


def test_the_work_of_missed_days_is_made_up() -> None:
    voucher, there = VoucherFactory(), DistrictFactory()
    move(resident=voucher.resident, to=there.code, effective_on=TODAY + timedelta(days=2), stamp=stamp(TODAY))
    live_through(TODAY)

    live_through(TODAY + timedelta(days=5))

    asked_for = Job.objects.filter(kind=APPLY_MOVES, state=JobState.DONE).order_by("key")
    assert [job.params["day"] for job in asked_for] == ["2026-03-01", "2026-03-03", "2026-03-06"]
    assert payer_of(voucher) == there.code


def test_a_move_that_began_before_anybody_ever_asked_is_made_up_too() -> None:
    voucher, there = VoucherFactory(), DistrictFactory()
    move(resident=voucher.resident, to=there.code, effective_on=TODAY + timedelta(days=2), stamp=stamp(TODAY))

    live_through(TODAY + timedelta(days=5))

    assert payer_of(voucher) == there.code


def test_asking_for_a_day_twice_makes_its_jobs_once() -> None:
    live_through(TODAY)

    live_through(TODAY)

    assert Job.objects.count() == 1


def test_a_move_annulled_before_its_day_moves_nothing() -> None:
    voucher, there = VoucherFactory(), DistrictFactory()
    ahead = TODAY + timedelta(days=1)
    move(resident=voucher.resident, to=there.code, effective_on=ahead, stamp=stamp(TODAY))
    annul_move(resident=voucher.resident, effective_on=ahead, stamp=stamp(TODAY))

    live_through(ahead)

    assert not Transfer.objects.exclude(event="issue").exists()


def test_many_moves_of_one_day_are_worked_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vouchers.services.daily.STEP_SIZE", 2)
    vouchers, there = [VoucherFactory() for _ in range(5)], DistrictFactory()
    ahead = TODAY + timedelta(days=1)
    moves = [move(resident=v.resident, to=there.code, effective_on=ahead, stamp=stamp(TODAY)) for v in vouchers]

    live_through(ahead)

    job = Job.objects.get(key=f"{APPLY_MOVES}:{ahead}")
    assert (job.done_count, job.total_count) == (len(moves), len(moves))
    assert {payer_of(voucher) for voucher in vouchers} == {there.code}


@pytest.mark.parametrize(("day", "status"), [(date(2027, 1, 30), "active"), (date(2027, 1, 31), "expired")])
def test_a_voucher_expires_when_its_days_for_late_claims_are_over(day: date, status: str) -> None:
    voucher = VoucherFactory(programme=ProgrammeFactory(late_claim_days=30))

    live_through(day)

    voucher = Voucher.objects.get(pk=voucher.pk)
    assert voucher.status == status
    assert Transfer.objects.filter(event="expire").count() == (status == "expired")


def test_many_vouchers_expire_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vouchers.services.daily.STEP_SIZE", 2)
    programme = ProgrammeFactory()
    vouchers = [VoucherFactory(programme=programme) for _ in range(5)]

    live_through(date(2027, 6, 1))

    assert Job.objects.get(kind=EXPIRE).done_count == len(vouchers)
    assert not Voucher.objects.active().exists()
