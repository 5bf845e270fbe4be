"""Vouchers and how they end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.identity import public_number
from accounts.models import Resident, Role
from ledger.models import LedgerAccount, Transfer
from vouchers.models.programmes import Programme

if TYPE_CHECKING:
    from accounts.models import User


ACTIVE = "active"


def new_voucher_number() -> str:
    """Return 16 characters: "TH", 65 random bits, a check character. Unguessable, and typed with few mistakes."""
    return public_number(prefix="TH", length=13)


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def visible_to(self, user: User) -> VoucherQuerySet:
        """Vouchers of residents this user sees.

        A clerk sees those of programmes the own provider is accredited for, a finance officer those of which a row
        touches an own book.
        """
        if user.sees_everything:
            return self
        if user.role == Role.PROVIDER_CLERK:
            return self.filter(programme__accreditations__provider__clerks__user=user)
        if user.role == Role.FINANCE_OFFICER:
            rows = Transfer.objects.visible_to(user).filter(subject__isnull=False)
            return self.filter(pk__in=rows.values("subject"))
        return self.filter(resident__in=Resident.objects.visible_to(user))

    def administered_by(self, user: User, *, day: date) -> VoucherQuerySet:
        """Vouchers this user may revoke: those of residents who live in a district the user acts for."""
        return self.filter(resident__in=Resident.objects.administered_by(user, day=day))

    def active(self) -> VoucherQuerySet:
        return self.filter(ending__isnull=True)

    def valid_until_at_most(self, day: date) -> VoucherQuerySet:
        return self.filter(valid_until__lte=day)


class Voucher(models.Model):
    """One resident's entitlement under one programme for one window ``[valid_from, valid_until)``; amounts in fen.

    The database keeps ``spent_fen`` and ``returned_fen`` in step with the ledger's rows (see guards.py); nothing
    else may change them. ``holder`` is the entitlement account of the present payer.
    """

    number = models.CharField(_("voucher number"), max_length=20, default=new_voucher_number, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="vouchers")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    amount_fen = models.BigIntegerField(_("amount"))
    spent_fen = models.BigIntegerField(_("spent"), default=0, editable=False)
    returned_fen = models.BigIntegerField(_("returned"), default=0, editable=False)
    holder = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="vouchers", editable=False)
    issued_on = models.DateField(_("issued on"))

    objects = VoucherQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="voucher_number_is_used_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="voucher_amount_is_positive"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="voucher_lasts_a_day"),
            models.CheckConstraint(
                condition=Q(spent_fen__gte=0, returned_fen__gte=0, amount_fen__gte=F("spent_fen") + F("returned_fen")),
                name="voucher_is_not_overspent",
            ),
            models.UniqueConstraint(
                fields=["resident", "programme", "valid_from"], name="voucher_window_starts_once_for_a_resident"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def remaining_fen(self) -> int:
        return self.amount_fen - self.returned_fen - self.spent_fen

    @property
    def payer(self) -> str:
        """The code of the authority that owes what remains."""
        return self.holder.authority_id

    @property
    def end_reason(self) -> str | None:
        """Why it ended; None while it is active."""
        ending = getattr(self, "ending", None)
        return ending.reason if ending is not None else None

    @property
    def ended_on(self) -> date | None:
        ending = getattr(self, "ending", None)
        return ending.day if ending is not None else None

    @property
    def cut_on(self) -> date | None:
        """The day on which it ended before its time; None while it is active, and when it expired."""
        return self.ended_on if self.end_reason != EndReason.EXPIRED else None

    @property
    def status(self) -> str:
        """Return "active" or why it ended; a spent voucher stays active."""
        return self.end_reason or ACTIVE


class EndReason(models.TextChoices):
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    DIED = "died", _("Ended by death")
    LEFT = "left", _("Ended by leaving the area")
    MERGED = "merged", _("Ended as a duplicate")


#: What follows from the life of the holder. When that is told anew, so are these ends.
BY_LIFE = frozenset({EndReason.DIED, EndReason.LEFT, EndReason.MERGED})


class VoucherEnd(models.Model):
    """A voucher ended; while there is no such row it is active.

    An end that follows from a fact taken back is lifted: its row gives way to a ``LiftedEnd``, and never otherwise.
    """

    voucher = models.OneToOneField(Voucher, on_delete=models.PROTECT, related_name="ending")
    reason = models.CharField(max_length=10, choices=EndReason.choices)
    day = models.DateField()
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.reason} {self.day}"


class LiftedEnd(models.Model):
    """An end that counts no longer, as its row said; the fact it followed from was taken back or told anew."""

    ending_id = models.BigIntegerField(unique=True, help_text="The id of the row it was.")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="lifted_ends")
    reason = models.CharField(max_length=10, choices=EndReason.choices)
    day = models.DateField()
    ended_booked_on = models.DateField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.reason} {self.day}"
