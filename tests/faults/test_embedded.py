"""The embedded form: ``kill -9`` in the middle of a batch, in the one process that does everything."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.bulk import insert_many
from accounts.models import District, Residence, Resident
from ledger.models import Job, JobState
from tests.factories import START, DistrictFactory, ProgrammeFactory, stamp
from tests.faults.works import sums_of_books, wait_for_the_end, written
from tests.support.programs import wait_until
from tests.support.serving import Served
from vouchers.services.batches import STEP_SIZE, confirm, prepare_for_district
from vouchers.services.issuing import Offer

pytestmark = pytest.mark.embedded

#: Starts the process.
Serve = Callable[[], Served]

REST = 20
#: What is asked for each day leaves these vouchers alone.
NEVER = date(2100, 1, 1)
#: The second step's last statement counts to a number that it does not reach in an hour.
COUNT_FOR_LONG = f"""
    CREATE TRIGGER count_for_long BEFORE UPDATE ON ledger_job WHEN NEW.done_count = {STEP_SIZE + REST}
    BEGIN
        SELECT count(*) FROM (
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000000) SELECT i FROM n
        );
    END
"""


@pytest.fixture
def serve(committed_db: str, tmp_path: Path) -> Iterator[Serve]:
    started: list[Served] = []

    def start() -> Served:
        started.append(Served(tmp_path))
        return started[-1]

    yield start
    for process in started:
        process.end(signal.SIGKILL)


def pupils(number: int, *, district: District) -> None:
    """Register that many people at once."""
    now = timezone.now()
    people = [Resident(number=f"R{serial}", name=f"居民{serial}", recorded_at=now) for serial in range(number)]
    insert_many(people)
    insert_many(
        [
            Residence(resident=person, district=district, start=START, known_from=START, recorded_at=now)
            for person in people
        ]
    )


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def somebody_writes() -> bool:
    """Return whether a transaction that writes is open, by trying to begin one."""
    try:
        execute("PRAGMA busy_timeout = 0")
        execute("BEGIN IMMEDIATE")
    except OperationalError:
        return True
    execute("ROLLBACK")
    return False


def test_a_batch_cut_off_by_kill_9_is_issued_once_after_the_next_start(serve: Serve) -> None:
    programme = ProgrammeFactory.create(valid_until=NEVER)
    minhang = DistrictFactory.create()
    pupils(STEP_SIZE + REST, district=minhang)
    author = stamp()
    batch = prepare_for_district(offer=Offer.of(programme), district=minhang, stamp=author)
    before = written()
    job = confirm(batch_id=batch.pk, stamp=author)
    execute(COUNT_FOR_LONG)
    killed = serve()
    wait_until(lambda: Job.objects.filter(pk=job.pk, attempts=1, done_count=STEP_SIZE).exists(), what="the second step")
    wait_until(somebody_writes, what="the second step to write")
    seen = written()["issue"]
    killed.end(signal.SIGKILL)
    execute("DROP TRIGGER count_for_long")

    following = serve()
    ended = wait_for_the_end(job)

    assert seen == STEP_SIZE
    assert (ended.state, ended.done_count) == (JobState.DONE, STEP_SIZE + REST)
    added = written() - before
    assert (added["issue"], added["Voucher"]) == (STEP_SIZE + REST, STEP_SIZE + REST)
    assert sums_of_books() == {0}
    assert following.end(signal.SIGTERM) == 0
