"""What providers say they are owed: a month's control totals, the lines behind them, and what a comparison found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from ledger.models import Job
from vouchers.models.programmes import Programme
from vouchers.models.providers import Provider

if TYPE_CHECKING:
    from accounts.models import User


class ClaimChannel(models.TextChoices):
    FILE = "file", _("File")
    API = "api", _("API")


class ClaimFileQuerySet(models.QuerySet["ClaimFile"]):
    def visible_to(self, user: User) -> ClaimFileQuerySet:
        """All for the city and its auditors; to a district those of its providers, to a clerk those of the own one."""
        if user.sees_everything:
            return self
        if user.role == Role.PROVIDER_CLERK:
            return self.filter(provider__clerks__user=user)
        return self.filter(provider__district__in=user.district_codes() if user.acts_for_districts else [])

    def standing(self) -> ClaimFileQuerySet:
        """What counts: of each provider and month the file sent last."""
        later = ClaimFile.objects.filter(provider=OuterRef("provider"), month=OuterRef("month"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later))


class ClaimFile(models.Model):
    """A provider's claims for the services of one month. A later one of the same month takes its place."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="claim_files")
    month = models.DateField()
    channel = models.CharField(max_length=4, choices=ClaimChannel.choices)
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_on = models.DateField()
    sent_at = models.DateTimeField(auto_now_add=True)

    objects = ClaimFileQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "sha256"], name="claim_file_is_loaded_once")]

    def __str__(self) -> str:
        return f"claims:{self.pk}"


class ClaimTotal(models.Model):
    """A control total: how many services of a programme on a day, and for how much.

    ``check_sum``, where the lines came along, adds up hashes of number and amount of each: with it mistakes that cancel
    out within a day are found, too.
    """

    file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="totals", db_index=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    number = models.PositiveIntegerField()
    fen = models.BigIntegerField()
    check_sum = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["file_id", "day", "programme_id"]
        constraints = [
            models.UniqueConstraint(fields=["file", "programme", "day"], name="control_total_is_given_once"),
            models.CheckConstraint(condition=Q(number__gt=0, fen__gt=0), name="control_total_is_positive"),
        ]


class ClaimLine(models.Model):
    """One service: ``key`` is the number of its redemption. ``repeats``: the number stood in the file before."""

    file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="lines", db_index=False)
    row = models.PositiveIntegerField()
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    key = models.CharField(max_length=64)
    fen = models.BigIntegerField()
    voucher = models.CharField(max_length=20, blank=True)
    repeats = models.BooleanField(default=False)

    class Meta:
        ordering = ["file_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["file", "row"], name="claim_line_has_one_place"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="claim_line_is_positive"),
        ]
        indexes = [models.Index(fields=["file", "day", "programme"], name="claim_line_by_day")]


class ClaimCell(models.Model):
    """A provider, programme and day whose sums differ between the claims and our books, as one job found it."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="claim_cells")
    file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="cells", db_index=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    ours_number = models.PositiveIntegerField()
    ours_fen = models.BigIntegerField()
    theirs_number = models.PositiveIntegerField()
    theirs_fen = models.BigIntegerField()
    lines_awaited = models.BooleanField()

    class Meta:
        ordering = ["id"]


class ClaimDifference(models.Model):
    """One difference that a job found, known before or not; the fields are those of a break."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="claim_differences")
    file = models.ForeignKey(ClaimFile, on_delete=models.PROTECT, related_name="differences")
    reason = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    fen = models.BigIntegerField()
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="difference_is_found_once_by_a_job")]


class ProviderSuspension(models.Model):
    """Services on the days ``[start, end)`` are not paid for until somebody decides; vouchers go on being taken."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="suspensions")
    start = models.DateField()
    end = models.DateField()
    reason = models.CharField(max_length=400)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="suspension_lasts_a_day")]

    def __str__(self) -> str:
        return f"{self.provider_id} [{self.start}, {self.end})"
