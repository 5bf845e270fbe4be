"""A batch issues one programme's voucher to many residents: checked whole first, confirmed, then worked by a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident, Role
from ledger.models import Job, Transfer
from vouchers.models.programmes import Programme
from vouchers.models.vouchers import Voucher

if TYPE_CHECKING:
    from accounts.models import User


class IssueBatchQuerySet(models.QuerySet["IssueBatch"]):
    def visible_to(self, user: User) -> IssueBatchQuerySet:
        """A district administrator sees the own batches only."""
        if user.sees_everything:
            return self
        return self.filter(created_by=user) if user.role == Role.DISTRICT_ADMINISTRATOR else self.none()


class IssueBatch(models.Model):
    """``fen`` for each resident. It has a job once somebody confirmed it."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="batches")
    valid_from = models.DateField()
    valid_until = models.DateField()
    fen = models.BigIntegerField()
    district = models.ForeignKey(District, null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    job = models.OneToOneField(Job, null=True, on_delete=models.PROTECT, related_name="issue_batch")

    objects = IssueBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("issue batch")
        verbose_name_plural = _("issue batches")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "file_sha256"], condition=~Q(file_sha256=""), name="file_is_issued_once"
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="batch_amount_is_positive"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="batch_window_lasts_a_day"),
        ]

    def __str__(self) -> str:
        return f"batch:{self.pk}"


def act_of(batch: IssueBatch) -> str:
    """Return how the ledger names this batch as the cause of its vouchers."""
    return f"batch:{batch.pk}"


class ItemOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ISSUED = "issued", _("Issued")
    ALREADY_ISSUED = "already_issued", _("Holds such a voucher already, or died or left")


class IssueBatchItemQuerySet(models.QuerySet["IssueBatchItem"]):
    def with_outcome(self, batch: IssueBatch) -> IssueBatchItemQuerySet:
        """Add ``outcome`` and ``voucher_number``, read off the ledger: items are never written again."""
        done = batch.job.params.get("after", -1) if batch.job else -1
        cause = Transfer.objects.filter(subject=OuterRef("pk"), act=act_of(batch), event="issue")
        issued = Voucher.objects.filter(
            Exists(cause),
            resident=OuterRef("resident"),
            programme=batch.programme_id,
            valid_from=batch.valid_from,
        )
        outcome = Case(
            When(row__gt=done, then=Value(ItemOutcome.WAITING)),
            When(voucher_number__isnull=False, then=Value(ItemOutcome.ISSUED)),
            default=Value(ItemOutcome.ALREADY_ISSUED),
            output_field=models.CharField(),
        )
        added = {"voucher_number": Subquery(issued.values("number")[:1]), "outcome": outcome}
        return self.annotate(**added)


class IssueBatchItem(models.Model):
    """One resident of a batch; ``row`` is the line of the file, or a running number."""

    batch = models.ForeignKey(IssueBatch, on_delete=models.PROTECT, related_name="items", db_index=False)
    row = models.PositiveIntegerField()
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="+")

    objects = IssueBatchItemQuerySet.as_manager()

    #: Added by ``with_outcome``.
    outcome: str
    voucher_number: str | None

    class Meta:
        ordering = ["batch_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "resident"], name="resident_stands_in_a_batch_once"),
            models.UniqueConstraint(fields=["batch", "row"], name="row_stands_in_a_batch_once"),
        ]

    @property
    def outcome_label(self) -> str:
        return str(ItemOutcome(self.outcome).label)
