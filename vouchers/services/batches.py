"""Issuing to many: a roster or a district, checked whole before anything is written, then worked by a job."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import insert_many
from accounts.models import District, Residence, Resident, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.models import Job
from ledger.services import jobs
from vouchers import rosters, selectors
from vouchers.models import IssueBatch, IssueBatchItem, ItemOutcome, Programme, act_of
from vouchers.rosters import RosterRow
from vouchers.services.issuing import Offer, issue_many, overlapping
from vouchers.services.lives import cut_off
from vouchers.services.named import residents_named
from vouchers.tables import Problem

ISSUE_BATCH = "issue_batch"
#: Vouchers in one step, that is in one commit.
STEP_SIZE = 5_000


class FileUsedBefore(Refused):
    code = "file_used_before"
    sentence = _("This very file was uploaded for this programme already, as batch %(batch)s. Nothing was issued.")


class RosterHasProblems(Refused):
    """The file was refused whole; ``problems`` says why, row by row."""

    code = "roster_has_problems"
    sentence = _("The file was not accepted: %(number)s rows need to be put right. Nothing was issued.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(number=len(problems))
        self.problems = problems


class NobodyEligible(Refused):
    code = "nobody_eligible"
    sentence = _("Nobody in this district is eligible and without such a voucher. Nothing was issued.")


@transaction.atomic
def prepare_from_roster(*, offer: Offer, file_name: str, content: bytes, stamp: Stamp) -> IssueBatch:
    """Check a whole roster and keep it as a batch that waits to be confirmed.

    Raises FileUsedBefore, or RosterHasProblems with every problem by row.
    """
    assert stamp.by is not None
    digest = hashlib.sha256(content).hexdigest()
    # Locked, so that of two people who upload one file at once the second is told of the first.
    Programme.objects.select_for_update(no_key=True).get(pk=offer.programme.pk)
    if earlier := IssueBatch.objects.filter(programme=offer.programme, file_sha256=digest).first():
        raise FileUsedBefore(batch=earlier.pk)
    rows, problems = rosters.read(content)
    found = {} if problems else residents_named(rows, people=Resident.objects.visible_to(stamp.by))
    problems = problems or _problems(rows, found, offer=offer, user=stamp.by, day=stamp.booked_on)
    if problems:
        raise RosterHasProblems(problems)
    batch = _new(offer, stamp=stamp, file_name=file_name, file_sha256=digest)
    _add_items(batch, [(row.row, found[row.row].pk) for row in rows])
    return batch


@transaction.atomic
def prepare_for_district(*, offer: Offer, district: District, stamp: Stamp) -> IssueBatch:
    """Make a batch of everybody eligible in a district who holds no such voucher. Raises NobodyEligible."""
    people = selectors.eligible_residents(
        programme=offer.programme, district_code=district.code, day=stamp.booked_on, valid_from=offer.valid_from
    )
    ids = list(people.values_list("pk", flat=True))
    in_the_way = overlapping(ids, offer=offer)
    wanted = [resident_id for resident_id in ids if resident_id not in in_the_way]
    if not wanted:
        raise NobodyEligible()
    batch = _new(offer, stamp=stamp, district=district)
    _add_items(batch, enumerate(wanted, start=1))
    return batch


@transaction.atomic
def confirm(*, batch_id: int, stamp: Stamp) -> Job:
    """Let a prepared batch run. Confirming twice returns the same job; after a withdrawal the work goes on."""
    batch = IssueBatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch_id)
    job = jobs.ask(
        kind=ISSUE_BATCH,
        key=f"{ISSUE_BATCH}:{batch.pk}",
        params={"batch": batch.pk},
        total=batch.items.count(),
        resumes=batch.job,
        stamp=stamp,
    )
    IssueBatch.objects.filter(pk=batch.pk).update(job=job)
    return job


@jobs.kind(ISSUE_BATCH, _("Issue a batch of vouchers"))
def issue_batch(job: Job, step: jobs.Step) -> bool:
    """Issue to the next residents of the batch; ``after`` is the last row done."""
    batch = IssueBatch.objects.select_related("programme").get(pk=job.params["batch"])
    rows = batch.items.filter(row__gt=job.params.get("after", -1)).order_by("row")
    chunk = list(rows.values_list("row", "resident_id")[:STEP_SIZE])
    outcome = issue_many(
        resident_ids=[resident_id for _, resident_id in chunk],
        offer=offer_of(batch),
        day=step.stamp.booked_on,
        act=act_of(batch),
        stamp=step.stamp,
    )
    if chunk:
        job.params = {**job.params, "after": chunk[-1][0]}
    job.done_count += len(chunk)
    job.result = {
        ItemOutcome.ISSUED: job.result.get(ItemOutcome.ISSUED, 0) + len(outcome.voucher_ids),
        ItemOutcome.ALREADY_ISSUED: job.result.get(ItemOutcome.ALREADY_ISSUED, 0)
        + len(chunk)
        - len(outcome.voucher_ids),
    }
    return len(chunk) < STEP_SIZE


def outcome_counts(batch: IssueBatch, *, total: int) -> dict[str, int]:
    """Return how many of the batch's ``total`` residents have which outcome, by the job's own count."""
    done: dict[str, int] = batch.job.result if batch.job else {}
    return {ItemOutcome.WAITING.value: total - sum(done.values()), **done}


def offer_of(batch: IssueBatch) -> Offer:
    return Offer.of(batch.programme, fen=batch.fen, valid_from=batch.valid_from, valid_until=batch.valid_until)


def _new(
    offer: Offer, *, stamp: Stamp, district: District | None = None, file_name: str = "", file_sha256: str = ""
) -> IssueBatch:
    assert stamp.by is not None
    batch = IssueBatch.objects.create(
        programme=offer.programme,
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
        fen=offer.fen,
        district=district,
        file_name=file_name[:200],
        file_sha256=file_sha256,
        created_by=stamp.by,
    )
    audit.record(stamp=stamp, verb="prepare_batch", subject=f"batch:{batch.pk}", fen=offer.fen)
    return batch


def _add_items(batch: IssueBatch, rows: Iterable[tuple[int, int]]) -> None:
    insert_many([IssueBatchItem(batch=batch, row=row, resident_id=resident_id) for row, resident_id in rows])


def _problems(
    rows: Sequence[RosterRow], found: dict[int, Resident], *, offer: Offer, user: User, day: date
) -> list[Problem]:
    """Return one problem at most for each row, in the order of the file."""
    ids = [resident.pk for resident in found.values()]
    in_the_way = overlapping(ids, offer=offer)
    gone = cut_off(resident_ids=ids, window=offer.window, as_of=day)
    outside = set() if user.sees_everything else set(ids) - _living_in(user.district_codes(), day=day)
    first_row: dict[int, int] = {}
    problems = []
    text: str | Promise
    for row in rows:
        resident = found.get(row.row)
        if resident is None or resident.pk in outside:
            text = _("No resident of your districts has this number.")
        elif (first := first_row.setdefault(resident.pk, row.row)) != row.row:
            text = _("The same resident stands in row %(row)s already.") % {"row": first}
        elif resident.pk in gone:
            text = _("This resident died, left the area, or is the same person as another entry.")
        elif resident.pk in in_the_way:
            text = _("This resident holds voucher %(number)s for these days already.") % {
                "number": in_the_way[resident.pk].number
            }
        elif not offer.fits(resident):
            text = _("This resident is not of the age that the programme is for.")
        else:
            continue
        problems.append(Problem(row.row, text))
    return problems


def _living_in(district_codes: Sequence[str], *, day: date) -> set[int]:
    here = Residence.objects.current().on(day).filter(district__in=district_codes)
    return set(here.values_list("resident_id", flat=True))
