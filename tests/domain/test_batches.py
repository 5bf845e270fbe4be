"""Issuing to many: a roster is taken whole or not at all, a district gives everybody who is eligible."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import District, Resident, User
from ledger.models import Job, Transfer
from ledger.services import jobs
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    administrator_of,
    stamp,
)
from vouchers.models import IssueBatch, ItemOutcome, Programme, Voucher
from vouchers.services import batches
from vouchers.services.issuing import Offer

pytestmark = pytest.mark.django_db

NOW = timezone.now() + timedelta(days=1)


@pytest.fixture
def city() -> User:
    return UserFactory()


@pytest.fixture
def programme() -> Programme:
    return ProgrammeFactory(min_age=6, max_age=15)


def child(district: District | None = None, born_on: date = date(2016, 1, 1)) -> Resident:
    return ResidentFactory(born_on=born_on, district=district or DistrictFactory())


def roster(*residents: Resident) -> bytes:
    return "\n".join(["resident_number", *(resident.number for resident in residents)]).encode()


def prepare(programme: Programme, content: bytes, *, by: User) -> IssueBatch:
    return batches.prepare_from_roster(
        offer=Offer.of(programme), file_name="children.csv", content=content, stamp=stamp(by=by)
    )


def run(batch: IssueBatch, *, by: User) -> Job:
    """Confirm a batch and work it to its end."""
    job = batches.confirm(batch_id=batch.pk, stamp=stamp(by=by))
    while jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(by=by)):
        pass
    job.refresh_from_db()
    return job


def test_a_confirmed_roster_becomes_one_voucher_each(city: User, programme: Programme) -> None:
    children = [child(), child()]

    job = run(prepare(programme, roster(*children), by=city), by=city)

    assert job.result[ItemOutcome.ISSUED] == 2
    assert set(Voucher.objects.values_list("resident_id", flat=True)) == {one.pk for one in children}


def test_a_batch_is_worked_in_steps_and_confirmed_once(
    city: User, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vouchers.services.batches.STEP_SIZE", 2)
    batch = prepare(programme, roster(*(child() for _ in range(5))), by=city)

    first, again = run(batch, by=city), run(batch, by=city)

    assert first == again
    assert (again.done_count, Voucher.objects.count()) == (5, 5)


def test_somebody_who_got_one_in_between_is_left_out_and_shown(city: User, programme: Programme) -> None:
    early, late = child(), child()
    batch = prepare(programme, roster(early, late), by=city)
    VoucherFactory(resident=early, programme=programme)

    job = run(batch, by=city)

    assert (job.result[ItemOutcome.ISSUED], job.result[ItemOutcome.ALREADY_ISSUED]) == (1, 1)
    assert Voucher.objects.count() == 2


def test_every_voucher_of_a_batch_is_booked_under_the_batch(city: User, programme: Programme) -> None:
    batch = prepare(programme, roster(child()), by=city)

    run(batch, by=city)

    assert Transfer.objects.get(event="issue").act == f"batch:{batch.pk}"


def test_the_same_file_is_taken_once_for_a_programme(city: User, programme: Programme) -> None:
    content = roster(child())
    prepare(programme, content, by=city)

    with pytest.raises(batches.FileUsedBefore):
        prepare(programme, content, by=city)

    assert prepare(ProgrammeFactory(), content, by=city)


def test_every_problem_is_told_by_row_and_nothing_is_kept(city: User, programme: Programme) -> None:
    fine, holder, old = child(), child(), child(born_on=date(1990, 1, 1))
    VoucherFactory(resident=holder, programme=programme)
    content = roster(fine, holder, fine, old) + b"\nRNOBODY"

    with pytest.raises(batches.RosterHasProblems) as caught:
        prepare(programme, content, by=city)

    assert [problem.row for problem in caught.value.problems] == [3, 4, 5, 6]
    assert not IssueBatch.objects.exists()


def test_a_roster_of_more_people_than_a_statement_has_parameters_is_checked_whole(
    city: User, programme: Programme
) -> None:
    content = roster(child()) + b"\nR" + b"\nR".join(b"%d" % number for number in range(66_000))

    with pytest.raises(batches.RosterHasProblems) as caught:
        prepare(programme, content, by=city)

    assert len(caught.value.problems) == 66_000


def test_a_district_may_only_name_people_who_live_there(programme: Programme) -> None:
    here, there = DistrictFactory(), DistrictFactory()

    with pytest.raises(batches.RosterHasProblems) as caught:
        prepare(programme, roster(child(here), child(there)), by=administrator_of(here))

    assert [problem.row for problem in caught.value.problems] == [3]


def test_a_district_gives_everybody_of_the_age_who_has_none(city: User, programme: Programme) -> None:
    here = DistrictFactory()
    wanted, holder = child(here), child(here)
    VoucherFactory(resident=holder, programme=programme)
    others = [child(here, born_on=date(1990, 1, 1)), child()]

    batch = batches.prepare_for_district(offer=Offer.of(programme), district=here, stamp=stamp(by=city))

    assert others and [item.resident for item in batch.items.all()] == [wanted]


def test_a_district_without_anybody_eligible_makes_no_batch(city: User, programme: Programme) -> None:
    with pytest.raises(batches.NobodyEligible):
        batches.prepare_for_district(offer=Offer.of(programme), district=DistrictFactory(), stamp=stamp(by=city))
