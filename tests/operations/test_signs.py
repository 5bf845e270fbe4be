"""Signs of life: the figure is what the rows say, and the finding is what the figure means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from config import watch as config_watch
from ledger import signs, watch, watch_differences, watch_prefunds
from ledger.break_reasons import BOOKS, BOOKS_DIFFER, CLAIM, DUPLICATE
from ledger.models import Heartbeat, Job, JobState, Part, SealReason, Upkeep, UpkeepKind
from ledger.selectors import operations
from ledger.services import breaks, sealing, upkeep
from ledger.services.breaks import Found
from ledger.signs import SIGNS, Finding, Mood
from ledger.tasks import ring_open_jobs, run_job
from tests.factories import VoucherFactory, stamp
from tests.seals.story import spend
from tests.support.readers import run
from vouchers.services import reconciling_books

NOW = datetime(2026, 2, 10, 4, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

in_a_database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override("en"):
        yield


def open_job(key: str = "open", **values: object) -> Job:
    return Job.objects.create(**{"kind": "seal", "key": key, "next_try_at": NOW, **values})


def kept(kind: UpkeepKind, *, ago: timedelta, problem: str = "") -> Upkeep:
    return upkeep.record(kind=kind, began_at=NOW - ago, figures={}, problem=problem)


# What a figure means


@pytest.mark.parametrize(
    ("judge", "good", "warn", "alarm"),
    [
        (watch.queue_age, 5 * MINUTE, 5 * MINUTE + 1, 15 * MINUTE + 1),
        (watch.beat_age, 5 * MINUTE, 5 * MINUTE + 1, 15 * MINUTE + 1),
        (watch.worker_age, 5 * MINUTE, 5 * MINUTE + 1, 15 * MINUTE + 1),
        (watch.seal_age, 26 * HOUR, 26 * HOUR + 1, 50 * HOUR + 1),
        (watch.backup_age, 26 * HOUR, 26 * HOUR + 1, 50 * HOUR + 1),
        (watch.verification_age, 26 * HOUR, 26 * HOUR + 1, 50 * HOUR + 1),
        (watch_differences.reconciliation_age, 26 * HOUR, 26 * HOUR + 1, 50 * HOUR + 1),
        (watch_differences.oldest_break_age, 30 * DAY, 30 * DAY + 1, 90 * DAY + 1),
        (watch.drill_age, 35 * DAY, 35 * DAY + 1, 100 * DAY + 1),
    ],
)
def test_an_age_is_good_up_to_its_limit_then_a_warning_then_an_alarm(
    judge: signs.Judge, good: float, warn: float, alarm: float
) -> None:
    assert [judge(age).mood for age in (good, warn, alarm)] == [Mood.GOOD, Mood.WARN, Mood.ALARM]


@pytest.mark.parametrize(
    ("judge", "mood"),
    [
        (watch.queue_age, Mood.GOOD),
        (watch.seal_age, Mood.GOOD),
        (watch.beat_age, Mood.ALARM),
        (watch.worker_age, Mood.ALARM),
        (watch.backup_age, Mood.WARN),
        (watch.drill_age, Mood.WARN),
        (watch.verification_age, Mood.WARN),
        (watch_differences.reconciliation_age, Mood.WARN),
        (watch_differences.oldest_break_age, Mood.GOOD),
        (watch_prefunds.prefund_use, Mood.GOOD),
        (config_watch.broker, Mood.GOOD),
    ],
)
def test_what_has_never_been_is_told_as_such(judge: signs.Judge, mood: Mood) -> None:
    assert judge(None).mood is mood


@pytest.mark.parametrize(
    ("judge", "none", "one"),
    [
        (watch.parked_jobs, 0.0, 1.0),
        (watch.failed_upkeep, 0.0, 1.0),
        (watch_differences.books_differ, 0.0, 1.0),
        (config_watch.broker, 1.0, 0.0),
    ],
)
def test_one_of_these_is_an_alarm_and_none_is_good(judge: signs.Judge, none: float, one: float) -> None:
    assert (judge(none).mood, judge(one).mood) == (Mood.GOOD, Mood.ALARM)


@pytest.mark.parametrize(
    ("percent", "mood"), [(69, Mood.GOOD), (70, Mood.WARN), (89, Mood.WARN), (90, Mood.ALARM), (120, Mood.ALARM)]
)
def test_a_prefund_in_use_warns_from_seventy_percent_and_is_an_alarm_from_ninety(percent: float, mood: Mood) -> None:
    assert watch_prefunds.prefund_use(percent).mood is mood


def test_a_finding_tells_the_age_in_words_and_what_comes_next() -> None:
    assert watch.backup_age(3 * DAY) == Finding(
        Mood.ALARM,
        "The last backup is from 3 days ago; what was recorded since would be lost with the disk.",
        "Run manage.py backup, and see why the nightly one does not run.",
    )


@pytest.mark.parametrize("figure", [None, 0.0, 1.0, 1e9])
@pytest.mark.parametrize("code", SIGNS)
def test_only_what_is_not_good_says_what_to_do(code: str, figure: float | None) -> None:
    found = SIGNS[code].judge(figure)

    assert found.sentence.endswith(".")
    assert bool(found.what_next) is (found.mood is not Mood.GOOD)


# What the rows say


@in_a_database
def test_the_queue_is_as_old_as_the_job_that_waits_longest_for_its_next_step() -> None:
    open_job("fresh")
    open_job("stepped", next_try_at=NOW - timedelta(hours=9), last_step_at=NOW - timedelta(minutes=2))
    open_job("later", next_try_at=NOW + timedelta(minutes=1))
    open_job("parked", next_try_at=NOW - timedelta(hours=9), state=JobState.PARKED)

    assert operations.queue_age(NOW) == 2 * MINUTE


@in_a_database
def test_a_job_in_whose_steps_nothing_fails_ages_from_its_last_step() -> None:
    job = sealing.ask_by_hand(stamp=stamp())

    run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.last_step_at) == (JobState.DONE, NOW)


@in_a_database
def test_nothing_waits_in_an_empty_queue() -> None:
    assert operations.queue_age(NOW) == operations.parked_jobs(NOW) == 0


@in_a_database
def test_every_parked_job_is_counted() -> None:
    open_job("one", state=JobState.PARKED)
    open_job("two", state=JobState.PARKED)
    open_job("three", state=JobState.DONE)

    assert operations.parked_jobs(NOW) == 2


@in_a_database
def test_until_a_first_seal_its_age_is_that_of_the_first_transfer() -> None:
    nothing = operations.seal_age(NOW)
    spend(VoucherFactory(), key="r1")

    assert (nothing, operations.seal_age(NOW + timedelta(hours=3))) == (None, 3 * HOUR)


@in_a_database
def test_a_seal_is_as_old_as_its_head() -> None:
    spend(VoucherFactory(), key="r1")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        sealing.seal(reason=SealReason.DAILY)

    assert operations.seal_age(NOW + timedelta(hours=3)) == 2 * HOUR


@in_a_database
def test_a_ring_shows_that_beat_and_a_worker_live_and_a_job_shows_only_a_worker() -> None:
    before = operations.beat_age(NOW), operations.worker_age(NOW)
    ring_open_jobs()
    with time_machine.travel(NOW + timedelta(minutes=4), tick=False):
        run_job(0)

    ages = operations.beat_age(NOW + timedelta(minutes=6)), operations.worker_age(NOW + timedelta(minutes=6))
    assert (before, ages) == ((None, None), (6 * MINUTE, 2 * MINUTE))
    assert Heartbeat.objects.count() == 2


@in_a_database
def test_upkeep_that_failed_makes_the_one_before_no_younger() -> None:
    kept(UpkeepKind.BACKUP, ago=timedelta(days=3))
    kept(UpkeepKind.BACKUP, ago=timedelta(days=1), problem="pg_dump: no space left")

    assert operations.backup_age(NOW) == 3 * DAY
    assert operations.failed_upkeep(NOW) == 1
    assert (operations.drill_age(NOW), operations.verification_age(NOW)) == (None, None)


@in_a_database
def test_upkeep_that_went_well_again_is_no_failure_any_more() -> None:
    kept(UpkeepKind.DRILL, ago=timedelta(days=3), problem="transfer 7: its leaf is another")
    kept(UpkeepKind.DRILL, ago=timedelta(days=1))

    assert (operations.failed_upkeep(NOW), operations.drill_age(NOW)) == (0, DAY)


@in_a_database
def test_what_reconciliation_found_is_counted_until_it_is_closed() -> None:
    differences = [Found(BOOKS, BOOKS_DIFFER.code, f"books:{n}", None, 0, {}) for n in (1, 2)]
    breaks.find(found=[*differences, Found(CLAIM, DUPLICATE.code, "claim:1", None, 7, {})], run=None, stamp=stamp())
    breaks.close_gone(prefix="books:", still={"books:2"}, stamp=stamp())

    assert (operations.books_differences(NOW), operations.open_breaks(NOW)) == (1, 2)
    assert operations.oldest_break_age(NOW + timedelta(days=3)) == 3 * DAY


@in_a_database
def test_the_nightly_run_of_the_books_is_the_one_that_is_watched() -> None:
    before = operations.reconciliation_age(NOW)
    run(reconciling_books.ask_for_the_night(stamp=stamp()))

    assert (before, operations.reconciliation_age(NOW + timedelta(hours=2))) == (None, 2 * HOUR)
    assert operations.oldest_break_age(NOW) is None


@in_a_database
def test_a_clock_that_runs_ahead_makes_nothing_younger_than_now() -> None:
    upkeep.seen(Part.BEAT, now=NOW + timedelta(minutes=1))

    assert operations.beat_age(NOW) == 0


@in_a_database
def test_the_worst_comes_first_and_alarms_are_named_by_their_codes() -> None:
    open_job(state=JobState.PARKED)
    upkeep.seen(*Part, now=NOW)

    moods = [seen.finding.mood for seen in signs.look(now=NOW)]

    assert moods == sorted(moods, key=list(Mood).index, reverse=True)
    assert signs.alarms(now=NOW) == ["parked_jobs"]


@in_a_database
def test_looking_at_every_sign_is_cheap() -> None:
    with CaptureQueriesContext(connection) as queries:
        signs.look(now=NOW)

    assert len(queries) <= 2 * len(SIGNS)


# The manual


def test_the_manual_has_a_section_for_each_sign_and_for_nothing_else() -> None:
    manual = (settings.BASE_DIR / "docs" / "operations.md").read_text()

    sections = re.findall(r"^### `(\w+)`", manual, flags=re.MULTILINE)

    assert sorted(sections) == sorted(SIGNS)


def test_the_manual_names_the_gauge_of_each_sign() -> None:
    manual = (settings.BASE_DIR / "docs" / "operations.md").read_text()

    assert [sign.gauge for sign in SIGNS.values() if f"`tonghui_{sign.gauge}`" not in manual] == []
