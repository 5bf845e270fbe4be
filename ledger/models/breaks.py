"""Differences that reconciliation found, what people did about them, and the runs that found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority
from ledger.models.jobs import Job
from ledger.models.transfers import Transfer

if TYPE_CHECKING:
    from accounts.models import User


class ReconciliationRun(models.Model):
    """One comparison of two sides, written down when it ended: first cells (sums), then rows where cells differ."""

    kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=120, help_text="What was compared, as 2026-10 or a file's number.")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(auto_now_add=True)
    cells = models.PositiveIntegerField()
    cells_differing = models.PositiveIntegerField()
    rows_compared = models.PositiveIntegerField()
    breaks_found = models.PositiveIntegerField()
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind}:{self.scope}"


class BreakQuerySet(models.QuerySet["Break"]):
    def visible_to(self, user: User) -> BreakQuerySet:
        """All for the city and its auditors; to a district its own."""
        if user.sees_everything:
            return self
        return self.filter(authority__in=user.district_codes() if user.acts_for_districts else [])

    def with_state(self) -> BreakQuerySet:
        """Add ``state``, the code of its last step (``""`` while it has none), and ``owner_id``."""
        steps = BreakStep.objects.filter(found=OuterRef("pk")).order_by("-id")
        owners = steps.filter(step=BreakStep.Step.ASSIGNED)
        added = {"state": Subquery(steps.values("step")[:1]), "owner_id": Subquery(owners.values("owner")[:1])}
        return self.annotate(**added)

    def looked_at_by(self, user: User | None) -> BreakQuerySet:
        """Those of :meth:`with_state` whose last owner is this user, or that have none."""
        return self.filter(Q(("owner_id", user.pk)) if user else Q(("owner_id__isnull", True)))

    def open(self) -> BreakQuerySet:
        return self.exclude(steps__step=BreakStep.Step.CLOSED)


class Break(models.Model):
    """``key`` names the difference, so that the next run finds the same one; ``evidence`` carries both sides, as ids
    and figures. ``fen`` is the difference: what the other side says less what our books say."""

    kind = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    authority = models.ForeignKey(Authority, null=True, on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()
    evidence = models.JSONField(default=dict)
    run = models.ForeignKey(ReconciliationRun, null=True, on_delete=models.PROTECT, related_name="breaks")
    opened_on = models.DateField()
    opened_at = models.DateTimeField(auto_now_add=True)

    objects = BreakQuerySet.as_manager()

    #: Added by ``with_state``.
    state: str | None
    owner_id: int | None

    class Meta:
        ordering = ["opened_on", "id"]
        constraints = [models.UniqueConstraint(fields=["key"], name="break_is_opened_once")]

    def __str__(self) -> str:
        return self.key


class BreakStep(models.Model):
    """What somebody, or a rule that is shown (``rule``), did about a break."""

    class Step(models.TextChoices):
        ASSIGNED = "assigned", _("Being looked at")
        PROPOSED = "proposed", _("Correction waits for approval")
        CORRECTED = "corrected", _("Corrected")
        CLOSED = "closed", _("Closed")

    found = models.ForeignKey(Break, on_delete=models.PROTECT, related_name="steps", db_column="break_id")
    step = models.CharField(max_length=10, choices=Step.choices)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    correction = models.JSONField(default=dict, help_text="The proposed row: debit, credit, fen.")
    transfer = models.ForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["found"], condition=Q(step="closed"), name="break_is_closed_once"),
            models.UniqueConstraint(fields=["found"], condition=Q(step="corrected"), name="break_is_corrected_once"),
            models.CheckConstraint(
                condition=~Q(step="corrected")
                | Q(approved_by__isnull=False) & ~Q(by=F("approved_by")) & Q(transfer__isnull=False),
                name="correction_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(step="closed") | Q(by__isnull=False) & ~Q(note="") | ~Q(rule=""),
                name="break_is_closed_by_a_person_with_a_note_or_by_a_rule",
            ),
        ]
