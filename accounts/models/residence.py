"""Where people lived, when that was true and when it was known."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Resident
from accounts.models.places import District


class ResidenceQuerySet(models.QuerySet["Residence"]):
    def current(self) -> ResidenceQuerySet:
        """What is believed today."""
        return self.filter(superseded_at=None)

    def known_on(self, day: date) -> ResidenceQuerySet:
        """What was believed at the end of ``day``, by the days on which it was booked."""
        return self.filter(known_from__lte=day).exclude(known_until__lte=day)

    def on(self, day: date) -> ResidenceQuerySet:
        return self.filter(start__lte=day).exclude(end__lte=day)


class Residence(models.Model):
    """One spell ``[start, end)`` in a district; ``end`` is empty while it lasts.

    A spell is never edited: a correction marks it superseded and adds what is believed now. The database
    refuses two current spells of one resident that overlap. What is not ``confirmed`` the district moved to has yet to
    agree to, and the city bears what the district would. ``known_from`` and ``known_until`` are the days booked.
    """

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="residences")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="residences")
    start = models.DateField(_("from"))
    end = models.DateField(_("until"), null=True, blank=True)
    confirmed = models.BooleanField(_("confirmed"), default=True)
    known_from = models.DateField(_("known from"))
    known_until = models.DateField(_("known until"), null=True, blank=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ResidenceQuerySet.as_manager()

    class Meta:
        ordering = ["resident_id", "start"]
        verbose_name = _("residence")
        verbose_name_plural = _("residences")
        constraints = [
            models.CheckConstraint(condition=Q(end=None) | Q(end__gt=models.F("start")), name="residence_lasts_a_day"),
            models.UniqueConstraint(
                fields=["resident", "start"],
                condition=Q(superseded_at=None),
                name="one_current_residence_starts_on_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "start"], condition=Q(superseded_at=None), name="residence_by_district")
        ]

    def __str__(self) -> str:
        return f"{self.district_id} [{self.start}, {self.end or '…'})"
