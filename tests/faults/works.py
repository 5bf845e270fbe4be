"""Each kind of job in a small city, and what its end leaves in the database: the column of the table of faults.

A new kind needs one entry in WORKS: how to make a city that has such work to do, and what the work adds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from django.apps import apps

from accounts.models import AuditEvent, District, User
from config.celery import app
from ledger import selectors
from ledger.models import Heartbeat, Job, JobState, PeriodStep, Transfer
from ledger.services import jobs, period_jobs, sealing
from ledger.services.sealing import SEAL
from ledger.states import CLOSE, SETTLE
from tests.factories import DistrictFactory, ProgrammeFactory, ResidentFactory, stamp
from tests.support.programs import wait_until
from tests.support.visits import MONTH, NETTING_DAY, NEXT, City, month_of_visits
from vouchers.models import Programme
from vouchers.services import cases, move_batches
from vouchers.services.batches import ISSUE_BATCH, confirm, prepare_for_district
from vouchers.services.daily import APPLY_MOVES, EXPIRE, TIME_OUT_MOVES, ask_for_the_day
from vouchers.services.issuing import Offer, issue
from vouchers.services.merging_districts import MERGE_DISTRICT, propose_merger
from vouchers.services.move_batches import APPLY_FILE
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

    ``outcome`` is what the whole job adds to :func:`written`, and what it asks for in turn; ``shown`` is the part that
    earlier steps of the same job have added by then. ``step`` names one of several steps.
    """

    kind: str
    step: str = ""
    prepare: Callable[[], Ask]
    held_at: int
    table: str
    rows: int
    outcome: dict[str, int]
    shown: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(filter(None, [self.kind, self.step]))


ROOMS = {"accounts", "ledger", "vouchers"}
#: Counted by what they say, or only along the way to a job; a heartbeat whenever a message comes.
NOT_COUNTED = {Transfer, PeriodStep, Job, AuditEvent, User, Heartbeat}


def written() -> Counter[str]:
    """Return how many rows of each table can be seen, and how many transfers of each event and steps of months."""
    tables = {table for table in apps.get_models() if table._meta.app_label in ROOMS and table._meta.managed}
    seen = Counter({table.__name__: table._default_manager.count() for table in tables - NOT_COUNTED})
    seen.update(Transfer.objects.order_by().values_list("event", flat=True))
    seen.update(PeriodStep.objects.order_by().values_list("step", flat=True))
    return seen


def sums_of_books() -> set[int]:
    """Return what the books of the authorities add up to: nothing but zero."""
    sums: dict[str, int] = defaultdict(int)
    for code, fen in selectors.books().items():
        sums[code.partition("/")[0]] += fen
    return set(sums.values()) | {0}


def flaws_of_the_books() -> list[str]:
    """Return what is wrong in the books: sums that are not zero, balances that differ, dues left in a settled month."""
    flaws = [f"the books add up to {fen}" for fen in sums_of_books() - {0}]
    flaws += [f"closed balance differs: {line}" for line in selectors.closed_balances_that_differ()]
    for month in PeriodStep.objects.filter(step="settled").values_list("month", flat=True):
        flaws += [f"{month} is settled and leaves {left}" for left in selectors.unsettled_balances(month).items()]
    return flaws


def ring_like_beat() -> None:
    app.send_task("ledger.tasks.ring_open_jobs")


def wait_for_the_end(job: Job) -> Job:
    """Wait until the job is no longer open and return it as it is then."""
    wait_until(lambda: Job.objects.exclude(state=JobState.OPEN).filter(pk=job.pk).exists(), what=f"{job} to end")
    job.refresh_from_db()
    return job


def wait_until_all_is_done() -> set[tuple[str, str]]:
    """Wait until no job is open, those that a job asked for included; return how they ended and with which errors."""
    wait_until(lambda: not Job.objects.filter(state=JobState.OPEN).exists(), what="every job to end")
    return set(Job.objects.order_by().values_list("state", "error"))


def close_a_month() -> Ask:
    """Close January 2026 and, along with it, the empty December."""
    city = month_of_visits()
    city.close(date(2025, 11, 1))
    return lambda: approved(city, city.propose_closing())


