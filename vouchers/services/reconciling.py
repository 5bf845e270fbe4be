"""Reconciliation of a month's claims as a job: sums first, then the rows of what differs, then breaks and the run.

Each step is a commit: the first writes down the cells that differ, the next ones take some files of them each, the last
opens what is new and closes what is gone. A job that dies goes on with the step it stood at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.bulk import insert_values
from accounts.stamps import Stamp
from ledger.break_reasons import CLAIM, LINES_AWAITED
from ledger.models import Break, Job, ReconciliationRun
from ledger.months import month_text, parse_month
from ledger.services import breaks, jobs
from ledger.services.breaks import Found
from vouchers.claim_matching import DUPLICATE, Side, class_of
from vouchers.models import ClaimCell, ClaimDifference, ClaimFile, Programme
from vouchers.services import comparing
from vouchers.services.comparing import Cell, Compared

RECONCILE = "reconcile_claims"
#: Files are taken together until they have this many differing cells: each step reads the month once more.
CELLS_A_STEP = 2_000
AT_A_TIME = 2_000
#: Months whose claims came within these days are compared every night.
FRESH = timedelta(days=62)


def ask_for_the_night(*, stamp: Stamp) -> list[Job]:
    """Ask for the months that claims came for lately, and for those with differences still open."""
    day = stamp.booked_on
    fresh = ClaimFile.objects.standing().filter(sent_on__gte=day - FRESH).values_list("month", flat=True)
    months = {*fresh, *_months_with_open_breaks()}
    return [_ask(month=month, key=f"{day}", stamp=stamp) for month in sorted(months)]


def ask_now(*, month: date, stamp: Stamp) -> Job:
    """Ask for one month; asking again before it is done makes no second job."""
    last = ReconciliationRun.objects.filter(kind=CLAIM, scope=month_text(month)).order_by("-pk").first()
    return _ask(month=month, key=f"after-{last.pk if last else 0}", stamp=stamp)


def _ask(*, month: date, key: str, stamp: Stamp) -> Job:
    text = month_text(month)
    return jobs.ask(kind=RECONCILE, key=f"{RECONCILE}:{text}:{key}", params={"month": text}, total=1, stamp=stamp)


def _months_with_open_breaks() -> set[date]:
    keys = Break.objects.open().filter(kind=CLAIM).values_list("key", flat=True)
    return {parse_month(key.split(":")[1]) for key in keys}


@jobs.kind(RECONCILE, _("Reconcile the claims of a month"))
def reconcile(job: Job, step: jobs.Step) -> bool:
    """Do the next step: the sums, some files' rows, or the end."""
    month = parse_month(job.params["month"])
    if "after" not in job.params:
        _compare_sums(job, month=month)
        return False
    last = _last_file_of_step(job)
    if last is not None:
        _compare_rows(job, month=month, last=last)
        return False
    _finish(job, month=month, stamp=step.stamp)
    return True


def _compare_sums(job: Job, *, month: date) -> None:
    sums = comparing.compare_sums(month=month)
    insert_values(ClaimCell, columns=["job_id", *Cell._fields], rows=[(job.pk, *cell) for cell in sums.differing])
    codes = dict(Programme.objects.values_list("pk", "code"))
    providers = dict(ClaimFile.objects.filter(month=month).values_list("pk", "provider__code"))
    job.params = {**job.params, "after": 0}
    job.result = {
        "cells": sums.cells,
        "rows": sum(cell.ours_number + cell.theirs_number for cell in sums.differing if not cell.lines_awaited),
        "redeemed": [
            [providers[file], codes[programme], number, fen] for file, programme, number, fen in sums.redeemed if number
        ],
    }
    job.total_count, job.done_count = len(sums.differing) + 2, 1


def _last_file_of_step(job: Job) -> int | None:
    """Return the last of the files that the next step takes, whole files only; None when all are done."""
    cells = ClaimCell.objects.filter(job=job, file__gt=job.params["after"]).order_by("file_id")
    last, taken = None, 0
    for file, number in cells.values_list("file_id").annotate(number=Count("pk")):
        if last is not None and taken + number > CELLS_A_STEP:
            break
        last, taken = file, taken + number
    return last


def _compare_rows(job: Job, *, month: date, last: int) -> None:
    files = _files(month)
    after = job.params["after"]
    compared = comparing.compare_rows(job_id=job.pk, month=month, after=after, last=last)
    cells = ClaimCell.objects.filter(job=job, file__gt=after, file__lte=last)
    awaited = cells.filter(lines_awaited=True).select_related("programme")
    _keep(job, (_difference(one, files=files) for one in compared))
    _keep(job, (_awaited(cell, files=files) for cell in awaited.iterator(chunk_size=AT_A_TIME)))
    job.params = {**job.params, "after": last}
    job.done_count += cells.count()


Difference = tuple[int, str, str, int, dict[str, Any]]


