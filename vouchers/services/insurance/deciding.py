"""Deciding what of the pooled part goes along, from a day on."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts import audit
from accounts.stamps import Stamp
from vouchers.models import PooledShareDecision


@transaction.atomic
def decide_share(*, share: str, valid_from: date, source: str, stamp: Stamp) -> PooledShareDecision:
    """Let ``share`` hold for whoever applies for a transfer on ``valid_from`` or later. Running cases keep theirs."""
    decision = PooledShareDecision.objects.create(
        valid_from=valid_from, share=share, source=source, booked_on=stamp.booked_on, recorded_by=stamp.by
    )
    audit.record(
        stamp=stamp,
        verb="decide_pooled_share",
        subject=f"pooled_share:{decision.pk}",
        share=share,
        valid_from=valid_from.isoformat(),
    )
    return decision
