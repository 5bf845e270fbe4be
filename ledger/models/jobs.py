"""A long piece of work is a row: asked for, perhaps approved, worked step by step, done or parked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.words import in_words

if TYPE_CHECKING:
    from accounts.models import User


#: No job waits longer after a failure.
LONGEST_WAIT = timedelta(minutes=15)


class JobState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for approval")
    OPEN = "open", _("Waiting or running")
    DONE = "done", _("Done")
    PARKED = "parked", _("Parked: needs a person")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobQuerySet:
        if user.sees_everything:
            return self
        if user.acts_for_districts:
            return self.filter(proposed_by=user)
        return self.none()

    def due(self, *, now: datetime) -> JobQuerySet:
        """The open jobs whose next try has come. One that failed and waits for longer was sent off by a wrong clock."""
        sent_off = Q(attempts__gt=0, next_try_at__gt=now + LONGEST_WAIT)
        return self.filter(Q(next_try_at__lte=now) | sent_off, state=JobState.OPEN)


class Job(models.Model):
    """``key`` says what it is for, so that asking twice makes one job; ``params`` and ``result`` carry ids, figures."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.OPEN)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    needs_approval = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_step_at = models.DateTimeField(null=True, help_text="When a step last went well.")
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    error_details = models.JSONField(default=dict, help_text="What stands in the places of a refusal's sentence.")
    error_code = models.CharField(max_length=40, blank=True, help_text="The refusal's code, when a rule said no.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(proposed_by=F("approved_by")),
                name="job_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False)
                | Q(state__in=[JobState.PROPOSED, JobState.WITHDRAWN])
                | Q(approved_by__isnull=False),
                name="job_runs_only_once_approved",
            ),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="job_by_state")]

    def __str__(self) -> str:
        return self.key

    @property
    def reason(self) -> str:
        """Why it did not go on, a refusal in the reader's language."""
        if not self.error_code:
            return self.error
        return gettext(self.error) % {name: in_words(value) for name, value in self.error_details.items()}
