"""Who may sign in, and as what."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CITY_ADMINISTRATOR = "city_administrator", _("City administrator")
    DISTRICT_ADMINISTRATOR = "district_administrator", _("District administrator")
    FINANCE_OFFICER = "finance_officer", _("District finance officer")
    PROVIDER_CLERK = "provider_clerk", _("Provider clerk")
    RESIDENT = "resident", _("Resident")
    AUDITOR = "auditor", _("Auditor")


class User(AbstractUser):
    """A person at a keyboard, in exactly one role; someone with two jobs has two sign-ins."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=80, blank=True)
    role = models.CharField(_("role"), max_length=30, choices=Role.choices, default=Role.RESIDENT)
    districts = models.ManyToManyField(
        "accounts.District", blank=True, help_text="The districts a district administrator or finance officer acts for."
    )
    resident = models.OneToOneField(
        "accounts.Resident", null=True, blank=True, on_delete=models.PROTECT, related_name="user"
    )

    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def is_city_administrator(self) -> bool:
        return self.role == Role.CITY_ADMINISTRATOR

    @property
    def sees_everything(self) -> bool:
        return self.role in (Role.CITY_ADMINISTRATOR, Role.AUDITOR)

    @property
    def acts_for_districts(self) -> bool:
        return self.role in (Role.DISTRICT_ADMINISTRATOR, Role.FINANCE_OFFICER)

    def district_codes(self) -> list[str]:
        return list(self.districts.values_list("authority_id", flat=True))
