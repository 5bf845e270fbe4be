"""Telling who is at the keyboard, and slowing down whoever guesses passwords.

Failures are audit events, so every process counts the same ones and an auditor sees them. Names nobody
has are not recorded: people type passwords into the wrong box, and strangers must not fill the trail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.refusals import Refused
from accounts.stamps import Stamp

FAILURES_ALLOWED = 10
WINDOW = timedelta(minutes=15)
VERB = "fail_to_sign_in"


class WrongPassword(Refused):
    code = "wrong_password"
    sentence = _("The user name or the password is wrong. Check both; capital letters count.")


class TooManyFailures(Refused):
    code = "too_many_failures"
    sentence = _(
        "There were too many wrong passwords for this user name. Wait %(minutes)s minutes, then try again, "
        "or ask the city administrator for a new password."
    )


def identify(*, username: str, password: str, now: datetime, stamp: Stamp) -> User:
    """Return the active user with this password.

    Refuses a wrong pair, and any pair after ten failures of one user name in fifteen minutes.
    """
    known = User.objects.filter(username=username).first()
    if known and _recent_failures(user=known, now=now) >= FAILURES_ALLOWED:
        raise TooManyFailures(minutes=WINDOW.seconds // 60)
    found = authenticate(username=username, password=password)
    if found is None:
        if known:
            audit.record(stamp=stamp, verb=VERB, subject=f"user:{known.pk}")
        raise WrongPassword
    return found


def _recent_failures(*, user: User, now: datetime) -> int:
    """Count the failures since the last sign-in, at most a window ago."""
    since = max(now - WINDOW, user.last_login or now - WINDOW)
    return AuditEvent.objects.filter(verb=VERB, subject=f"user:{user.pk}", at__gt=since).count()
