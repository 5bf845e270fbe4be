"""A batch issues one programme's voucher to many residents: checked whole first, confirmed, then worked by a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident, Role
from ledger.models import Job
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


class ItemOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ISSUED = "issued", _("Issued")
    ALREADY_ISSUED = "already_issued", _("Holds such a voucher already")


class IssueBatchItem(models.Model):
    """One resident of a batch; ``row`` is the line of the file, or a running number."""

    batch = models.ForeignKey(IssueBatch, on_delete=models.PROTECT, related_name="items")
    row = models.PositiveIntegerField()
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=ItemOutcome.choices, default=ItemOutcome.WAITING)
    voucher = models.OneToOneField(Voucher, null=True, on_delete=models.PROTECT, related_name="batch_item")

    class Meta:
        ordering = ["batch_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "resident"], name="resident_stands_in_a_batch_once"),
            models.UniqueConstraint(fields=["batch", "row"], name="row_stands_in_a_batch_once"),
        ]
