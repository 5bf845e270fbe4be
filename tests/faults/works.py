"""Each kind of job in a small city, and what its end leaves in the books."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from accounts.models import District
from config.celery import app
from ledger import selectors
from ledger.models import Job, JobState, PeriodStep, Transfer
from ledger.services import jobs, period_jobs
from tests.factories import DistrictFactory, ProgrammeFactory, ResidentFactory, stamp
from tests.support.programs import wait_until
from tests.support.visits import MONTH, NEXT, City, month_of_visits
from vouchers.models import Programme, Voucher
from vouchers.services import cases, move_batches
from vouchers.services.batches import confirm, prepare_for_district
from vouchers.services.daily import APPLY_MOVES, EXPIRE, TIME_OUT_MOVES, ask_for_the_day
from vouchers.services.issuing import Offer, issue
from vouchers.services.moving import MoveOrder, move

#: The worked example of the design, for three pupils.
YEAR, YEAR_AFTER = date(2024, 1, 1), date(2025, 1, 1)
RECORDED_ON, MOVED_ON, DEADLINE_OVER = date(2024, 3, 1), date(2024, 3, 16), date(2025, 6, 1)
#: The fifteenth working day after the move is 8 April: the 4th and the 5th are holidays, Sunday the 7th makes up.
CLOCK_OVER = date(2024, 4, 9)
PUPILS = 3

#: Asks for the job, so that a worker may begin.
Ask = Callable[[], Job]


@dataclass(frozen=True, kw_only=True)
class Work:
    """``prepare`` makes the city; the step that brings the progress to ``held_at`` writes ``rows`` rows to ``table``.

    ``outcome`` is what the whole job adds to :func:`written`.
    """

    kind: str
    prepare: Callable[[], Ask]
    held_at: int
    table: str
    rows: int
    outcome: dict[str, int]


def written() -> Counter[str]:
    """Return how many rows of each event, steps of months and vouchers can be seen."""
    seen = Counter(Transfer.objects.order_by().values_list("event", flat=True))
    seen.update(PeriodStep.objects.order_by().values_list("step", flat=True))
    seen.update(vouchers=Voucher.objects.count())
    return seen


def sums_of_books() -> set[int]:
    """Return what the books of the authorities add up to: nothing but zero."""
    sums: dict[str, int] = defaultdict(int)
    for code, fen in selectors.books().items():
        sums[code.partition("/")[0]] += fen
    return set(sums.values()) | {0}


def ring_like_beat() -> None:
    app.send_task("ledger.tasks.ring_open_jobs")


def wait_for_the_end(job: Job) -> Job:
    """Wait until the job is no longer open and return it as it is then."""
    wait_until(lambda: Job.objects.exclude(state=JobState.OPEN).filter(pk=job.pk).exists(), what=f"{job} to end")
    job.refresh_from_db()
    return job


def close_a_month() -> Ask:
    """Close January 2026 and, along with it, the empty December."""
    city = month_of_visits()
    city.close(date(2025, 11, 1))
    return lambda: approved(city, city.propose_closing())


def settle_a_month() -> Ask:
    city = month_of_visits()
    city.close()
    return lambda: approved(city, period_jobs.propose_settling(month=MONTH, stamp=stamp(NEXT, by=city.proposer)))


def approved(city: City, job: Job) -> Job:
    return jobs.approve(job_id=job.pk, stamp=stamp(NEXT, by=city.approver))


def apply_moves() -> Ask:
    """Three pupils move on 16 March, as was known since the first."""
    programme, minhang = school_year()
    jingan = DistrictFactory.create(code="310106")
    for _ in range(PUPILS):
        pupil = ResidentFactory.create(district=minhang)
        issue(resident=pupil, programme=programme, stamp=stamp(YEAR))
        move(resident=pupil, to=jingan.code, effective_on=MOVED_ON, stamp=stamp(RECORDED_ON))
    return lambda: job_of_the_day(APPLY_MOVES, MOVED_ON)


def time_out_moves() -> Ask:
    """Three pupils are said to have moved, and the district moved to does not answer."""
    programme, minhang = school_year()
    jingan = DistrictFactory.create(code="310106")
    for _ in range(PUPILS):
        pupil = ResidentFactory.create(district=minhang)
        issue(resident=pupil, programme=programme, stamp=stamp(YEAR))
        order = MoveOrder(resident=pupil, to=jingan.code, effective_on=MOVED_ON)
        cases.request(orders=[order], stamp=stamp(MOVED_ON))
    return lambda: job_of_the_day(TIME_OUT_MOVES, CLOCK_OVER)


def expire_vouchers() -> Ask:
    programme, minhang = school_year()
    for _ in range(PUPILS):
        issue(resident=ResidentFactory.create(district=minhang), programme=programme, stamp=stamp(YEAR))
    return lambda: job_of_the_day(EXPIRE, DEADLINE_OVER)


def job_of_the_day(kind: str, day: date) -> Job:
    ask_for_the_day(stamp=stamp(day))
    return Job.objects.get(kind=kind)


def issue_a_batch() -> Ask:
    programme, minhang = school_year()
    ResidentFactory.create_batch(PUPILS, district=minhang)
    author = stamp(YEAR)
    batch = prepare_for_district(offer=Offer.of(programme), district=minhang, stamp=author)
    return lambda: confirm(batch_id=batch.pk, stamp=author)


def record_a_file() -> Ask:
    """Three pupils stand in the file of the school intake."""
    programme, minhang = school_year()
    jingan = DistrictFactory.create(code="310106")
    pupils = ResidentFactory.create_batch(PUPILS, district=minhang)
    for pupil in pupils:
        issue(resident=pupil, programme=programme, stamp=stamp(YEAR))
    rows = [f"{pupil.number},{jingan.code},{MOVED_ON}" for pupil in pupils]
    content = "\n".join(["resident_number,to,first_day", *rows]).encode()
    author = stamp(RECORDED_ON)
    batch = move_batches.prepare(file_name="intake.csv", content=content, stamp=author)
    return lambda: move_batches.confirm(batch_id=batch.pk, stamp=author)


def school_year() -> tuple[Programme, District]:
    programme = ProgrammeFactory.create(code="education", valid_from=YEAR, valid_until=YEAR_AFTER)
    return programme, DistrictFactory.create(code="310112")


CLOSING = Work(
    kind="close_period",
    prepare=close_a_month,
    held_at=1,
    table="ledger_periodstep",
    rows=2,
    outcome={"closed": 2},
)
SETTLED_ONCE = {"netted": 1, "netting": 6, "settled": 1, "payment": 4}
NETTING = Work(
    kind="settle_period, netting",
    prepare=settle_a_month,
    held_at=1,
    table="ledger_transfer",
    rows=6,
    outcome=SETTLED_ONCE,
)
PAYING = Work(
    kind="settle_period, paying",
    prepare=settle_a_month,
    held_at=2,
    table="ledger_transfer",
    rows=4,
    outcome=SETTLED_ONCE,
)
MOVING = Work(
    kind=APPLY_MOVES,
    prepare=apply_moves,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=2 * PUPILS,
    outcome={"handover": PUPILS, "cost_share": PUPILS},
)
TIMING_OUT = Work(
    kind=TIME_OUT_MOVES,
    prepare=time_out_moves,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=2 * PUPILS,
    outcome={"handover": PUPILS, "cost_share": PUPILS},
)
EXPIRING = Work(
    kind=EXPIRE,
    prepare=expire_vouchers,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=PUPILS,
    outcome={"expire": PUPILS},
)
ISSUING = Work(
    kind="issue_batch",
    prepare=issue_a_batch,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=PUPILS,
    outcome={"issue": PUPILS, "vouchers": PUPILS},
)
RECORDING = Work(
    kind=move_batches.APPLY_FILE,
    prepare=record_a_file,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=2 * PUPILS,
    outcome={"handover": PUPILS, "cost_share": PUPILS},
)
