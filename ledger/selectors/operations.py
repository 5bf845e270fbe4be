"""Questions about the running of the service: each is one cheap query, for it is asked at every scrape."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min
from django.db.models.functions import Coalesce, Greatest

from ledger.break_reasons import BOOKS
from ledger.models import (
    Break,
    Heartbeat,
    Job,
    JobState,
    Part,
    ReconciliationRun,
    Transfer,
    Upkeep,
    UpkeepKind,
)
from ledger.selectors import seals


def queue_age(now: datetime) -> float:
    """Return for how many seconds the oldest open job has waited for its next step; 0 when none waits."""
    waits_since = Greatest("next_try_at", Coalesce("last_step_at", "next_try_at"))
    return _seconds(Job.objects.due(now=now).aggregate(oldest=Min(waits_since))["oldest"], now) or 0.0


def parked_jobs(now: datetime) -> float:
    """Return how many jobs stand still until a person looks at them."""
    return float(Job.objects.filter(state=JobState.PARKED).count())


def seal_age(now: datetime) -> float | None:
    """Return the seconds since the last seal, or since the first transfer while there is none; None with neither."""
    head = seals.last_head()
    if head is not None:
        return _seconds(head.at, now)
    first = Transfer.objects.order_by("pk").values_list("recorded_at", flat=True).first()
    return _seconds(first, now)


def beat_age(now: datetime) -> float | None:
    """Return the seconds since a message of beat was last worked on; None when there was none."""
    return _age_of_part(Part.BEAT, now)


def worker_age(now: datetime) -> float | None:
    """Return the seconds since a worker last took up a message; None when none did."""
    return _age_of_part(Part.WORKER, now)


def backup_age(now: datetime) -> float | None:
    """Return the seconds since the last backup that succeeded began: what was booked later is not in it."""
    return _age_of_upkeep(UpkeepKind.BACKUP, now)


def drill_age(now: datetime) -> float | None:
    """Return the seconds since the last restore drill that succeeded."""
    return _age_of_upkeep(UpkeepKind.DRILL, now)


def verification_age(now: datetime) -> float | None:
    """Return the seconds since the last verification that found everything right."""
    return _age_of_upkeep(UpkeepKind.VERIFICATION, now)


def reconciliation_age(now: datetime) -> float | None:
    """Return the seconds since the books were last reconciled with the vouchers; None when they never were."""
    runs = ReconciliationRun.objects.filter(kind=BOOKS).order_by("-id")
    return _seconds(runs.values_list("finished_at", flat=True).first(), now)


def books_differences(now: datetime) -> float:
    """Return how many differences between the books and the vouchers are open."""
    return float(Break.objects.open().filter(kind=BOOKS).count())


def open_breaks(now: datetime) -> float:
    """Return how many differences of any kind are open."""
    return float(Break.objects.open().count())


def oldest_break_age(now: datetime) -> float | None:
    """Return the seconds since the oldest open difference was found; None when none is open."""
    return _seconds(Break.objects.open().order_by().aggregate(oldest=Min("opened_at"))["oldest"], now)


def failed_upkeep(now: datetime) -> float:
    """Return of how many kinds of upkeep the last one failed."""
    return float(sum(not upkeep.ok for upkeep in last_upkeep()))


def last_upkeep() -> list[Upkeep]:
    """Return the last backup, the last drill and the last verification, as far as there were any."""
    lasts = (Upkeep.objects.filter(kind=kind).order_by("-id").first() for kind in UpkeepKind)
    return [upkeep for upkeep in lasts if upkeep is not None]


def _age_of_part(part: Part, now: datetime) -> float | None:
    return _seconds(Heartbeat.objects.filter(part=part).values_list("at", flat=True).first(), now)


def _age_of_upkeep(kind: UpkeepKind, now: datetime) -> float | None:
    done = Upkeep.objects.filter(kind=kind, ok=True).order_by("-id")
    return _seconds(done.values_list("began_at", flat=True).first(), now)


def _seconds(since: datetime | None, now: datetime) -> float | None:
    """Clocks of two machines differ: what seems to lie ahead was just now."""
    return None if since is None else max(0.0, (now - since).total_seconds())
