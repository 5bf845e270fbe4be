"""Money on its way: orders to the bank, what the bank says, and what became of each line of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority

if TYPE_CHECKING:
    from accounts.models import User


class BankAccount(models.Model):
    """An account at a bank from a day on; the latest of a holder counts. ``party`` is a provider's code."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="bank_accounts")
    party = models.CharField(max_length=40, blank=True)
    holder = models.CharField(max_length=70)
    number = models.CharField(max_length=34)
    bank_code = models.CharField(max_length=14, help_text="The bank's number in the clearing system.")
    bank_name = models.CharField(max_length=70, blank=True)
    valid_from = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["authority", "party", "-valid_from", "-id"]

    def __str__(self) -> str:
        return self.number


class PaymentBatchQuerySet(models.QuerySet["PaymentBatch"]):
    def visible_to(self, user: User) -> PaymentBatchQuerySet:
        """All for the city and its auditors; to a district those with a payment of its own."""
        if user.sees_everything:
            return self
        codes = user.district_codes() if user.acts_for_districts else []
        return self.filter(pk__in=Payment.objects.filter(authority__in=codes).values("batch"))


class PaymentBatch(models.Model):
    """Payments ordered together, by one person and approved by another."""

    class Kind(models.TextChoices):
        SETTLEMENT = "settlement", _("Settlement of a month")
        PROVIDERS = "providers", _("Payment to providers")
        PREFUND = "prefund", _("Prefunds")

    key = models.CharField(max_length=60, help_text="What is paid, as settlement:2026-10.")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    month = models.DateField(null=True)
    pays_on = models.DateField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="payment_batch_is_ordered_once"),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("approved_by")), name="payment_batch_is_approved_by_another_person"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Payment(models.Model):
    """One payment to be made: an authority to the hub, the hub to an authority, or an authority to a provider."""

    class Way(models.TextChoices):
        TO_HUB = "to_hub", _("To the settlement hub")
        FROM_HUB = "from_hub", _("From the settlement hub")
        TO_PROVIDER = "to_provider", _("To a provider")

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="payments")
    way = models.CharField(max_length=12, choices=Way.choices)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="payments")
    party = models.CharField(max_length=40, blank=True)
    programme = models.CharField(max_length=40, blank=True)
    fen = models.BigIntegerField()
    end_to_end_id = models.CharField(max_length=35)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["end_to_end_id"], name="payment_is_named_once"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="payment_is_positive"),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    def act(self) -> str:
        """The act that all rows of this payment carry."""
        return f"payment:{self.end_to_end_id}"


class BankStatement(models.Model):
    """A statement of an account of the hub as a bank sent it; opening + credits − debits = closing, in fen."""

    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=120)
    content = models.TextField()
    account_number = models.CharField(max_length=34)
    statement_id = models.CharField(max_length=35)
    from_day = models.DateField(null=True)
    to_day = models.DateField()
    opening_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="bank_statement_is_loaded_once"),
            models.UniqueConstraint(
                fields=["account_number", "statement_id"], name="bank_statement_of_an_account_has_one_id"
            ),
        ]

    def __str__(self) -> str:
        return self.statement_id


class BankEntry(models.Model):
    """A line of a bank statement: ``fen`` above zero was received, below zero paid; ``line`` is its place in the file.

    ``defect`` says why a line could not be read; it then counts for nothing but its place.
    """

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries")
    line = models.PositiveIntegerField()
    fen = models.BigIntegerField()
    booked_on = models.DateField(null=True)
    value_on = models.DateField(null=True)
    is_reversal = models.BooleanField(default=False)
    end_to_end_id = models.CharField(max_length=35, blank=True)
    reference = models.CharField(max_length=35, blank=True)
    text = models.CharField(max_length=400, blank=True)
    counterparty = models.CharField(max_length=70, blank=True)
    counterparty_number = models.CharField(max_length=34, blank=True)
    defect = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["statement", "line"]
        constraints = [models.UniqueConstraint(fields=["statement", "line"], name="bank_entry_has_one_place")]


class BankMatch(models.Model):
    """What became of a bank entry: ``outcome`` is ``matched`` or a break's reason."""

    entry = models.OneToOneField(BankEntry, on_delete=models.PROTECT, related_name="match")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="matches")
    outcome = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(outcome="matched"), name="payment_is_matched_by_one_entry"
            )
        ]
