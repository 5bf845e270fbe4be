"""What the districts say to a month's statements: lines confirmed or objected to, disputes, and what they hold back.

An objection takes rows out of their month's netting. What was decided, and the month that settles them then, are
further rows: nothing here is ever changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority
from ledger.models.transfers import Transfer

if TYPE_CHECKING:
    from accounts.models import User


class StatementLine(models.Model):
    """What one debtor owes one creditor from one month for one event and programme.

    ``belongs_to`` is the month in which it happened: an earlier one when it was recorded late.
    """

    month = models.DateField()
    debtor = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    creditor = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=20)
    programme = models.CharField(max_length=40, blank=True)
    belongs_to = models.DateField()

    class Meta:
        abstract = True


class Verdict(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    OBJECTED = "objected", _("Objected to")


class StatementAnswer(StatementLine):
    """What one authority says to one line of a statement, once."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["month", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "authority", "debtor", "creditor", "event", "programme", "belongs_to"],
                name="statement_line_is_answered_once",
            ),
            models.CheckConstraint(
                condition=Q(authority=F("debtor")) | Q(authority=F("creditor")),
                name="statement_line_is_answered_by_one_of_the_two",
            ),
        ]


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: User) -> DisputeQuerySet:
        """All for the city and its auditors; to a district those that concern it."""
        if user.sees_everything:
            return self
        return self.concerning(*user.district_codes()) if user.acts_for_districts else self.none()

    def concerning(self, *codes: str) -> DisputeQuerySet:
        """Those in which one of these authorities is debtor or creditor."""
        return self.filter(Q(debtor__in=codes) | Q(creditor__in=codes))

    def open(self) -> DisputeQuerySet:
        return self.exclude(steps__step__in=DisputeStep.ENDS)

    def with_story(self) -> DisputeQuerySet:
        return self.select_related("debtor", "creditor", "authority", "raised_by", "transfer").prefetch_related(
            "steps__by", "steps__approved_by"
        )


class Dispute(StatementLine):
    """An objection of ``authority`` to a line, or to one transfer of it; ``fen`` is what it holds back."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    transfer = models.ForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()
    reason = models.CharField(max_length=400)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_on = models.DateField()
    due_on = models.DateField(help_text="The day by which it is to be decided.")
    raised_at = models.DateTimeField(auto_now_add=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="dispute_is_about_money"),
            models.CheckConstraint(
                condition=Q(authority=F("debtor")) | Q(authority=F("creditor")),
                name="dispute_is_raised_by_one_of_the_two",
            ),
        ]

    def __str__(self) -> str:
        return f"dispute:{self.pk}"

    @property
    def other(self) -> Authority:
        """The authority that has to answer."""
        return self.creditor if self.authority_id == self.debtor_id else self.debtor

    @property
    def outcome(self) -> DisputeStep | None:
        """The step that ended it, if any."""
        return next((step for step in self.steps.all() if step.step in DisputeStep.ENDS), None)


class DisputeStep(models.Model):
    """``accepted_fen`` is what the debtor owes after all: of an offer, or of a decision."""

    class Step(models.TextChoices):
        OFFERED = "offered", _("Answered")
        DECIDED = "decided", _("Decided")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    ENDS = (Step.DECIDED, Step.WITHDRAWN)

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=10, choices=Step.choices)
    accepted_fen = models.BigIntegerField(null=True)
    note = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    booked_on = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"], condition=Q(step__in=["decided", "withdrawn"]), name="dispute_ends_once"
            ),
            models.CheckConstraint(
                condition=~Q(step="decided")
                | Q(approved_by__isnull=False) & ~Q(by=F("approved_by")) & Q(accepted_fen__isnull=False),
                name="dispute_is_decided_by_two_people",
            ),
        ]


class HeldTransfer(models.Model):
    """A row that waits outside the netting of its month until its dispute is decided."""

    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="held")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="held")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]


class ReleasedTransfer(models.Model):
    """A held row enters the netting of the month ``settles``."""

    held = models.OneToOneField(HeldTransfer, on_delete=models.PROTECT, related_name="released")
    settles = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["settles"], name="released_by_month")]
