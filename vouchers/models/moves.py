"""Moves as they were reported. Where people live is told by their residences; a move says who told us and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident

if TYPE_CHECKING:
    from accounts.models import User


class MoveQuerySet(models.QuerySet["Move"]):
    def visible_to(self, user: User) -> MoveQuerySet:
        return self.filter(resident__in=Resident.objects.visible_to(user))

    def administered_by(self, user: User) -> MoveQuerySet:
        """The moves out of or into a district this user acts for."""
        own = District.objects.administered_by(user)
        return self.filter(Q(origin__in=own) | Q(destination__in=own))

    def standing(self) -> MoveQuerySet:
        """The moves that were not annulled."""
        return self.filter(annulment__isnull=True)


class Move(models.Model):
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="moves")
    origin = models.ForeignKey(District, on_delete=models.PROTECT, related_name="moves_out")
    destination = models.ForeignKey(District, on_delete=models.PROTECT, related_name="moves_in")
    effective_on = models.DateField(_("effective on"))
    booked_on = models.DateField(_("recorded on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_on", "-id"]
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        indexes = [models.Index(fields=["effective_on"], name="move_by_day")]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.origin_id} → {self.destination_id} {self.effective_on}"


class MoveAnnulment(models.Model):
    """The move never happened; both rows stay."""

    move = models.OneToOneField(Move, on_delete=models.PROTECT, related_name="annulment")
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
