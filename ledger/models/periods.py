"""A month of the ledger: its steps are rows, its state is the last of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority


class Step(models.TextChoices):
    CLOSED = "closed", _("Closed")
    STATED = "stated", _("Statements issued")
    NETTED = "netted", _("Netted")
    SETTLED = "settled", _("Settled")


class PeriodStep(models.Model):
    """One month took one step; ``payload`` is the SHA-256 of the figures it was taken on.

    Closing, netting and settling take two people: who proposed it, and who approved these very figures.
    """

    month = models.DateField()
    step = models.CharField(max_length=10, choices=Step.choices)
    booked_on = models.DateField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    payload = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["month", "id"]
        constraints = [
            models.UniqueConstraint(fields=["step", "month"], name="period_takes_each_step_once"),
            models.CheckConstraint(
                condition=Q(step=Step.STATED) | Q(approved_by__isnull=False) & ~Q(proposed_by=F("approved_by")),
                name="period_step_is_approved_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.step}"


class ObligationRecord(models.Model):
    """An obligation as it stood when its month was netted, in fen."""

    month = models.DateField()
    debtor = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    creditor = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()

    class Meta:
        ordering = ["month", "debtor", "creditor"]
        constraints = [
            models.UniqueConstraint(fields=["month", "debtor", "creditor"], name="pair_is_netted_once_in_a_month"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="obligation_is_positive"),
        ]


class PositionRecord(models.Model):
    """An authority's net of all obligations of a month, in fen; zero is recorded too."""

    month = models.DateField()
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()

    class Meta:
        ordering = ["month", "authority"]
        constraints = [
            models.UniqueConstraint(fields=["month", "authority"], name="authority_has_one_position_in_a_month")
        ]


class CalendarDay(models.Model):
    """The day of a milestone of a month, reckoned when the month opened and kept: holidays may be proclaimed later."""

    month = models.DateField()
    milestone = models.CharField(max_length=12)
    day = models.DateField()

    class Meta:
        ordering = ["month", "day", "id"]
        constraints = [models.UniqueConstraint(fields=["month", "milestone"], name="milestone_has_one_day_in_a_month")]


class Reminder(models.Model):
    """On ``day`` somebody was reminded of a milestone of a month that was still to be done."""

    month = models.DateField()
    milestone = models.CharField(max_length=12)
    day = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day", "month", "id"]
        constraints = [
            models.UniqueConstraint(fields=["month", "milestone", "day"], name="reminder_of_a_day_is_given_once")
        ]


class NetDebitCap(models.Model):
    """The most an authority may owe on net in one month, from a day on, in fen; the latest counts, none is no limit."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    fen = models.BigIntegerField(null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["authority", "-valid_from", "-id"]
        constraints = [models.CheckConstraint(condition=Q(fen=None) | Q(fen__gte=0), name="cap_is_not_negative")]


class LateInterestRate(models.Model):
    """Interest on late payments from a day on, in parts per million a year of 365 days; ``source`` names the rule."""

    valid_from = models.DateField()
    rate_ppm = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-valid_from", "-id"]
