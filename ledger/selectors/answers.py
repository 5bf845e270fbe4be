"""What the districts have answered to statements, what waits for an answer, and what is in dispute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, When

from accounts.models import User
from ledger.models import Dispute, DisputeStep, Job, JobState, PeriodStep, Step, Transfer, Verdict
from ledger.models.statements import DisputeQuerySet
from ledger.selectors.lines import Line, answers_of, lines_waiting
from ledger.selectors.periods import objection_window
from ledger.statements import Statement
from ledger.states import DECIDE


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """So many lines of an authority's statement of ``month`` wait for its answer; it may object until ``last_day``."""

    month: date
    authority: str
    lines: int
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What either side said to a line by now, and the disputes about it."""

    own: Verdict | None
    other: Verdict | None
    disputes: tuple[Dispute, ...]

    @property
    def held_fen(self) -> int:
        return sum(dispute.fen for dispute in self.disputes if dispute.outcome is None)


class Held(NamedTuple):
    """What disputes keep out of a month's netting."""

    disputes: tuple[Dispute, ...]

    @property
    def fen(self) -> int:
        return sum(dispute.fen for dispute in self.disputes)


def statements_waiting(codes: Collection[str] | None) -> Iterator[Waiting]:
    """Return the statements of these authorities, or of all, that can be answered and are not, the oldest first."""
    for month in _answerable_months():
        last_day = objection_window(month).last_day
        for authority, lines in lines_waiting(month).items():
            if codes is None or authority in codes:
                yield Waiting(month=month, authority=authority, lines=lines, last_day=last_day)


def _answerable_months() -> list[date]:
    netted = PeriodStep.objects.filter(step=Step.NETTED).values("month")
    stated = PeriodStep.objects.filter(step=Step.STATED).exclude(month__in=netted).order_by("month")
    return list(stated.values_list("month", flat=True))


def standings(statement: Statement) -> dict[Line, Standing]:
    """Return how each line of a statement stands."""
    answers, disputes = answers_of(statement.month), _disputes_by_line(statement)
    found = {}
    for line in map(Line._make, (line.key for line in statement.lines)):
        other = line.debtor if statement.authority == line.creditor else line.creditor
        found[line] = Standing(
            own=answers.get((line, statement.authority)),
            other=answers.get((line, other)),
            disputes=tuple(disputes.get(line, ())),
        )
    return found


def disputes_seen_by(user: User) -> DisputeQuerySet:
    """Return the disputes this user may look at, with all that was said: those waiting for this user on top."""
    steps = DisputeStep.objects.filter(dispute=OuterRef("pk"))
    turn = Case(When(_turn_of(user), then=True), default=False, output_field=BooleanField())
    return (
        Dispute.objects.visible_to(user)
        .with_story()
        .annotate(is_over=Exists(steps.filter(step__in=DisputeStep.ENDS)), is_answered=Exists(steps))
        .annotate(is_mine=turn)
        .order_by("is_over", "-is_mine", "due_on", "-id")
    )


def _turn_of(user: User) -> Q:
    """Return the condition that a dispute waits for this user: a district to answer, the city to decide."""
    if user.acts_for_districts:
        codes = user.district_codes()
        asked = Q(authority=F("debtor"), creditor__in=codes) | Q(authority=F("creditor"), debtor__in=codes)
        return Q(is_over=False, is_answered=False) & asked
    return Q(is_over=False) if user.is_city_administrator else Q(pk__in=[])


def held_disputes(month: date, *, user: User) -> Held | None:
    """Return the disputes about a month that are open and that this user may see; None while there is none."""
    found = tuple(Dispute.objects.visible_to(user).open().filter(month=month).with_story())
    return Held(found) if found else None


def decision_under_way(dispute: Dispute) -> Job | None:
    """Return the job that will decide it once another person approves, if there is one."""
    jobs = Job.objects.filter(key=f"{DECIDE}:{dispute.pk}").exclude(state=JobState.DONE)
    return jobs.select_related("proposed_by", "approved_by").first()


def _disputes_by_line(statement: Statement) -> dict[Line, list[Dispute]]:
    rows = Dispute.objects.concerning(statement.authority).filter(month=statement.month)
    found: dict[Line, list[Dispute]] = defaultdict(list)
    for one in rows.prefetch_related("steps").order_by("id"):
        found[line_of(one)].append(one)
    return found


def held_rows(dispute: Dispute) -> QuerySet[Transfer]:
    """Return the transfers that a dispute holds, or held, out of their month's netting, in the order of booking."""
    return Transfer.objects.filter(held__dispute=dispute).select_related("held__released").order_by("id")


def line_of(dispute: Dispute) -> Line:
    """Return the line that a dispute is about."""
    return Line(
        dispute.month,
        dispute.debtor_id,
        dispute.creditor_id,
        dispute.event,
        dispute.programme,
        dispute.belongs_to,
    )
