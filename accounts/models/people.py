"""Residents. What identifies a person is kept apart from where the person lives."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts import identity
from accounts.models.places import District
from accounts.models.users import Role

if TYPE_CHECKING:
    from accounts.models.users import User


class ResidentQuerySet(models.QuerySet["Resident"]):
    def visible_to(self, user: User) -> ResidentQuerySet:
        """Return the residents this user may look at; nobody else exists for them."""
        if user.sees_everything:
            return self
        if user.role == Role.DISTRICT_ADMINISTRATOR:
            return self.ever_in(user.district_codes())
        if user.role == Role.RESIDENT and user.resident_id:
            from accounts.models.life import household_of

            return self.filter(pk__in=household_of(user.resident_id))
        return self.none()

    def ever_in(self, district_codes: list[str]) -> ResidentQuerySet:
        """Residents with a residence, as known today, in one of the districts."""
        from accounts.models.residence import Residence

        return self.filter(pk__in=Residence.objects.current().filter(district__in=district_codes).values("resident"))

    def administered_by(self, user: User, *, day: date) -> ResidentQuerySet:
        """Residents whose vouchers this user may issue and revoke: those who live in a district the user acts for."""
        if user.is_city_administrator:
            return self
        return self.living_in(District.objects.administered_by(user).values_list("pk", flat=True), day=day)

    def kept_by(self, user: User, *, day: date) -> ResidentQuerySet:
        """Residents for whom this user may file things: the own person and the wards, or those administered."""
        return self.visible_to(user) if user.role == Role.RESIDENT else self.administered_by(user, day=day)

    def living_in(
        self, district_codes: Collection[str] | models.QuerySet[District, str], *, day: date
    ) -> ResidentQuerySet:
        """Residents who live in one of the districts on ``day``, as known today."""
        from accounts.models.residence import Residence

        here = Residence.objects.current().on(day).filter(district__in=district_codes)
        return self.filter(pk__in=here.values("resident"))

    def with_id_number(self, id_number: str) -> ResidentQuerySet:
        return self.filter(id_number_hash=identity.id_number_hash(id_number))

    def with_merge(self) -> ResidentQuerySet:
        """Have each resident carry ``is_merged``: whether the entry was merged into another."""
        from accounts.models.life import ResidentMerge

        added = {"is_merged": Exists(ResidentMerge.objects.standing().filter(dropped=OuterRef("pk")))}
        return self.annotate(**added)

    def matching(self, text: str) -> ResidentQuerySet:
        """Search by resident number, whole 18-digit id number, or part of the name."""
        text = text.strip()
        if not text:
            return self
        if identity.is_id_number(text):
            return self.with_id_number(text)
        return self.filter(Q(number__iexact=text) | Q(name__icontains=text))


class Resident(models.Model):
    """A person. The public number never changes, whatever moves or corrections happen."""

    number = models.CharField(_("resident number"), max_length=20, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    id_number_encrypted = models.BinaryField(null=True, editable=False)
    id_number_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    id_number_masked = models.CharField(_("id number"), max_length=18, blank=True, editable=False)
    registered_in = models.CharField(
        _("household register"), max_length=40, blank=True, help_text="For reports on equity only; no rule reads it."
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    #: Added by ``with_merge``.
    is_merged: bool

    objects = ResidentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("resident")
        verbose_name_plural = _("residents")

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def id_number(self) -> str:
        """The id number in clear. Ask only where a person needs it, and record that you did."""
        return identity.decrypt_id_number(bytes(self.id_number_encrypted or b""), resident_number=self.number)


class Guardianship(models.Model):
    """A resident who may see and use the vouchers of a child or a ward."""

    guardian = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="wards")
    ward = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="guardianships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "ward"], name="guardianship_is_recorded_once"),
            models.CheckConstraint(condition=~Q(guardian=models.F("ward")), name="nobody_guards_themselves"),
        ]
