"""Accounts, the one wide transfer row, and the accountant's view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority
from ledger.events import TELLING
from ledger.kinds import KINDS, AccountName

if TYPE_CHECKING:
    from accounts.models import User


class LedgerAccount(models.Model):
    """One line of one authority's book, created on first use and never changed."""

    code = models.CharField(max_length=120)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="ledger_accounts")
    kind = models.CharField(max_length=20, choices=[(kind.code, kind.label) for kind in KINDS.values()])
    programme = models.CharField(max_length=40, blank=True)
    party = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [models.UniqueConstraint(fields=["code"], name="ledger_account_code_is_used_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> AccountName:
        return AccountName(self.authority_id, self.kind, self.programme, self.party)


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, user: User) -> TransferQuerySet:
        """Everything for the city and its auditors; a district sees the rows that touch its book."""
        if user.sees_everything:
            return self
        if user.acts_for_districts:
            return self.touching(user.district_codes())
        return self.none()

    def touching(self, authority_codes: list[str]) -> TransferQuerySet:
        return self.filter(Q(debit__authority__in=authority_codes) | Q(credit__authority__in=authority_codes))

    def between(self, *, debtor: str, creditor: str) -> TransferQuerySet:
        """The rows by which ``debtor`` came to owe ``creditor``."""
        return self.filter(debit__authority=debtor, credit__authority=creditor)


class Transfer(models.Model):
    """One event, one row: debit one account, credit another, ``fen`` > 0. Never updated, never deleted.

    Where the two accounts belong to different authorities, the debit side's authority owes the credit side's.
    """

    key = models.CharField(max_length=120)
    event = models.CharField(max_length=20)
    subject = models.BigIntegerField(null=True)
    act = models.CharField(max_length=120)
    # A guard checks the four references, once for all rows of a statement (docs/adr/0016).
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by", db_constraint=False
    )
    debit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="debits", db_index=False, db_constraint=False
    )
    credit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="credits", db_index=False, db_constraint=False
    )
    fen = models.BigIntegerField()
    occurred_on = models.DateField()
    booked_on = models.DateField()
    period = models.DateField()
    settles = models.DateField(null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="transfer_key_is_used_once"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="transfer_amount_is_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_has_two_accounts"),
        ]
        indexes = [
            models.Index(fields=["subject"], name="transfer_by_subject", condition=Q(subject__isnull=False)),
            models.Index(fields=["period"], name="transfer_by_period"),
            models.Index(
                fields=["act"],
                name="transfer_by_payment",
                condition=Q(event__in=[event.code for event in TELLING]),
            ),
            models.Index(fields=["settles"], name="transfer_by_settles", condition=Q(settles__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key


class JournalLine(models.Model):
    """The accountant's two- and four-legged journal: a database view over the transfers, debits positive."""

    id = models.CharField(primary_key=True, max_length=40)
    transfer = models.ForeignKey(Transfer, on_delete=models.DO_NOTHING, related_name="journal_lines")
    authority = models.ForeignKey(Authority, on_delete=models.DO_NOTHING, related_name="journal_lines")
    code = models.CharField(max_length=120)
    fen = models.BigIntegerField()
    period = models.DateField()
    settles = models.DateField(null=True)
    event = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "ledger_journal"
        ordering = ["transfer_id", "id"]

    @property
    def debit_fen(self) -> int:
        return max(0, self.fen)

    @property
    def credit_fen(self) -> int:
        return max(0, -self.fen)
