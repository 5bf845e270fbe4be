"""Signs of life: what is measured, and what it means. One list makes the page, ``/healthz`` and ``/metrics``.

A room registers a sign by decorating the function that judges its figure::

    @sign("queue_age", _("Waiting work"), gauge="queue_age_seconds", meaning="…", measure=operations.queue_age)
    def queue_age(seconds: float | None) -> Finding: ...

and writes a section for its code in docs/operations.md; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise


class Mood(StrEnum):
    """Good, or look at it today, or look at it now. The service is degraded while any sign is an alarm."""

    GOOD = "good"
    WARN = "warn"
    ALARM = "alarm"


class Finding(NamedTuple):
    """What a figure means in a sentence, and what somebody does next; nothing while all is well."""

    mood: Mood
    sentence: str
    what_next: str = ""


Measure = Callable[[datetime], "float | None"]
Judge = Callable[["float | None"], Finding]


class Sign(NamedTuple):
    """``measure`` takes the present moment and returns the figure, None where there is none; ``judge`` is pure.

    ``gauge`` names the figure, with its unit, for machines that watch, and ``meaning`` says in English what it is.
    """

    code: str
    label: str | Promise
    gauge: str
    meaning: str
    measure: Measure
    judge: Judge


class Seen(NamedTuple):
    sign: Sign
    finding: Finding


class Limits(NamedTuple):
    """Beyond which age a figure wants a look today, and beyond which now."""

    warn: timedelta
    alarm: timedelta

    def mood(self, seconds: float) -> Mood:
        if seconds > self.alarm.total_seconds():
            return Mood.ALARM
        return Mood.WARN if seconds > self.warn.total_seconds() else Mood.GOOD


SIGNS: dict[str, Sign] = {}


def sign(code: str, label: str | Promise, *, gauge: str, meaning: str, measure: Measure) -> Callable[[Judge], Judge]:
    """Register the decorated function as the judge of a figure."""

    def register(judge: Judge) -> Judge:
        SIGNS[code] = Sign(code, label, gauge, meaning, measure, judge)
        return judge

    return register


def look(*, now: datetime) -> list[Seen]:
    """Measure and judge every sign, the worst first."""
    seen = [Seen(one, one.judge(one.measure(now))) for one in SIGNS.values()]
    return sorted(seen, key=lambda each: list(Mood).index(each.finding.mood), reverse=True)


def alarms(*, now: datetime) -> list[str]:
    """Return the codes of the signs that somebody has to look at now."""
    return [each.sign.code for each in look(now=now) if each.finding.mood is Mood.ALARM]
