"""Who records an act, and on which day: the two things no rule may look up for itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models.users import User

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: People and programs may name these days and those between; windows and deadlines reckon some years further.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """``booked_on`` is the day the act is recorded, ``as_of`` the day whose facts count; both today, but in stories."""

    by: User | None
    booked_on: date
    as_of: date

    @classmethod
    def today(cls, by: User | None) -> Stamp:
        """The stamp of an act recorded now, by ``by`` (None: the service itself)."""
        day = timezone.localdate(timezone=SHANGHAI)
        return cls(by=by, booked_on=day, as_of=day)
