"""Benefits as data: what each buys, for whom, how much, how long, who funds it and who bears what after a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.selectors import Funders

#: So far back as deadlines and birthdays may lie, no calendar ends.
MOST_DAYS, MOST_YEARS = MaxValueValidator(3_660), MaxValueValidator(150)


class Sector(models.TextChoices):
    EDUCATION = "education", _("Education")
    HEALTH = "health", _("Health")
    SOCIAL_SECURITY = "social_security", _("Social security")


class CostRule(models.TextChoices):
    DAILY = "daily", _("By days of residence")
    MONTHLY = "monthly", _("By head-count days")
    ORIGIN = "origin", _("The first payer bears it all")
    BY_USE = "by_use", _("By what was used while living there")


class Funding(models.TextChoices):
    DISTRICT = "district", _("The district of residence")
    POOL = "pool", _("The pool the district belongs to")


class Visits(models.TextChoices):
    """Whether residents may use a voucher where another authority funds the programme."""

    OPEN = "open", _("Anywhere, without a filing")
    FILED = "filed", _("Elsewhere only with a visitor filing")
    HOME_ONLY = "home_only", _("At home only")


class Programme(models.Model):
    """Amounts are whole fen for one window ``[valid_from, valid_until)``; an issue may give others."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    buys_zh = models.CharField(_("what it buys, in Chinese"), max_length=200, blank=True)
    buys_en = models.CharField(_("what it buys, in English"), max_length=200, blank=True)
    source = models.CharField(_("source of the amount"), max_length=200, blank=True)
    sector = models.CharField(_("sector"), max_length=20, choices=Sector.choices)
    annual_fen = models.BigIntegerField(_("amount"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    cost_rule = models.CharField(_("cost rule"), max_length=10, choices=CostRule.choices)
    count_days = models.JSONField(_("count days"), default=dict, blank=True)
    funded_by = models.CharField(_("funded by"), max_length=10, choices=Funding.choices)
    visits = models.CharField(_("use elsewhere"), max_length=10, choices=Visits.choices, default=Visits.OPEN)
    late_claim_days = models.PositiveIntegerField(_("days for late claims"), default=30, validators=[MOST_DAYS])
    min_age = models.PositiveSmallIntegerField(
        _("youngest age in years"), null=True, blank=True, validators=[MOST_YEARS]
    )
    max_age = models.PositiveSmallIntegerField(_("oldest age in years"), null=True, blank=True, validators=[MOST_YEARS])

    at_birth = models.BooleanField(
        _("given at birth"), default=False, help_text=_("Issued by itself, whole, when a birth is recorded.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(condition=Q(annual_fen__gt=0), name="programme_amount_is_positive"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="programme_lasts_a_day"),
        ]

    def __str__(self) -> str:
        return self.code

    def funding_authority(self, district_code: str, *, funders: Funders) -> str:
        """Return the authority that funds this programme for a district."""
        return funders.of(district_code, pooled=self.funded_by == Funding.POOL)