def _keep(job: Job, found: Iterable[Difference]) -> None:
    """Write differences down, so many at a time: how many there are must not matter to this process."""
    rows = iter(found)
    while chunk := list(islice(rows, AT_A_TIME)):
        insert_values(
            ClaimDifference,
            columns=["job_id", "file_id", "reason", "key", "fen", "evidence"],
            rows=[(job.pk, *one) for one in chunk],
        )


def _files(month: date) -> Mapping[int, ClaimFile]:
    return ClaimFile.objects.filter(month=month).select_related("provider").in_bulk()


def _difference(one: Compared, *, files: Mapping[int, ClaimFile]) -> Difference:
    """Return one pair as a row of ClaimDifference; its key names provider, reason and redemption."""
    file, reason = files[one.file_id], class_of(one.pair)
    place = f"@{one.row}" if reason == DUPLICATE else ""
    return file.pk, reason, _key(file, reason, f"{one.key}{place}"), one.pair.fen, _evidence(one, file)


def _awaited(cell: ClaimCell, *, files: Mapping[int, ClaimFile]) -> Difference:
    file, programme = files[cell.file_id], cell.programme.code
    said = {"provider": file.provider.code, "programme": programme, "day": f"{cell.day}"}
    sides = {
        "ours": {**said, "number": cell.ours_number, "amount_fen": cell.ours_fen},
        "theirs": {**said, "number": cell.theirs_number, "amount_fen": cell.theirs_fen},
    }
    key = _key(file, LINES_AWAITED.code, f"{programme}:{cell.day}")
    return file.pk, LINES_AWAITED.code, key, cell.theirs_fen - cell.ours_fen, sides


def _key(file: ClaimFile, reason: str, name: str) -> str:
    return f"{prefix_of(file.month)}{file.provider.code}:{reason}:{name}"


def prefix_of(month: date) -> str:
    """Return what the keys of all differences of a month's claims begin with."""
    return f"{CLAIM}:{month_text(month)}:"


def _evidence(one: Compared, file: ClaimFile) -> dict[str, Any]:
    theirs, ours, more = one.pair
    said = {"ours": _said(ours, one, file), "theirs": _said(theirs, one, file)}
    if theirs:
        named = f"{file.file_name or file.pk}"
        said["theirs"] |= {"row": one.row, "file": named, "deadline": f"{more.deadline}" if more.deadline else None}
    if more.died_on:
        said["ours"]["died_on"] = f"{more.died_on}"
    if more.suspended_from:
        said["ours"]["suspended_from"] = f"{more.suspended_from}"
    return said


def _said(side: Side | None, one: Compared, file: ClaimFile) -> dict[str, Any]:
    if side is None:
        return {}
    return {
        "provider": file.provider.code,
        "programme": side.programme,
        "day": f"{side.day}",
        "key": one.key,
        "amount_fen": side.fen,
    }


def _finish(job: Job, *, month: date, stamp: Stamp) -> None:
    """Add what agrees and is not payable, write the run down, open what is new and close what is gone."""
    files = _files(month)
    known = set(ClaimDifference.objects.filter(job=job).values_list("key", flat=True))
    agreed = (_difference(one, files=files) for one in comparing.agreed_but_not_payable(month=month))
    _keep(job, _once(agreed, known=known))
    fresh = sum(breaks.count_new(chunk) for chunk in _found(job))
    gone = breaks.close_gone(prefix=prefix_of(month), still=known, stamp=stamp)
    run = ReconciliationRun.objects.create(
        kind=CLAIM,
        scope=month_text(month),
        job=job,
        started_at=job.created_at,
        cells=job.result["cells"],
        cells_differing=ClaimCell.objects.filter(job=job).count(),
        rows_compared=job.result["rows"],
        breaks_found=fresh,
        result={"known": len(known) - fresh, "gone": gone, "redeemed": job.result["redeemed"]},
    )
    for chunk in _found(job):
        breaks.find(found=chunk, run=run, stamp=stamp)
    job.done_count = job.total_count
    job.result = {"cells": run.cells, "differing": run.cells_differing, "found": fresh, "gone": gone, "run": run.pk}


def _once(found: Iterable[Difference], *, known: set[str]) -> Iterator[Difference]:
    """Leave out what is known under its key, and remember the rest."""
    for one in found:
        if one[2] not in known:
            known.add(one[2])
            yield one


def _found(job: Job) -> Iterator[list[Found]]:
    """Return the differences of a job as breaks to be, so many at a time."""
    rows = ClaimDifference.objects.filter(job=job).select_related("file__provider").order_by("pk")
    found = (
        Found(CLAIM, one.reason, one.key, one.file.provider.district_id, one.fen, one.evidence)
        for one in rows.iterator(chunk_size=AT_A_TIME)
    )
    while chunk := list(islice(found, AT_A_TIME)):
        yield chunk
