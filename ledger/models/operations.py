"""What is known about the running of the service itself: who was seen last, and what was done to keep it safe."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    BEAT = "beat"
    WORKER = "worker"


class Heartbeat(models.Model):
    """When a part of the service was last seen. The row is overwritten: only the last time counts."""

    part = models.CharField(max_length=10, primary_key=True, choices=Part.choices, db_column="id")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.part


class UpkeepKind(models.TextChoices):
    BACKUP = "backup", _("Backup")
    DRILL = "drill", _("Restore drill")
    VERIFICATION = "verification", _("Verification")


class Upkeep(models.Model):
    """A backup, a restore drill or a verification: when, with what figures, and what was wrong, if anything was."""

    kind = models.CharField(max_length=20, choices=UpkeepKind.choices)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(auto_now_add=True)
    ok = models.BooleanField()
    problem = models.TextField(blank=True)
    figures = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ok=True, problem="") | Q(ok=False) & ~Q(problem=""), name="upkeep_that_failed_says_why"
            )
        ]
        indexes = [models.Index(fields=["kind", "id"], name="upkeep_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
