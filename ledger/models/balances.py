"""What the books held when a month closed, so that no question has to add up history again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Authority


class ClosedBalance(models.Model):
    """One line of one book through the end of ``month``, debits minus credits in fen; lines at zero are left out.

    ``code`` names a ledger account, or a due as ``310112/due/310106``.
    """

    month = models.DateField()
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=120)
    fen = models.BigIntegerField()

    class Meta:
        ordering = ["month", "code"]
        constraints = [
            models.UniqueConstraint(fields=["month", "code"], name="line_of_a_book_closes_once_in_a_month"),
            models.CheckConstraint(condition=~Q(fen=0), name="closed_balance_is_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.code}"
