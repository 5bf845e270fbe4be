"""A file of moves: checked whole before anything is written, then worked by a job, a chunk in a commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.bulk import insert_many
from accounts.models import District, Resident, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import in_words
from ledger.models import Job
from ledger.services import jobs
from vouchers import move_files
from vouchers.models import MoveBatch, MoveBatchItem, MoveBatchRefusal, MoveChannel, MoveItemOutcome
from vouchers.move_files import MoveRow
from vouchers.services.facts import Facts
from vouchers.services.moving import MoveOrder
from vouchers.services.moving_many import refusals, request_many
from vouchers.services.named import residents_named
from vouchers.tables import Problem

APPLY_FILE = "move_batch"
#: Moves in one step, that is in one commit.
STEP_SIZE = 2_000


class FileOfMovesUsedBefore(Refused):
    code = "file_used_before"
    sentence = _("This very file was uploaded already, as file of moves %(batch)s. Nothing was recorded.")


class FileOfMovesHasProblems(Refused):
    """The file was refused whole; ``problems`` says why, row by row."""

    code = "file_has_problems"
    sentence = _("The file was not accepted: %(number)s rows need to be put right. Nothing was recorded.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(number=len(problems))
        self.problems = problems


@transaction.atomic
def prepare(*, file_name: str, content: bytes, stamp: Stamp) -> MoveBatch:
    """Check a whole file of moves and keep it as a batch that waits to be confirmed.

    Raises FileOfMovesUsedBefore, or FileOfMovesHasProblems with every problem by row.
    """
    assert stamp.by is not None
    digest = hashlib.sha256(content).hexdigest()
    rows, problems = move_files.read(content)
    if problems:
        raise FileOfMovesHasProblems(problems)
    batch, made = MoveBatch.objects.get_or_create(
        file_sha256=digest, defaults={"file_name": file_name[:200], "created_by": stamp.by}
    )
    if not made:
        raise FileOfMovesUsedBefore(batch=batch.pk)
    checked = _Checked(rows, user=stamp.by, today=stamp.booked_on)
    if checked.problems:
        raise FileOfMovesHasProblems(checked.problems)
    insert_many(
        [
            MoveBatchItem(
                batch=batch,
                row=row,
                resident_id=order.resident.pk,
                destination_id=order.to,
                effective_on=order.effective_on,
            )
            for row, order in checked.orders.items()
        ]
    )
    audit.record(stamp=stamp, verb="prepare_move_batch", subject=f"move_batch:{batch.pk}", rows=len(rows))
    return batch


@transaction.atomic
def confirm(*, batch_id: int, stamp: Stamp) -> Job:
    """Let a prepared file run. Confirming twice returns the same job; after a withdrawal the work goes on."""
    batch = MoveBatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch_id)
    job = jobs.ask(
        kind=APPLY_FILE,
        key=f"{APPLY_FILE}:{batch.pk}",
        params={"batch": batch.pk},
        total=batch.items.count(),
        resumes=batch.job,
        stamp=stamp,
    )
    MoveBatch.objects.filter(pk=batch.pk).update(job=job)
    return job


@jobs.kind(APPLY_FILE, _("Record a file of moves"))
def apply_file(job: Job, step: jobs.Step) -> bool:
    """Open a case for the next rows of the file; ``after`` is the last row done."""
    batch = MoveBatch.objects.get(pk=job.params["batch"])
    rows = batch.items.filter(row__gt=job.params.get("after", -1)).select_related("resident").order_by("row")
    chunk = list(rows[:STEP_SIZE])
    user = step.stamp.by
    outcome = request_many(
        orders=[_order(item.resident, to=item.destination_id, day=item.effective_on) for item in chunk],
        confirmed_in=set(places.districts_administered_by(user).values_list("pk", flat=True)) if user else set(),
        stamp=step.stamp,
    )
    insert_many(
        [
            MoveBatchRefusal(item=item, code=refusal.code, sentence=sentence, details=details)
            for item in chunk
            if (refusal := outcome.refused.get(item.resident_id))
            for sentence, details in [refusal.in_source()]
        ]
    )
    if chunk:
        job.params = {**job.params, "after": chunk[-1].row}
    job.done_count += len(chunk)
    job.result = {
        MoveItemOutcome.RECORDED: job.result.get(MoveItemOutcome.RECORDED, 0) + len(outcome.moves),
        MoveItemOutcome.REFUSED: job.result.get(MoveItemOutcome.REFUSED, 0) + len(outcome.refused),
    }
    return len(chunk) < STEP_SIZE


def _order(resident: Resident, *, to: str, day: date) -> MoveOrder:
    return MoveOrder(resident=resident, to=to, effective_on=day, channel=MoveChannel.FILE)


class _Checked:
    """The rows of a file held against what is known: ``orders`` by row, and one problem at most for each row."""

    def __init__(self, rows: Sequence[MoveRow], *, user: User, today: date) -> None:
        self.districts = _districts_by_name()
        self.own = set(places.districts_administered_by(user).values_list("pk", flat=True))
        self.residents: Mapping[int, Resident] = residents_named(rows, people=Resident.objects.all())
        self.facts = Facts([resident.pk for resident in self.residents.values()])
        self.first_row: dict[int, int] = {}
        self.orders: dict[int, MoveOrder] = {}
        self.texts: dict[int, str | Promise] = {}
        for row in rows:
            self._look_at(row)
        refused = refusals(list(self.orders.values()), facts=self.facts, today=today)
        for number, order in self.orders.items():
            if refusal := refused.get(order.resident.pk):
                self.texts[number] = str(refusal)
        self.problems = [Problem(row, self.texts[row]) for row in sorted(self.texts)]

    def _look_at(self, row: MoveRow) -> None:
        resident, to = self.residents.get(row.row), self.districts.get(row.destination)
        if resident is None:
            self.texts[row.row] = _("No resident whose moves you may record has this number.")
        elif (first := self.first_row.setdefault(resident.pk, row.row)) != row.row:
            self.texts[row.row] = _("The same resident stands in row %(row)s already.") % {"row": first}
        elif to is None:
            self.texts[row.row] = _("There is no district “%(district)s”.") % {"district": row.destination}
        else:
            order = _order(resident, to=to.code, day=row.day)
            if text := self._misplaced(row, order):
                self.texts[row.row] = text
            else:
                self.orders[row.row] = order

    def _misplaced(self, row: MoveRow, order: MoveOrder) -> str | Promise | None:
        """Say whether the person does not come from where the file says, or the move is others' business."""
        home = self.facts.home(order)
        if row.origin and row.origin not in self.districts:
            return _("There is no district “%(district)s”.") % {"district": row.origin}
        if row.origin and home is None:
            return _("On that day this resident lives outside the participating area.")
        if row.origin and home is not None and home != self.districts[row.origin].code:
            return _("On that day this resident lives in %(district)s.") % {"district": in_words(self.districts[home])}
        if self.own.isdisjoint({home, order.to}):
            return _("This move is neither out of nor into a district you act for.")
        return None


def _districts_by_name() -> dict[str, District]:
    """Return every district by its code and both its names."""
    return {
        name: district
        for district in places.all_districts()
        for name in (district.code, district.name_zh, district.name_en)
    }
