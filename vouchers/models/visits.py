"""Use elsewhere: filings of visitors, what a programme pays of their bills, and the bills."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident
from ledger.models import Transfer
from vouchers import visits
from vouchers.models.programmes import Programme

if TYPE_CHECKING:
    from accounts.models import User

WHOLE = MaxValueValidator(100)
FILING_STATES = (ACTIVE, WAITING, ENDED) = ("active", "waiting", "ended")


class Visitor(models.TextChoices):
    """As whom somebody visits; all but the first file for a time."""

    LONG_TERM = visits.LONG_TERM, _("Lives there for the long term")
    REFERRED = visits.REFERRED, _("Referred by a provider at home")
    EMERGENCY = visits.EMERGENCY, _("Emergency")
    UNREFERRED = visits.UNREFERRED, _("Own choice, without a referral")


class FilingQuerySet(models.QuerySet["VisitorFiling"]):
    def visible_to(self, user: User) -> FilingQuerySet:
        return self.filter(resident__in=Resident.objects.visible_to(user))

    def kept_by(self, user: User, *, day: date) -> FilingQuerySet:
        """The filings that this user may end: the own ones and the wards', or those of residents administered."""
        return self.filter(resident__in=Resident.objects.kept_by(user, day=day))

    def on(self, day: date) -> FilingQuerySet:
        """The filings that hold on ``day``."""
        return self.filter(start__lte=day).exclude(until__lte=day).exclude(ending__day__lte=day)


class VisitorFiling(models.Model):
    """Somebody may use vouchers in another district ``[start, until)``, as often as needed, at all its providers.

    A long-term filing has no ``until``: it holds until it is ended.
    """

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="filings")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="filings")
    visitor = models.CharField(_("as"), max_length=10, choices=Visitor.choices)
    start = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    booked_on = models.DateField(_("recorded on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        ordering = ["-start", "-id"]
        verbose_name = _("visitor filing")
        verbose_name_plural = _("visitor filings")
        constraints = [
            models.CheckConstraint(
                condition=Q(visitor=Visitor.LONG_TERM, until=None)
                | (~Q(visitor=Visitor.LONG_TERM) & Q(until__isnull=False, until__gt=F("start"))),
                name="filing_ends_by_itself_unless_long_term",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.district_id} [{self.start}, {self.end or '…'})"

    @property
    def ended_on(self) -> date | None:
        """The day from which it no longer held because somebody ended it; None while nobody did."""
        ending = getattr(self, "ending", None)
        return ending.day if ending is not None else None

    @property
    def end(self) -> date | None:
        """The first day on which it no longer holds, for whatever reason; None while it lasts."""
        return min((day for day in (self.until, self.ended_on) if day), default=None)

    def is_over(self, day: date) -> bool:
        return self.end is not None and self.end <= day

    def holds_on(self, day: date) -> bool:
        return self.start <= day and not self.is_over(day)

    def state_on(self, day: date) -> str:
        """Return "active", "waiting" or "ended"."""
        if self.is_over(day):
            return ENDED
        return ACTIVE if self.holds_on(day) else WAITING


class VisitorFilingEnd(models.Model):
    """From ``day`` on the filing no longer holds; both rows stay."""

    filing = models.OneToOneField(VisitorFiling, on_delete=models.PROTECT, related_name="ending")
    day = models.DateField()
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)


class VisitTerms(models.Model):
    """What a programme pays of a visitor's bill from ``since`` on; of two rows for one day the later counts."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="visit_terms")
    since = models.DateField(_("from"))
    percent = models.PositiveSmallIntegerField(_("percent"), validators=[WHOLE])
    deductible_fen = models.BigIntegerField(_("deductible"), default=0)
    points_off_referred = models.PositiveSmallIntegerField(_("points off when referred"), default=0, validators=[WHOLE])
    points_off_unreferred = models.PositiveSmallIntegerField(
        _("points off without a referral"), default=0, validators=[WHOLE]
    )
    booked_on = models.DateField(_("recorded on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["since", "id"]
        verbose_name = _("terms for visits")
        verbose_name_plural = _("terms for visits")
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="visit_terms_pay_the_bill_at_most"),
            models.CheckConstraint(condition=Q(deductible_fen__gte=0), name="visit_terms_deduct_nothing_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.since} {self.percent} %"

    @property
    def terms(self) -> visits.Terms:
        return visits.Terms(self.percent, self.deductible_fen, self.points_off_referred, self.points_off_unreferred)


class VisitBill(models.Model):
    """The bill that a redemption on a visit was drawn from; what the voucher did not pay, the person did."""

    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    visitor = models.CharField(max_length=10, choices=Visitor.choices)
    total_fen = models.BigIntegerField()
    in_scope_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(in_scope_fen__gte=0, total_fen__gte=F("in_scope_fen")),
                name="visit_bill_holds_what_is_in_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.in_scope_fen} of {self.total_fen}"

    @property
    def bill(self) -> visits.Bill:
        return visits.Bill(self.total_fen, self.in_scope_fen)
