"""A month of the ledger: its steps are rows, its state is the last of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority


class Step(models.TextChoices):
    CLOSED = "closed", _("Closed")
    NETTED = "netted", _("Netted")
    SETTLED = "settled", _("Settled")


class PeriodStep(models.Model):
    """One month took one step, proposed by one person and approved by another."""

    month = models.DateField()
    step = models.CharField(max_length=10, choices=Step.choices)
    booked_on = models.DateField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["month", "id"]
        constraints = [
            models.UniqueConstraint(fields=["step", "month"], name="period_takes_each_step_once"),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("approved_by")), name="period_step_is_approved_by_another_person"
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
