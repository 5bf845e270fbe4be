"""What is watched of reconciliation: that it runs, and what it found. docs/operations.md has a section for each."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.selectors import operations
from ledger.signs import Finding, Limits, Mood, sign
from ledger.watch import DAILY, by_age

#: The bands of the ageing report: a month is long, a quarter too long.
OPEN = Limits(warn=timedelta(days=30), alarm=timedelta(days=90))


@sign(
    "reconciliation_age",
    gettext_lazy("Last reconciliation"),
    gauge="reconciliation_age_seconds",
    meaning="Seconds since the books were last reconciled with the vouchers.",
    measure=operations.reconciliation_age,
)
def reconciliation_age(seconds: float | None) -> Finding:
    what_next = _("Look among the jobs for a reconciliation that stopped, and see whether beat and a worker run.")
    if seconds is None:
        return Finding(Mood.WARN, _("The books have not been reconciled with the vouchers yet."), what_next)
    return by_age(
        seconds,
        DAILY,
        good=_("The books were reconciled with the vouchers %(time)s ago."),
        late=_("The books were last reconciled with the vouchers %(time)s ago."),
        what_next=what_next,
    )


@sign(
    "books_differ",
    gettext_lazy("Books against vouchers"),
    gauge="books_differences",
    meaning="Open differences between the books and the vouchers.",
    measure=operations.books_differences,
)
def books_differ(number: float | None) -> Finding:
    if not number:
        return Finding(Mood.GOOD, _("No difference between the books and the vouchers is open."))
    return Finding(
        Mood.ALARM,
        _("The books and the vouchers differ."),
        _("Read the difference, keep a copy of the database, and run manage.py verify_ledger."),
    )


@sign(
    "open_breaks",
    gettext_lazy("Open differences"),
    gauge="open_breaks",
    meaning="Differences that nobody has closed yet.",
    measure=operations.open_breaks,
)
def open_breaks(number: float | None) -> Finding:
    """Differences are daily work: how many there are is good to know, and how old they get is watched."""
    found = int(number or 0)
    sentence = ngettext("%(number)s difference is open.", "%(number)s differences are open.", found)
    return Finding(Mood.GOOD, sentence % {"number": f"{found:,}"})


@sign(
    "oldest_break_age",
    gettext_lazy("Oldest difference"),
    gauge="oldest_break_age_seconds",
    meaning="Seconds since the oldest open difference was found.",
    measure=operations.oldest_break_age,
)
def oldest_break_age(seconds: float | None) -> Finding:
    if seconds is None:
        return Finding(Mood.GOOD, _("No difference waits for anybody."))
    return by_age(
        seconds,
        OPEN,
        good=_("The oldest open difference was found %(time)s ago."),
        late=_("A difference has been open for %(time)s."),
        what_next=_("See on the page Differences who looks at it, and what would close it."),
    )
