"""Who and what a story speaks of while it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import Resident, User
from accounts.stamps import Stamp
from config.scenarios.arguments import EventLine
from vouchers.models import Programme, Provider


@dataclass
class Stage:
    """Who and what the story speaks of, by the names it uses."""

    author: User
    approver: User
    residents: dict[str, Resident] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)


Act = Callable[[Stage, EventLine, Stamp], None]