def settle_a_month() -> Ask:
    city = month_of_visits()
    city.close()
    return lambda: approved(city, period_jobs.propose_settling(month=MONTH, stamp=stamp(NETTING_DAY, by=city.proposer)))


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


def seal_a_month() -> Ask:
    month_of_visits()
    return lambda: sealing.ask_for_the_day(stamp=stamp(NEXT))


def merge_a_district() -> Ask:
    """The first district of the month of visits becomes part of the second."""
    city = month_of_visits()
    predecessor, successor, *_ = city.districts
    author = stamp(NEXT, by=city.proposer)
    proposal = partial(propose_merger, predecessor=predecessor, successor=successor, day=NEXT, stamp=author)
    return lambda: approved(city, proposal())


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


NETTED = {"netted": 1, "netting": 6, "ObligationRecord": 6, "PositionRecord": 4, "LedgerAccount": 4}
#: The hub is founded with the first order.
ORDERED = {"PaymentBatch": 1, "Payment": 4, "Authority": 1}
#: What three pupils' moves leave in the books.
MOVED = {"handover": PUPILS, "cost_share": PUPILS, "LedgerAccount": 2}

CLOSING = Work(
    kind=CLOSE,
    prepare=close_a_month,
    held_at=1,
    table="ledger_periodstep",
    rows=2,
    outcome={"closed": 2, "stated": 1, "ClosedBalance": 20, "SealedLeaf": 10, "TreeHead": 1, "SigningKey": 1},
)
NETTING = Work(
    kind=SETTLE,
    step="netting",
    prepare=settle_a_month,
    held_at=1,
    table="ledger_transfer",
    rows=6,
    outcome={**NETTED, **ORDERED},
)
ORDERING = Work(
    kind=SETTLE,
    step="ordering",
    prepare=settle_a_month,
    held_at=2,
    table="ledger_payment",
    rows=4,
    outcome={**NETTED, **ORDERED},
    shown=NETTED,
)
MOVING = Work(
    kind=APPLY_MOVES,
    prepare=apply_moves,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=2 * PUPILS,
    outcome=MOVED,
)
TIMING_OUT = Work(
    kind=TIME_OUT_MOVES,
    prepare=time_out_moves,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=2 * PUPILS,
    outcome={**MOVED, "MoveStep": PUPILS, "Residence": PUPILS},
)
EXPIRING = Work(
    kind=EXPIRE,
    prepare=expire_vouchers,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=PUPILS,
    outcome={"expire": PUPILS, "VoucherEnd": PUPILS},
)
ISSUING = Work(
    kind=ISSUE_BATCH,
    prepare=issue_a_batch,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=PUPILS,
    outcome={"issue": PUPILS, "Voucher": PUPILS, "LedgerAccount": 2},
)
RECORDING = Work(
    kind=APPLY_FILE,
    prepare=record_a_file,
    held_at=PUPILS,
    table="ledger_transfer",
    rows=2 * PUPILS,
    outcome={**MOVED, "Move": PUPILS, "MoveStep": PUPILS, "Residence": 2 * PUPILS},
)
SEALING = Work(
    kind=SEAL,
    prepare=seal_a_month,
    held_at=10,
    table="ledger_sealedleaf",
    rows=10,
    outcome={"SealedLeaf": 10, "TreeHead": 1, "SigningKey": 1},
)
MERGING = Work(
    kind=MERGE_DISTRICT,
    prepare=merge_a_district,
    held_at=1,
    table="ledger_transfer",
    rows=15,
    outcome={
        "handover": 1,
        "cost_share": 1,
        "takeover": 1,
        "due_ended": 6,
        "due_taken_over": 2,
        "inside_payment": 4,
        "DistrictMerger": 1,
        "Succession": 1,
        "Residence": 2,
        "LedgerAccount": 6,
    },
)
WORKS = [CLOSING, NETTING, ORDERING, MOVING, TIMING_OUT, EXPIRING, ISSUING, RECORDING, SEALING, MERGING]
