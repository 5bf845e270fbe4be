"""The calendar of a month: reckoned in working days, kept once it opened, and followed by reminders."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.stamps import SHANGHAI
from ledger import calendar, selectors
from ledger.models import CalendarDay, Job, PeriodStep, Reminder
from ledger.payloads import payload_hash
from ledger.services import jobs, period_jobs, periods
from ledger.services.calendar import turn_to
from ledger.services.periods import PayloadChanged
from tests.factories import UserFactory, stamp
from tests.support.visits import MONTH, NETTING_DAY, NEXT, City, month_of_visits, visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]


@pytest.fixture
def city() -> City:
    return month_of_visits()


def test_october_is_over_after_the_holidays_of_the_national_day() -> None:
    days = {code: f"{day}" for code, day in calendar.days_of(date(2026, 9, 1)).items()}

    assert days == {
        "cut_off": "2026-09-30",
        "close": "2026-10-10",
        "statement": "2026-10-12",
        "objection": "2026-10-19",
        "netting": "2026-10-20",
        "payment": "2026-10-22",
        "finality": "2026-10-23",
    }


def test_the_days_of_a_month_are_kept_as_they_were_reckoned(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_to(day=date(2026, 1, 20))
    before = selectors.calendar_of(MONTH)
    monkeypatch.setattr(calendar, "working_days_after", lambda day, _number: day)

    turn_to(day=date(2026, 1, 21))

    assert selectors.calendar_of(MONTH) == before
    assert CalendarDay.objects.filter(month=MONTH).count() == len(calendar.MILESTONES)


def test_people_are_reminded_each_day_of_what_is_due_and_once_a_day(city: City) -> None:
    assert turn_to(day=date(2026, 2, 3)) == []
    due = turn_to(day=date(2026, 2, 4))
    again = turn_to(day=date(2026, 2, 4))
    city.close()
    after = turn_to(day=NETTING_DAY)

    assert [(reminder.month, reminder.milestone) for reminder in due] == [(MONTH, "close")]
    assert again == due
    assert [reminder.milestone for reminder in after] == ["netting"]
    assert Reminder.objects.count() == 2


def test_a_closing_that_is_approved_early_waits_for_its_day(city: City) -> None:
    job = period_jobs.propose_closing(month=MONTH, stamp=stamp(date(2026, 2, 1), by=city.proposer))
    jobs.approve(job_id=job.pk, stamp=stamp(date(2026, 2, 1), by=city.approver))

    early = jobs.run_step(job_id=job.pk, now=datetime(2026, 2, 3, 23, 59, tzinfo=SHANGHAI), stamp=stamp())
    jobs.run_step(job_id=job.pk, now=datetime(2026, 2, 4, 0, 1, tzinfo=SHANGHAI), stamp=stamp(NEXT))

    assert early is False
    assert selectors.state_of(MONTH).code == "closed"
    assert set(Job.objects.values_list("kind", flat=True)) == {"close_period", "issue_statements", "seal"}


def test_figures_that_changed_after_they_were_approved_stop_the_step(city: City) -> None:
    approved = payload_hash(periods.closing_figures(MONTH))
    visit(city.vouchers["310112"], provider=city.providers["310101"], fen=1, key="late")

    with pytest.raises(PayloadChanged):
        periods.close_period(month=MONTH, approved_by=city.approver, approved=approved, stamp=stamp(NEXT))

    assert selectors.state_of(MONTH).code == "open"


def test_a_step_keeps_the_hash_of_the_figures_it_was_taken_on(city: City) -> None:
    figures = payload_hash(periods.closing_figures(MONTH))
    city.net()

    steps = PeriodStep.objects.filter(month=MONTH).order_by("pk")
    assert [step.step for step in steps] == ["closed", "stated", "netted"]
    assert [len(step.payload) for step in steps] == [64, 64, 64]
    assert steps[0].payload == figures


@pytest.mark.parametrize("step", ["closed", "netted", "settled"])
def test_the_database_takes_no_step_of_one_person_alone(city: City, step: str) -> None:
    alone = UserFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        take(step, proposed_by=alone, approved_by=alone)
    with pytest.raises(IntegrityError), transaction.atomic():
        take(step, proposed_by=alone, approved_by=None)


def take(step: str, **people: object) -> None:
    PeriodStep.objects.create(month=MONTH, step=step, booked_on=NEXT, **people)
