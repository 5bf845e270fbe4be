"""Moves as cases: what was reported and the steps that followed. Where people live follows from those that stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident
from vouchers import cases

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User


class MoveChannel(models.TextChoices):
    ONLINE = "online", _("By the resident, online")
    COUNTER = "counter", _("At a counter")
    FILE = "file", _("From a file")
    REGISTER = "register", _("From the population register")


class StepKind(models.TextChoices):
    REQUESTED = cases.Step.REQUESTED.value, _("Waiting for the receiving district")
    CONFIRMED = cases.Step.CONFIRMED.value, _("Confirmed")
    TIMED_OUT = cases.Step.TIMED_OUT.value, _("Confirmed, as nobody objected in time")
    DISPUTED = cases.Step.DISPUTED.value, _("Disputed")
    WITHDRAWN = cases.Step.WITHDRAWN.value, _("Withdrawn")
    REJECTED = cases.Step.REJECTED.value, _("Rejected")
    ANNULLED = cases.Step.ANNULLED.value, _("Annulled")
    CORRECTED = cases.Step.CORRECTED.value, _("Corrected by another")


#: As the database knows them.
OVER, AGREED = (sorted(step.value for step in steps) for steps in (cases.OVER, cases.AGREED))


class MoveQuerySet(models.QuerySet["Move"]):
    def visible_to(self, user: User) -> MoveQuerySet:
        """The moves of people this user may look at, and those out of or into an own district whatever came of them."""
        people = Resident.objects.visible_to(user)
        return self.filter(Q(resident__in=people.values("pk")) | _ends_in(District.objects.administered_by(user)))

    def administered_by(self, user: User) -> MoveQuerySet:
        """The moves out of or into a district this user acts for."""
        return self.filter(_ends_in(District.objects.administered_by(user)))

    def standing(self) -> MoveQuerySet:
        """The moves that count: not withdrawn, rejected, annulled or corrected by another."""
        return self.filter(~_has_step(OVER))

    def open(self) -> MoveQuerySet:
        """The cases that nobody has agreed to yet."""
        return self.standing().filter(~_has_step(AGREED))

    def waiting(self) -> MoveQuerySet:
        """The requests that the receiving district has not answered."""
        return self.open().filter(~is_disputed())

    def in_state(self, state: cases.Step) -> MoveQuerySet:
        """The cases whose last step is this one."""
        took = self.filter(_has_step([state.value]))
        if state == cases.Step.REQUESTED:
            return self.waiting()
        if state in cases.OVER:
            return took
        return took.standing() if state in cases.AGREED else took.open()

    def decided(self) -> MoveQuerySet:
        """The cases that wait for nobody any more."""
        return self.filter(_has_step([*OVER, *AGREED]))

    def by_clock(self) -> MoveQuerySet:
        """The cases in the order of their last day to act, as the latest clock of each says."""
        return self.annotate(clock=Max("steps__due_on")).order_by("clock", "pk")

    def overdue(self, *, day: date) -> MoveQuerySet:
        """The requests whose clock ran out before ``day``."""
        return self.waiting().filter(steps__due_on__lt=day)

    def with_steps(self) -> MoveQuerySet:
        """Read the steps along, for ``state`` and what else follows from them."""
        return self.prefetch_related("steps")


def is_agreed() -> Exists:
    """Say whether the receiving district of a move agreed or let its time pass."""
    return _has_step(AGREED)


def is_disputed() -> Exists:
    """Say whether the receiving district of a move disputed it."""
    return _has_step([cases.Step.DISPUTED.value])


def _has_step(steps: Sequence[str]) -> Exists:
    return Exists(MoveStep.objects.filter(move=OuterRef("pk"), step__in=steps))


def _ends_in(districts: models.QuerySet[District]) -> Q:
    return Q(origin__in=districts.values("pk")) | Q(destination__in=districts.values("pk"))


class Move(models.Model):
    """Somebody lives in ``destination`` from ``effective_on`` on; without one, the person left the participating area.

    ``origin`` is where the person was believed to live when it was reported. People of a household who move as one case
    are ``together_with`` its first. A correction names the move it ``corrects``.
    """

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="moves")
    origin = models.ForeignKey(District, null=True, on_delete=models.PROTECT, related_name="moves_out")
    destination = models.ForeignKey(District, null=True, on_delete=models.PROTECT, related_name="moves_in")
    effective_on = models.DateField(_("effective on"))
    booked_on = models.DateField(_("recorded on"))
    channel = models.CharField(_("channel"), max_length=10, choices=MoveChannel.choices, default=MoveChannel.COUNTER)
    note = models.TextField(_("evidence"), blank=True)
    together_with = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="companions")
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_on", "-id"]
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        indexes = [models.Index(fields=["effective_on"], name="move_by_day")]
        constraints = [
            models.CheckConstraint(condition=~Q(together_with=F("id")), name="move_is_together_with_another"),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.origin_id} → {self.destination_id} {self.effective_on}"

    @property
    def leader_id(self) -> int:
        """The move that stands for the whole household."""
        return self.together_with_id or self.pk

    @property
    def last_step(self) -> MoveStep:
        return list(self.steps.all())[-1]

    @property
    def state(self) -> cases.Step:
        return cases.Step(self.last_step.step)

    @property
    def over(self) -> MoveStep | None:
        """The step since which the move counts no longer; None while it stands."""
        return self.last_step if self.state in cases.OVER else None

    @property
    def is_open(self) -> bool:
        return self.state in cases.OPEN


class MoveStep(models.Model):
    """A case took a step; ``due_on`` is the last day of the clock that the step started, ``note`` its grounds."""

    move = models.ForeignKey(Move, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=10, choices=StepKind.choices)
    note = models.TextField(blank=True)
    due_on = models.DateField(null=True)
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["move"], condition=Q(step__in=OVER), name="move_is_over_once"),
            models.UniqueConstraint(fields=["move"], condition=Q(step__in=AGREED), name="move_is_agreed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.move_id} {self.step}"
