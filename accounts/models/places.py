"""Authorities hold money; districts are where people live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.users import Role

if TYPE_CHECKING:
    from accounts.models.users import User


#: The city's own authority for what nobody has confirmed yet.
SUSPENSE = "suspense"
#: The settlement hub: an authority through which the others pay each other.
HUB = "hub"


class Authority(models.Model):
    """A body with books of its own: a district, or the pool that funds for all its districts.

    The code is the GB/T 2260 code of the area and never changes, so it is the key. ``SUSPENSE`` is no area: it bears
    what a district would whose confirmation of a move is still awaited. Nor is ``HUB``: it passes payments on.
    """

    code = models.CharField(_("code"), max_length=8, primary_key=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)

    class Meta:
        ordering = ["code"]
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class DistrictQuerySet(models.QuerySet["District"]):
    def going_on(self) -> DistrictQuerySet:
        """Those that have not become part of another: what people choose from."""
        return self.filter(merger=None)

    def administered_by(self, user: User) -> DistrictQuerySet:
        """The districts this user may act for: all for the city, the own ones for a district administrator."""
        if user.is_city_administrator:
            return self
        if user.role == Role.DISTRICT_ADMINISTRATOR:
            return self.filter(user=user)
        return self.none()


class District(models.Model):
    """A district of a city and the pool it belongs to; its own authority has the same code."""

    authority = models.OneToOneField(Authority, on_delete=models.PROTECT, primary_key=True)
    pool = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="pooled_districts")
    census_residents = models.PositiveIntegerField(default=0, help_text="Residents at the last census, persons.")

    objects = DistrictQuerySet.as_manager()

    class Meta:
        ordering = ["authority_id"]
        verbose_name = _("district")
        verbose_name_plural = _("districts")

    def __str__(self) -> str:
        return str(self.authority)

    @property
    def code(self) -> str:
        return self.authority_id

    @property
    def name_zh(self) -> str:
        return self.authority.name_zh

    @property
    def name_en(self) -> str:
        return self.authority.name_en


class DistrictMerger(models.Model):
    """From ``day`` on a district is part of another, which takes over its past as well."""

    predecessor = models.OneToOneField(District, on_delete=models.PROTECT, related_name="merger")
    successor = models.ForeignKey(District, on_delete=models.PROTECT, related_name="predecessors")
    day = models.DateField()
    booked_on = models.DateField()
    recorded_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("successor")), name="district_joins_another"
            )
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id} {self.day}"
