"""What happens by itself as days go by: requests time out, moves recorded ahead take effect, vouchers expire."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.stamps import Stamp
from ledger.models import Job
from ledger.services import jobs
from vouchers import selectors
from vouchers.models import Move, Programme
from vouchers.services import cases
from vouchers.services.ending import expire
from vouchers.services.histories import replan_residents
from vouchers.services.planning import Cause

TIME_OUT_MOVES, APPLY_MOVES, EXPIRE = "time_out_moves", "apply_moves", "expire"
#: Moves or vouchers in one step, that is in one commit.
STEP_SIZE = 500


@transaction.atomic
def ask_for_the_day(*, stamp: Stamp) -> None:
    """Ask for the day's work, and to apply moves of days on which nobody asked. Asking twice makes one job."""
    _set_aside_what_was_asked_ahead(stamp.booked_on)
    _ask_to_time_out(stamp=stamp)
    for day in sorted({*_missed_days(stamp.booked_on), stamp.booked_on}):
        _ask_to_apply_moves(day, stamp=stamp)
    for programme in Programme.objects.all():
        _ask_to_expire(programme, stamp=stamp)


def _set_aside_what_was_asked_ahead(today: date) -> None:
    """Free the keys of days that have not come yet: a clock that ran ahead asked for them, and too early."""
    for job in _asked_to_apply_moves().filter(key__gt=_key(today)):
        job.key = f"ahead:{job.pk}:{job.key}"
        job.save(update_fields=["key"])


def _asked_to_apply_moves() -> QuerySet[Job]:
    return Job.objects.filter(kind=APPLY_MOVES, key__startswith=f"{APPLY_MOVES}:").order_by("key")


def _key(day: date) -> str:
    """Return the key of the day's moves; keys are in the order of their days."""
    return f"{APPLY_MOVES}:{day}"


def _missed_days(today: date) -> list[date]:
    """Return the days up to today on which moves began that nobody has asked to apply."""
    last = _asked_to_apply_moves().last()
    after = date.fromisoformat(last.params["day"]) if last else date.min
    return selectors.days_on_which_moves_began(after=after, until=today)


def _ask_to_time_out(*, stamp: Stamp) -> None:
    if total := Move.objects.overdue(day=stamp.booked_on).count():
        params = {"day": f"{stamp.booked_on}"}
        jobs.ask(
            kind=TIME_OUT_MOVES, key=f"{TIME_OUT_MOVES}:{stamp.booked_on}", params=params, total=total, stamp=stamp
        )


def _ask_to_apply_moves(day: date, *, stamp: Stamp) -> None:
    total = selectors.moves_beginning(day).count()
    jobs.ask(kind=APPLY_MOVES, key=_key(day), params={"day": f"{day}"}, total=total, stamp=stamp)


def _ask_to_expire(programme: Programme, *, stamp: Stamp) -> None:
    if total := selectors.past_the_deadline(programme=programme, day=stamp.booked_on).count():
        params = {"programme": programme.pk, "day": f"{stamp.booked_on}"}
        jobs.ask(kind=EXPIRE, key=f"{EXPIRE}:{programme.pk}:{stamp.booked_on}", params=params, total=total, stamp=stamp)


@jobs.kind(TIME_OUT_MOVES, _("Count moves as confirmed that nobody answered in time"))
def time_out_moves(job: Job, step: jobs.Step) -> bool:
    """Take the silence of the districts asked for agreement, for requests whose clock ran out before the job's day."""
    due = Move.objects.overdue(day=date.fromisoformat(job.params["day"])).order_by("pk")
    moves = list(due[:STEP_SIZE])
    cases.time_out(moves=moves, stamp=step.stamp)
    job.done_count += len(moves)
    return len(moves) < STEP_SIZE


@jobs.kind(APPLY_MOVES, _("Apply moves that begin today"))
def apply_moves(job: Job, step: jobs.Step) -> bool:
    """Plan the vouchers of people whose move begins on the job's day; ``after`` is the last move planned."""
    day, after = date.fromisoformat(job.params["day"]), job.params.get("after", 0)
    moves = list(selectors.moves_beginning(day).filter(pk__gt=after)[:STEP_SIZE])
    causes = {move.resident_id: Cause(f"move:{move.pk}", day) for move in moves}
    replan_residents(resident_ids=list(causes), cause=lambda voucher: causes[voucher.resident_id], stamp=step.stamp)
    job.done_count += len(moves)
    if moves:
        job.params = {**job.params, "after": moves[-1].pk}
    return len(moves) < STEP_SIZE


@jobs.kind(EXPIRE, _("Expire vouchers"))
def expire_vouchers(job: Job, step: jobs.Step) -> bool:
    """End the programme's vouchers whose days for late claims were over on the job's day."""
    programme = Programme.objects.get(pk=job.params["programme"])
    due = selectors.past_the_deadline(programme=programme, day=date.fromisoformat(job.params["day"]))
    ids = list(due.values_list("pk", flat=True)[:STEP_SIZE])
    expire(voucher_ids=ids, stamp=step.stamp)
    job.done_count += len(ids)
    return len(ids) < STEP_SIZE
