"""A file of moves: checked whole first, confirmed, then worked by a job. What came of a row is read off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, OuterRef, Subquery, Value, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident, Role
from accounts.words import in_words
from ledger.models import Job
from vouchers.models.moves import Move, MoveChannel

if TYPE_CHECKING:
    from accounts.models import User


class MoveBatchQuerySet(models.QuerySet["MoveBatch"]):
    def visible_to(self, user: User) -> MoveBatchQuerySet:
        """A district administrator sees the own files only."""
        if user.sees_everything:
            return self
        return self.filter(created_by=user) if user.role == Role.DISTRICT_ADMINISTRATOR else self.none()


class MoveBatch(models.Model):
    """The moves of one file. It has a job once somebody confirmed it; the same file makes no second batch."""

    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    job = models.OneToOneField(Job, null=True, on_delete=models.PROTECT, related_name="move_batch")

    objects = MoveBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("file of moves")
        verbose_name_plural = _("files of moves")
        constraints = [models.UniqueConstraint(fields=["file_sha256"], name="file_of_moves_is_used_once")]

    def __str__(self) -> str:
        return f"move_batch:{self.pk}"

    @property
    def done_through(self) -> int:
        """The last row that the job has worked; -1 before it began."""
        return int(self.job.params.get("after", -1)) if self.job else -1


class MoveItemOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RECORDED = "recorded", _("Recorded")
    REFUSED = "refused", _("Refused")


class MoveBatchItemQuerySet(models.QuerySet["MoveBatchItem"]):
    def with_outcome(self, batch: MoveBatch) -> MoveBatchItemQuerySet:
        """Add ``outcome`` and, where a move was recorded, ``move_id``."""
        moves = Move.objects.filter(
            resident=OuterRef("resident"),
            effective_on=OuterRef("effective_on"),
            destination=OuterRef("destination"),
            channel=MoveChannel.FILE,
        )
        outcome = Case(
            When(row__gt=batch.done_through, then=Value(MoveItemOutcome.WAITING)),
            When(refusal__isnull=False, then=Value(MoveItemOutcome.REFUSED)),
            default=Value(MoveItemOutcome.RECORDED),
            output_field=models.CharField(),
        )
        added = {"outcome": outcome, "move_id": Subquery(moves.order_by("-pk").values("pk")[:1])}
        return self.annotate(**added)


class MoveBatchItem(models.Model):
    """One row of the file: somebody lives in ``destination`` from ``effective_on`` on."""

    batch = models.ForeignKey(MoveBatch, on_delete=models.PROTECT, related_name="items", db_index=False)
    row = models.PositiveIntegerField()
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField()

    objects = MoveBatchItemQuerySet.as_manager()

    #: Added by ``with_outcome``.
    outcome: str
    move_id: int | None

    class Meta:
        ordering = ["batch_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "resident"], name="resident_stands_in_a_file_of_moves_once"),
            models.UniqueConstraint(fields=["batch", "row"], name="row_stands_in_a_file_of_moves_once"),
        ]

    @property
    def outcome_label(self) -> str:
        return str(MoveItemOutcome(self.outcome).label)


class MoveBatchRefusal(models.Model):
    """Why a row that was possible when the file was checked was not any more. The sentence is kept untranslated."""

    item = models.OneToOneField(MoveBatchItem, on_delete=models.PROTECT, related_name="refusal")
    code = models.CharField(max_length=40)
    sentence = models.TextField()
    details = models.JSONField(default=dict)

    @property
    def in_words(self) -> str:
        return gettext(self.sentence) % {name: in_words(value) for name, value in self.details.items()}
