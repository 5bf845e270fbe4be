"""Until when somebody has to act, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.words import day_in_words
from accounts.working_days import working_days_left


@dataclass(frozen=True)
class Clock:
    """Somebody has until ``due_on`` to act."""

    due_on: date
    today: date

    @property
    def is_over(self) -> bool:
        return self.due_on < self.today

    def __str__(self) -> str:
        if self.is_over:
            return _("Overdue: the last day was %(day)s") % {"day": day_in_words(self.due_on)}
        left = working_days_left(today=self.today, due=self.due_on)
        if not left:
            return _("Today is the last day")
        words = ngettext("%(left)d working day left, until %(day)s", "%(left)d working days left, until %(day)s", left)
        return words % {"left": left, "day": day_in_words(self.due_on)}
