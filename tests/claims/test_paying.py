"""Providers are paid what both sides agree on, once, by two people."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from ledger import selectors
from ledger.kinds import AccountName
from ledger.models import Break, Job, JobState, Payment, PaymentBatch
from ledger.services import breaks, jobs, payments
from ledger.services.breaks import Correction
from tests.claims.town import MONTH, NOW, School, a_school, line, reconciled, work
from tests.factories import UserFactory, stamp
from vouchers.services import paying_providers
from vouchers.services.paying_providers import due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

DAY = date(2026, 6, 8)
JUNE = date(2026, 6, 1)


@pytest.fixture
def school() -> School:
    school = a_school()
    school.took("a")
    school.took("b", 80)
    return school


@pytest.fixture
def city() -> User:
    return UserFactory()


def to_pay(month: date = MONTH) -> dict[str, int]:
    return {one.programme: one.fen for one in due(district="310106", month=month)}


def paid(school: School, city: User, *, month: date = MONTH) -> PaymentBatch:
    job = paying_providers.propose(district=school.provider.district, month=month, stamp=stamp(DAY, by=city))
    jobs.approve(job_id=job.pk, stamp=stamp(DAY))
    work(job, day=DAY)
    return PaymentBatch.objects.get(key=f"providers:310106:{month:%Y-%m}")


def test_nothing_is_due_before_the_claims_were_compared(school: School) -> None:
    before = to_pay()
    school.sends(line("a"), line("b", 80))

    assert (before, to_pay()) == ({}, {})
    reconciled()
    assert to_pay() == {"education": 20_000}


def test_what_a_difference_holds_waits_and_is_paid_with_the_next_month(school: School, city: User) -> None:
    school.sends(line("a"))
    reconciled()
    first = paid(school, city)
    breaks.close(break_id=Break.objects.get().pk, note="The receipt was shown.", stamp=stamp(DAY, by=city))
    school.took("c", 10, day=date(2026, 6, 3))
    school.sends(line("c", 10, day="2026-06-03"), month=JUNE, day=date(2026, 7, 1))
    reconciled(JUNE, day=date(2026, 7, 1))

    assert [payment.fen for payment in first.payments.all()] == [12_000]
    assert to_pay(JUNE) == {"education": 9_000}


def test_two_people_order_it_and_the_bank_books_it(school: School, city: User) -> None:
    school.sends(line("a"), line("b", 80))
    reconciled()

    batch = paid(school, city)
    [payment] = batch.payments.all()
    payments.arrived(payment=payment, fen=20_000, day=DAY, source="bank:1", stamp=stamp(DAY))

    assert batch.proposed_by == city != batch.approved_by
    assert (payment.party, payment.programme, payment.fen) == ("school-ja", "education", 20_000)
    books = selectors.books(authority="310106")
    assert books["310106/cash"] == -20_000
    assert "310106/education/payable/school-ja" not in books
    assert to_pay() == {"education": 0}


def test_the_same_month_is_ordered_once(school: School, city: User) -> None:
    school.sends(line("a"), line("b", 80))
    reconciled()
    paid(school, city)

    with pytest.raises(paying_providers.ProvidersPaid):
        paying_providers.propose(district=school.provider.district, month=MONTH, stamp=stamp(DAY, by=city))


def test_amounts_that_changed_after_the_proposal_are_not_paid(school: School, city: User) -> None:
    school.sends(line("a"), line("b", 80))
    reconciled()
    job = paying_providers.propose(district=school.provider.district, month=MONTH, stamp=stamp(DAY, by=city))
    school.sends(line("a"))
    reconciled()
    jobs.approve(job_id=job.pk, stamp=stamp(DAY))

    jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(DAY))

    found = Job.objects.get(pk=job.pk)
    assert (found.state, found.error_code) == (JobState.PARKED, "payload_changed")
    assert not Payment.objects.exists()


def test_a_correction_is_paid_along(school: School, city: User) -> None:
    school.sends(line("a"), line("b", 90))
    reconciled()
    held = to_pay()
    cost = AccountName("310106", "cost", "education")
    payable = AccountName("310106", "payable", "education", "school-ja")
    job = breaks.propose_correction(
        break_id=Break.objects.get().pk,
        correction=Correction(f"{cost}", f"{payable}", 1_000),
        note="The receipt says 90 yuan.",
        stamp=stamp(DAY, by=city),
    )
    jobs.approve(job_id=job.pk, stamp=stamp(DAY))
    work(job, day=DAY)

    assert held == {"education": 12_000}
    assert to_pay() == {"education": 21_000}


def test_nothing_to_pay_is_refused(school: School, city: User) -> None:
    with pytest.raises(paying_providers.NothingToPay):
        paying_providers.propose(district=school.provider.district, month=MONTH, stamp=stamp(DAY, by=city))
