"""Books against vouchers as a job: each check of what is kept against what it is made of is a step."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.stamps import Stamp
from ledger.break_reasons import BOOKS, BOOKS_DIFFER
from ledger.models import Job, ReconciliationRun
from ledger.services import breaks, jobs
from ledger.services import verifying as ledger
from ledger.services.breaks import Found
from ledger.services.verifying import Check, Fault
from vouchers.services import verifying as vouchers

RECONCILE_BOOKS = "reconcile_books"
#: What sums tell. Seals and signatures are verified by manage.py verify_ledger, which reads every row.
CHECKS = (
    Check("books", ledger.books),
    Check("balances", ledger.balances),
    Check("reversals", ledger.reversals),
    *vouchers.CHECKS,
)


def ask_for_the_night(*, stamp: Stamp) -> Job:
    day = f"{stamp.booked_on}"
    return jobs.ask(
        kind=RECONCILE_BOOKS,
        key=f"{RECONCILE_BOOKS}:{day}",
        params={"day": day, "faults": []},
        total=len(CHECKS) + 1,
        stamp=stamp,
    )


@jobs.kind(RECONCILE_BOOKS, _("Reconcile the books with the vouchers"))
def reconcile_books(job: Job, step: jobs.Step) -> bool:
    """Run the next check; after the last one, write the run down and open or close what it says."""
    if job.done_count < len(CHECKS):
        check = CHECKS[job.done_count]
        try:
            job.result = {**job.result, **check.run()}
        except Fault as fault:
            found = {"check": check.code, "row": fault.row, "problem": str(fault)}
            job.params = {**job.params, "faults": [*job.params["faults"], found]}
        job.done_count += 1
        return False
    _finish(job, stamp=step.stamp)
    job.done_count = job.total_count
    return True


def _finish(job: Job, *, stamp: Stamp) -> None:
    found = [_found(fault) for fault in job.params["faults"]]
    fresh = breaks.count_new(found)
    gone = breaks.close_gone(prefix=f"{BOOKS}:", still={one.key for one in found}, stamp=stamp)
    run = ReconciliationRun.objects.create(
        kind=BOOKS,
        scope=job.params["day"],
        job=job,
        started_at=job.created_at,
        cells=len(CHECKS),
        cells_differing=len(found),
        rows_compared=sum(job.result.values()),
        breaks_found=fresh,
        result={"known": len(found) - fresh, "gone": gone, **job.result},
    )
    breaks.find(found=found, run=run, stamp=stamp)


def _found(fault: dict[str, Any]) -> Found:
    key = f"{BOOKS}:{fault['check']}:{fault['row']}"
    return Found(BOOKS, BOOKS_DIFFER.code, key[:150], None, 0, {"ours": {"problem": fault["problem"]}})
