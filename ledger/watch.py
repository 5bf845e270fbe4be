"""What the ledger watches of itself. Each judge is pure: a figure in, a finding out.

docs/operations.md has a section for each code.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.words import duration_in_words
from ledger.selectors import operations
from ledger.signs import Finding, Limits, Mood, sign

#: A task may take ten minutes (CELERY_TASK_TIME_LIMIT), and while it does, a lone worker does nothing else.
WAITING = Limits(warn=timedelta(minutes=5), alarm=timedelta(minutes=15))
#: What happens once a day may be late by two hours, and may be left out once.
DAILY = Limits(warn=timedelta(hours=26), alarm=timedelta(hours=50))
#: A drill once a month, and never more than a quarter without one.
MONTHLY = Limits(warn=timedelta(days=35), alarm=timedelta(days=100))


def by_age(seconds: float, limits: Limits, *, good: str, late: str, what_next: str) -> Finding:
    """Judge an age by its limits; ``%(time)s`` in a sentence becomes the age in words."""
    mood, time = limits.mood(seconds), {"time": duration_in_words(seconds)}
    return Finding(mood, good % time) if mood is Mood.GOOD else Finding(mood, late % time, what_next)


@sign(
    "queue_age",
    gettext_lazy("Waiting work"),
    gauge="queue_age_seconds",
    meaning="Seconds for which the oldest open job has waited for its next step.",
    measure=operations.queue_age,
)
def queue_age(seconds: float | None) -> Finding:
    return by_age(
        seconds or 0,
        WAITING,
        good=_("No job waits for longer than it should."),
        late=_("The oldest open job has waited for %(time)s."),
        what_next=_("See whether a worker runs and reaches the database; start it again if it does not."),
    )


@sign(
    "parked_jobs",
    gettext_lazy("Stopped work"),
    gauge="parked_jobs",
    meaning="Jobs that stand still until a person looks at them.",
    measure=operations.parked_jobs,
)
def parked_jobs(number: float | None) -> Finding:
    stopped = int(number or 0)
    if not stopped:
        return Finding(Mood.GOOD, _("No job has stopped."))
    sentence = ngettext("%(number)s job has stopped.", "%(number)s jobs have stopped.", stopped)
    return Finding(
        Mood.ALARM,
        sentence % {"number": f"{stopped:,}"},
        _("Put right what the reason names, then try the job again or withdraw it."),
    )


@sign(
    "seal_age",
    gettext_lazy("Last seal"),
    gauge="seal_age_seconds",
    meaning="Seconds since the ledger was last sealed, or since its first transfer while it never was.",
    measure=operations.seal_age,
)
def seal_age(seconds: float | None) -> Finding:
    if seconds is None:
        return Finding(Mood.GOOD, _("Nothing is booked yet, so there is nothing to seal."))
    return by_age(
        seconds,
        DAILY,
        good=_("Everything booked until %(time)s ago is under a seal."),
        late=_("Nothing booked in the last %(time)s is under a seal."),
        what_next=_("Look among the jobs for a seal that stopped, and see whether LEDGER_SIGNING_KEY is set."),
    )


@sign(
    "beat_age",
    gettext_lazy("Beat"),
    gauge="beat_age_seconds",
    meaning="Seconds since a message of beat was last worked on.",
    measure=operations.beat_age,
)
def beat_age(seconds: float | None) -> Finding:
    what_next = _("See whether beat and a worker run and whether Redis answers; start again what does not.")
    if seconds is None:
        return Finding(Mood.ALARM, _("Beat has never been heard of."), what_next)
    return by_age(
        seconds,
        WAITING,
        good=_("Beat rings for open jobs and for the work of the day."),
        late=_("Beat was last heard of %(time)s ago."),
        what_next=what_next,
    )


@sign(
    "worker_age",
    gettext_lazy("Workers"),
    gauge="worker_age_seconds",
    meaning="Seconds since a worker last took up a message.",
    measure=operations.worker_age,
)
def worker_age(seconds: float | None) -> Finding:
    what_next = _("See whether a worker runs and whether Redis answers; start again what does not.")
    if seconds is None:
        return Finding(Mood.ALARM, _("No worker has ever taken up work."), what_next)
    return by_age(
        seconds,
        WAITING,
        good=_("A worker takes up work."),
        late=_("A worker last took up work %(time)s ago."),
        what_next=what_next,
    )


@sign(
    "backup_age",
    gettext_lazy("Last backup"),
    gauge="backup_age_seconds",
    meaning="Seconds since the last backup that succeeded began.",
    measure=operations.backup_age,
)
def backup_age(seconds: float | None) -> Finding:
    what_next = _("Run manage.py backup, and see why the nightly one does not run.")
    if seconds is None:
        return Finding(Mood.WARN, _("No backup has been made yet."), what_next)
    return by_age(
        seconds,
        DAILY,
        good=_("The last backup was made %(time)s ago."),
        late=_("The last backup is from %(time)s ago; what was recorded since would be lost with the disk."),
        what_next=what_next,
    )


@sign(
    "drill_age",
    gettext_lazy("Last restore drill"),
    gauge="drill_age_seconds",
    meaning="Seconds since the last restore drill that succeeded.",
    measure=operations.drill_age,
)
def drill_age(seconds: float | None) -> Finding:
    what_next = _("Run manage.py restore_drill on the newest backup.")
    if seconds is None:
        return Finding(Mood.WARN, _("No backup has been restored for a trial yet."), what_next)
    return by_age(
        seconds,
        MONTHLY,
        good=_("A backup was last restored for a trial, and verified, %(time)s ago."),
        late=_("A backup was last restored for a trial %(time)s ago. Nobody knows whether newer ones can be."),
        what_next=what_next,
    )


@sign(
    "verification_age",
    gettext_lazy("Last verification"),
    gauge="verification_age_seconds",
    meaning="Seconds since the last verification that found everything right.",
    measure=operations.verification_age,
)
def verification_age(seconds: float | None) -> Finding:
    what_next = _("Run manage.py verify_ledger --record, and see why the nightly one does not run.")
    if seconds is None:
        return Finding(Mood.WARN, _("The ledger has not been verified yet."), what_next)
    return by_age(
        seconds,
        DAILY,
        good=_("The ledger was computed again from its rows, and agreed, %(time)s ago."),
        late=_("The ledger was last found right %(time)s ago."),
        what_next=what_next,
    )


@sign(
    "failed_upkeep",
    gettext_lazy("Failed upkeep"),
    gauge="failed_upkeep",
    meaning="Of how many kinds of upkeep (backup, restore drill, verification) the last one failed.",
    measure=operations.failed_upkeep,
)
def failed_upkeep(number: float | None) -> Finding:
    if not number:
        return Finding(Mood.GOOD, _("The last backup, restore drill and verification did not fail."))
    return Finding(
        Mood.ALARM,
        _("The last backup, restore drill or verification failed."),
        _("Read what it found, below. If the verification failed, keep a copy of the database before anything else."),
    )
