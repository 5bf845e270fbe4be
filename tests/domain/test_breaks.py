"""A difference is opened once, looked at by somebody, corrected by two people, and closed for a reason shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import District, User
from accounts.refusals import OwnProposal, Refused
from ledger import kinds, selectors
from ledger.break_reasons import CLAIM, GONE_AT_NEXT_RUN, MISSING_HERE
from ledger.kinds import AccountName
from ledger.models import Break, BreakStep, Job, JobState, Transfer
from ledger.selectors import breaks as queue
from ledger.services import breaks, jobs
from ledger.services.breaks import Correction, Found
from ledger.services.posting import ensure_accounts
from tests.factories import DistrictFactory, UserFactory, administrator_of, stamp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

NOW = timezone.now() + timedelta(days=1)
DAY = date(2026, 3, 16)


@pytest.fixture
def city() -> User:
    return UserFactory()


@pytest.fixture
def jingan() -> District:
    return DistrictFactory(code="310106")


def difference(key: str = "claim:2026-03:school:r1", *, authority: str | None = None, fen: int = 12_000) -> Found:
    return Found(
        kind=CLAIM, reason=MISSING_HERE.code, key=key, authority=authority, fen=fen, evidence={"theirs": {"key": "r1"}}
    )


def opened(key: str = "claim:2026-03:school:r1", *, authority: str | None = None, day: date = DAY) -> Break:
    breaks.find(found=[difference(key, authority=authority)], run=None, stamp=stamp(day))
    return Break.objects.get(key=key)


def accounts(district: District) -> Correction:
    cost = AccountName(district.code, kinds.COST.code, "education")
    payable = AccountName(district.code, kinds.PAYABLE.code, "education", "school")
    ensure_accounts([cost, payable])
    return Correction(str(cost), str(payable), 12_000)


def state_of(found: Break) -> str | None:
    return Break.objects.with_state().get(pk=found.pk).state


def test_the_same_difference_found_twice_is_one() -> None:
    found = difference()

    numbers = [breaks.find(found=[found, difference("other")], run=None, stamp=stamp(DAY)) for _ in range(2)]

    assert numbers == [2, 0]
    assert Break.objects.count() == 2


def test_what_is_gone_at_the_next_run_is_closed_by_the_rule_that_says_so() -> None:
    gone, stays = opened("claim:2026-03:a"), opened("claim:2026-03:b")
    elsewhere = opened("claim:2026-04:a")

    closed = breaks.close_gone(prefix="claim:2026-03:", still={"claim:2026-03:b"}, stamp=stamp(DAY))

    assert closed == 1
    assert gone.steps.get().rule == GONE_AT_NEXT_RUN.code
    assert set(Break.objects.open()) == {stays, elsewhere}


def test_what_was_gone_and_is_back_is_opened_again_and_can_be_gone_again() -> None:
    opened("claim:2026-03:a")
    breaks.close_gone(prefix="claim:2026-03:", still=set(), stamp=stamp(DAY))

    again = [breaks.find(found=[difference("claim:2026-03:a")], run=None, stamp=stamp(DAY)) for _ in range(2)]

    assert again == [1, 0]
    assert Break.objects.open().get().key == "claim:2026-03:a #2"
    assert breaks.close_gone(prefix="claim:2026-03:", still={"claim:2026-03:a"}, stamp=stamp(DAY)) == 0
    assert breaks.close_gone(prefix="claim:2026-03:", still=set(), stamp=stamp(DAY)) == 1


def test_what_a_person_closed_stays_closed_when_it_is_found_again(city: User) -> None:
    found = opened()
    breaks.close(break_id=found.pk, note="The receipt was shown.", stamp=stamp(DAY, by=city))

    assert breaks.find(found=[difference()], run=None, stamp=stamp(DAY)) == 0
    assert not Break.objects.open().exists()


def test_somebody_looks_at_it(city: User) -> None:
    found = opened()

    breaks.assign(break_id=found.pk, owner=city, stamp=stamp(DAY, by=city))

    assert state_of(found) == BreakStep.Step.ASSIGNED
    nobodys = opened("another")
    assert list(queue.breaks_waiting_for(city)) == [found, nobodys]
    assert list(queue.breaks_waiting_for(UserFactory())) == [nobodys]


def test_a_correction_takes_two_people_and_closes_the_difference(city: User, jingan: District) -> None:
    found, wanted = opened(), accounts(jingan)
    job = breaks.propose_correction(break_id=found.pk, correction=wanted, note="Paid.", stamp=stamp(DAY, by=city))
    with pytest.raises(OwnProposal):
        jobs.approve(job_id=job.pk, stamp=stamp(DAY, by=city))
    other = UserFactory()
    jobs.approve(job_id=job.pk, stamp=stamp(DAY, by=other))

    jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(DAY))

    row = Transfer.objects.get(event="correction")
    assert (row.debit.code, row.credit.code, row.fen, row.act) == (*wanted, f"break:{found.pk}")
    assert [step.step for step in found.steps.all()] == ["proposed", "corrected", "closed"]
    corrected = found.steps.get(step="corrected")
    assert (corrected.by, corrected.approved_by, corrected.transfer) == (city, other, row)
    assert sum(selectors.books().values()) == 0


def test_a_correction_that_waits_keeps_the_difference_from_being_closed(city: User, jingan: District) -> None:
    found, wanted = opened(), accounts(jingan)
    breaks.propose_correction(break_id=found.pk, correction=wanted, note="Paid.", stamp=stamp(DAY, by=city))

    with pytest.raises(breaks.CorrectionWaits):
        breaks.close(break_id=found.pk, note="x", stamp=stamp(DAY, by=city))
    with pytest.raises(breaks.CorrectionWaits):
        breaks.propose_correction(break_id=found.pk, correction=wanted, note="x", stamp=stamp(DAY, by=city))
    assert breaks.close_gone(prefix="claim:", still=set(), stamp=stamp(DAY)) == 0


def test_a_withdrawn_correction_makes_room_for_another(city: User, jingan: District) -> None:
    found, wanted = opened(), accounts(jingan)
    job = breaks.propose_correction(break_id=found.pk, correction=wanted, note="Paid.", stamp=stamp(DAY, by=city))

    jobs.withdraw(job_id=job.pk, stamp=stamp(DAY, by=city))

    breaks.close(break_id=found.pk, note="Nothing to pay.", stamp=stamp(DAY, by=city))
    assert state_of(found) == BreakStep.Step.CLOSED


@pytest.mark.parametrize(
    ("debit", "refusal"),
    [
        ("310106/education/entitlement", breaks.NotCorrectable),
        ("310106/education/nothing", breaks.NotCorrectable),
        ("310106/education/payable/school", breaks.SameAccount),
    ],
)
def test_a_correction_may_not_touch_what_vouchers_hold(
    city: User, jingan: District, debit: str, refusal: type[Refused]
) -> None:
    found, wanted = opened(), accounts(jingan)._replace(debit=debit)
    ensure_accounts([AccountName(jingan.code, kinds.ENTITLEMENT.code, "education")])

    with pytest.raises(refusal):
        breaks.propose_correction(break_id=found.pk, correction=wanted, note="x", stamp=stamp(DAY, by=city))
    assert not Job.objects.exists()


def test_a_correction_of_what_was_closed_meanwhile_is_parked(city: User, jingan: District) -> None:
    found = opened()
    job = breaks.propose_correction(
        break_id=found.pk, correction=accounts(jingan), note="Paid.", stamp=stamp(DAY, by=city)
    )
    jobs.approve(job_id=job.pk, stamp=stamp(DAY))
    BreakStep.objects.create(found=found, step="closed", by=city, note="by hand")

    jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(DAY))

    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.PARKED, "break_closed")
    assert not Transfer.objects.exists()


def test_a_district_sees_its_own_differences_only(jingan: District) -> None:
    own = opened("a", authority=jingan.code)
    opened("b", authority=DistrictFactory().code)
    opened("c")

    assert list(queue.breaks_seen_by(administrator_of(jingan))) == [own]
    assert queue.breaks_seen_by(UserFactory()).count() == 3


def test_age_is_told_in_bands_that_add_up(city: User, jingan: District) -> None:
    for number, days in enumerate((0, 7, 8, 30, 31, 90, 91, 400)):
        opened(f"k{number}", authority=jingan.code, day=DAY - timedelta(days=days))
    breaks.close(break_id=opened("closed").pk, note="x", stamp=stamp(DAY, by=city))

    report = queue.ageing(user=city, today=DAY)

    assert [(line.code, line.numbers, line.fen) for line in report.lines] == [("missing_here", [2, 2, 2, 2], 96_000)]
    assert (report.totals, report.number, report.fen) == ([2, 2, 2, 2], 8, 96_000)
    assert [line.code for line in queue.ageing(user=city, today=DAY, by="authority").lines] == [jingan.code]
