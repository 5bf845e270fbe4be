"""Where vouchers are redeemed: schools, clinics and offices, and what each is accredited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Role
from vouchers.models.programmes import Programme

if TYPE_CHECKING:
    from accounts.models import User


class ProviderKind(models.TextChoices):
    SCHOOL = "school", _("School")
    CLINIC = "clinic", _("Clinic")
    OFFICE = "office", _("Office")


class ProviderQuerySet(models.QuerySet["Provider"]):
    def visible_to(self, user: User) -> ProviderQuerySet:
        """Providers are public, except that a clerk works at one and sees no other."""
        return self.filter(clerks__user=user) if user.role == Role.PROVIDER_CLERK else self


class Provider(models.Model):
    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=ProviderKind.choices)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="providers")
    programmes = models.ManyToManyField(Programme, through="Accreditation", related_name="providers")

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.code


class Accreditation(models.Model):
    """A provider may take vouchers of a programme."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="accreditations")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="accreditations")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "programme"], name="provider_is_accredited_once_for_a_programme"
            )
        ]


class ProviderClerk(models.Model):
    """The one provider a clerk acts for."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="clerk")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="clerks")
