"""What the city has set by the day: limits of net debit, and interest on late payments, with who set it."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from ledger.models import LateInterestRate, NetDebitCap
from ledger.selectors.books import authority_codes_seen_by


def caps_seen_by(user: User) -> QuerySet[NetDebitCap]:
    """Return every limit this user may see, by authority, the latest first."""
    codes = authority_codes_seen_by(user)
    rows = NetDebitCap.objects.select_related("authority", "recorded_by")
    return rows if codes is None else rows.filter(authority__in=codes)


def recorded_rates() -> QuerySet[LateInterestRate]:
    """Return every rate of interest on late payments, the latest first."""
    return LateInterestRate.objects.select_related("recorded_by")


def counting_caps(day: date) -> set[int]:
    """Return the rows that count on ``day``: of each authority the latest, and of two of one day the one set last."""
    rows = NetDebitCap.objects.filter(valid_from__lte=day).order_by("valid_from", "id")
    return set(dict(rows.values_list("authority_id", "pk")).values())


def counting_rate(day: date) -> int | None:
    """Return the row of the rate that counts on ``day``, if one does."""
    rows = LateInterestRate.objects.filter(valid_from__lte=day).order_by("-valid_from", "-id")
    return rows.values_list("pk", flat=True).first()
