"""Moves as cases, as people see them: who is waited for, until when, and who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.clocks import Clock
from accounts.models import District, User
from accounts.words import in_words
from vouchers import cases
from vouchers.cases import Step
from vouchers.models import Move, MoveStep, StepKind
from vouchers.models.moves import MoveQuerySet, is_disputed
from vouchers.services.cases import parties_of

#: What a list of cases can be narrowed to.
WAITING = {
    "us": gettext_lazy("Waiting for us"),
    "others": gettext_lazy("We wait for others"),
    "disputed": gettext_lazy("Disputed"),
    "decided": gettext_lazy("Decided"),
}
TONES = {
    Step.REQUESTED: "wait",
    Step.CONFIRMED: "good",
    Step.TIMED_OUT: "good",
    Step.DISPUTED: "stop",
    **dict.fromkeys(cases.OVER, "calm"),
}


@dataclass(frozen=True)
class Case:
    """A move with its steps as read along, for ``user`` on the day ``today``."""

    move: Move
    user: User
    today: date

    @property
    def state(self) -> Step:
        return self.move.state

    @property
    def label(self) -> str:
        return str(StepKind(self.state).label)

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def last_step(self) -> MoveStep:
        return self.move.last_step

    @cached_property
    def clock(self) -> Clock | None:
        due_on = self.last_step.due_on
        return Clock(due_on, self.today) if due_on else None

    @property
    def awaited(self) -> str:
        """Who has to act, by name; nobody once it is decided. Out of the area, and in a dispute, it is the city."""
        if not self.move.is_open:
            return ""
        asked = self.move.destination if self.state == Step.REQUESTED else None
        return in_words(asked) if asked else _("The city")

    @cached_property
    def open_steps(self) -> list[Step]:
        """The steps that the user may take now."""
        return cases.steps_open_to(parties_of(self.user, move=self.move), state=self.state)

    @property
    def names(self) -> str:
        """Everybody of the household, by name."""
        return _(", ").join([self.move.resident.name, *(row.resident.name for row in self.move.companions.all())])


def cases_of(moves: MoveQuerySet, *, user: User, today: date) -> list[Case]:
    """Put moves into cases, each read with its places and steps."""
    return [Case(move, user, today) for move in with_details(moves)]


def with_details(moves: MoveQuerySet) -> MoveQuerySet:
    """Have each move carry what a page about it needs."""
    rows = moves.select_related("resident", "origin__authority", "destination__authority", "recorded_by")
    along = Prefetch("companions", Move.objects.select_related("resident").order_by("pk"))
    return rows.with_steps().prefetch_related(along)


def looked_after_by(user: User) -> MoveQuerySet:
    """The cases out of or into a district of this user, all for the city and an auditor. A household is one."""
    rows = Move.objects.all() if user.sees_everything else Move.objects.administered_by(user)
    return rows.filter(together_with=None)


def waiting_for(user: User) -> MoveQuerySet:
    """The cases that this user is asked to decide, those due first. Nobody waits for who only looks."""
    return looked_after_by(user).open().filter(_is_for(user)).by_clock()


def listed(user: User, *, waiting: str) -> MoveQuerySet:
    """The cases of one heading of ``WAITING``: open ones by the day they are due, decided ones the latest first."""
    rows = looked_after_by(user)
    if waiting == "us":
        return waiting_for(user)
    if waiting == "decided":
        return rows.decided()
    rows = rows.open().filter(is_disputed()) if waiting == "disputed" else rows.open().exclude(_is_for(user))
    return rows.by_clock()


def _is_for(user: User) -> Q:
    """Whether an open case waits for this user: a district for requests into it, the city for all that is left."""
    if user.is_city_administrator:
        return Q(is_disputed()) | Q(destination=None)
    own = District.objects.administered_by(user).values("pk")
    return Q(~is_disputed(), destination__in=own)


def people_of(move: Move, *, user: User) -> Sequence[Move]:
    """Return the moves of the case that this user may see, its first in front."""
    leader = move.leader_id
    rows = Move.objects.visible_to(user).filter(Q(pk=leader) | Q(together_with=leader))
    return list(rows.select_related("resident").order_by("pk"))
