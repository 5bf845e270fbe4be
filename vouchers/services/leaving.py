"""Leaving the participating area: a case that needs no district's agreement. Coming back is a move like any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from accounts.models import Resident
from accounts.stamps import Stamp
from vouchers.models import Move, MoveChannel
from vouchers.services import cases
from vouchers.services.moving import MoveOrder


def leave_area(*, residents: Sequence[Resident], day: date, stamp: Stamp, note: str = "") -> Move:
    """Record that a household lives outside the participating area from ``day`` on, and return its first move.

    Their vouchers end on that day; what was used before can be claimed late. Raises what ``cases.request`` raises, and
    AlreadyOutside.
    """
    orders = orders_of(residents=residents, day=day, note=note)
    return cases.request(orders=orders, confirmed=True, stamp=stamp)


def orders_of(*, residents: Sequence[Resident], day: date, note: str = "") -> list[MoveOrder]:
    """Return moves to nowhere within the area."""
    return [
        MoveOrder(resident=person, to="", effective_on=day, channel=MoveChannel.COUNTER, note=note)
        for person in residents
    ]
