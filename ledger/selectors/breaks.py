"""The queue of differences, and how old what is open has become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Prefetch, QuerySet, Sum

from accounts.models import User
from ledger.models import Break, BreakStep, ReconciliationRun
from ledger.models.breaks import BreakQuerySet


class Band(NamedTuple):
    """Open for at least ``first`` and at most ``last`` days; ``None`` has no end."""

    code: str
    first: int
    last: int | None


BANDS = (Band("0-7", 0, 7), Band("8-30", 8, 30), Band("31-90", 31, 90), Band("over-90", 91, None))


@dataclass(frozen=True, kw_only=True)
class AgeingLine:
    """Open differences of one reason, or of one authority, by how long they have been open."""

    code: str
    numbers: list[int]
    fen: int

    @property
    def number(self) -> int:
        return sum(self.numbers)


@dataclass(frozen=True)
class Ageing:
    lines: list[AgeingLine]

    @property
    def totals(self) -> list[int]:
        return [sum(line.numbers[at] for line in self.lines) for at in range(len(BANDS))]

    @property
    def number(self) -> int:
        return sum(line.number for line in self.lines)

    @property
    def fen(self) -> int:
        return sum(line.fen for line in self.lines)

    @property
    def largest(self) -> int:
        return max((line.number for line in self.lines), default=0)


def breaks_seen_by(user: User) -> BreakQuerySet:
    """Return the differences this user may read, each with its state and owner."""
    return Break.objects.visible_to(user).with_state().select_related("authority", "run")


def break_numbered(pk: int) -> Break:
    """Return the difference that a job is about; whoever may see the job may see it."""
    return Break.objects.get(pk=pk)


def with_history(rows: BreakQuerySet) -> BreakQuerySet:
    steps = BreakStep.objects.select_related("by", "owner", "approved_by", "transfer")
    return rows.prefetch_related(Prefetch("steps", queryset=steps))


def breaks_waiting_for(user: User) -> BreakQuerySet:
    """Return the open differences that this user looks at, and those that nobody does."""
    rows = breaks_seen_by(user).open()
    return rows.looked_at_by(user) | rows.looked_at_by(None)


def owners_of(rows: Iterable[Break]) -> dict[int, User]:
    """Return who looks at each of these differences, by its id; those that nobody looks at are left out."""
    owner_of = {row.pk: row.owner_id for row in rows if row.owner_id}
    users = User.objects.in_bulk(set(owner_of.values()))
    return {pk: users[owner] for pk, owner in owner_of.items()}


def band_of(opened_on: date, *, today: date) -> int:
    """Return the place of the age band in :data:`BANDS`."""
    days = max(0, (today - opened_on).days)
    return next(at for at, band in enumerate(BANDS) if band.last is None or days <= band.last)


def ageing(*, user: User, today: date, by: str = "reason") -> Ageing:
    """Return what is open by age, summed over one of ``reason`` and ``authority``; the amounts are gross."""
    rows = Break.objects.visible_to(user).open().order_by()
    days = rows.values_list(by, "opened_on").annotate(number=Count("pk", distinct=True))
    numbers: dict[str, list[int]] = defaultdict(lambda: [0] * len(BANDS))
    for code, opened_on, number in days:
        numbers[code or ""][band_of(opened_on, today=today)] += number
    fen = {code or "": total for code, total in rows.values_list(by).annotate(total=Sum("fen"))}
    return Ageing([AgeingLine(code=code, numbers=numbers[code], fen=int(fen[code])) for code in sorted(numbers)])


def runs() -> QuerySet[ReconciliationRun]:
    """Return every reconciliation, the newest first."""
    return ReconciliationRun.objects.select_related("job").order_by("-pk")
