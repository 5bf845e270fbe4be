"""One authority in the place of another: its book went over whole and is closed for ever."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Authority


class Succession(models.Model):
    """Every account and open due of ``predecessor`` has moved to ``successor``; no row may touch its book any more."""

    predecessor = models.OneToOneField(Authority, on_delete=models.PROTECT, related_name="succession")
    successor = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="authority_is_succeeded_by_another")
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"
