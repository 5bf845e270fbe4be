"""What is done on which day, and what comes first on a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from accounts.stamps import Stamp

Deed = Callable[[Stamp], object]


class Rank(IntEnum):
    """What comes first on a day."""

    OPEN_WINDOW = 1
    ISSUE = 2
    EXPIRE = 3
    MONTH = 4
    MOVE = 5
    VISIT = 6
    REVERSE = 7
    ANNUL = 8
    REVOKE = 9
    CASE = 10
    INSURE = 11
    PROPOSE = 12


class Act(NamedTuple):
    booked_on: date
    rank: Rank
    deed: Deed
