"""What the city sets by the day: limits of net debit, and the rate of interest on late payments."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts import audit
from accounts.stamps import Stamp
from ledger.models import LateInterestRate, NetDebitCap


@transaction.atomic
def set_cap(*, authority: str, fen: int | None, valid_from: date, stamp: Stamp) -> NetDebitCap:
    """Set the most ``authority`` may owe on net in a month netted from a day on, in fen; None lifts the limit."""
    audit.record(stamp=stamp, verb="set_cap", subject=f"authority:{authority}", fen=fen, valid_from=f"{valid_from}")
    return NetDebitCap.objects.create(authority_id=authority, fen=fen, valid_from=valid_from, recorded_by=stamp.by)


@transaction.atomic
def set_late_interest_rate(*, rate_ppm: int, valid_from: date, source: str, stamp: Stamp) -> LateInterestRate:
    """Set the interest on late payments from a day on, in parts per million a year; ``source`` names the rule."""
    audit.record(stamp=stamp, verb="set_late_interest", subject="parameters", rate_ppm=rate_ppm, source=source)
    return LateInterestRate.objects.create(
        rate_ppm=rate_ppm, valid_from=valid_from, source=source, recorded_by=stamp.by
    )
