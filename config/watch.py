"""What is watched beside the rooms: the broker of the deployed form."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import health
from ledger.signs import Finding, Mood, sign


def broker_up(now: datetime) -> float | None:
    """Return 1 when Redis answers, 0 when it does not, None where there is none."""
    return float(health.broker_answers()) if settings.REDIS_URL else None


@sign(
    "broker",
    gettext_lazy("Redis"),
    gauge="broker_up",
    meaning="1 when Redis answers, 0 when it does not; absent in the embedded form.",
    measure=broker_up,
)
def broker(up: float | None) -> Finding:
    if up is None:
        return Finding(Mood.GOOD, _("Web, worker and beat are one process, which needs no Redis."))
    if up:
        return Finding(Mood.GOOD, _("Redis answers."))
    return Finding(
        Mood.ALARM,
        _("Redis does not answer. Work is recorded and waits."),
        _("Start Redis again. Nothing has to be restored: beat rings again for every open job."),
    )
