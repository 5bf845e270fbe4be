"""Who and what a story speaks of while it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from accounts.models import Resident, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from config.scenarios.arguments import EventLine
from ledger.models import Dispute
from vouchers.models import Programme, Provider


class NotBorn(Refused):
    code = "not_born"
    sentence = _("%(resident)s is not born yet.")


class People(dict[str, Resident]):
    """The residents by name. Who is named before being born, or was never recorded, is refused like anything else."""

    def __missing__(self, name: str) -> Resident:
        raise NotBorn(resident=name)


class NoSuchDispute(Refused):
    code = "no_such_dispute"
    sentence = _("The objection %(dispute)s was never accepted.")


class Disputes(dict[str, Dispute]):
    """The disputes by name. One whose objection was refused, or is still to come, is refused like anything else."""

    def __missing__(self, name: str) -> Dispute:
        raise NoSuchDispute(dispute=name)


@dataclass
class Stage:
    """Who and what the story speaks of, by the names it uses."""

    author: User
    approver: User
    residents: People = field(default_factory=People)
    programmes: dict[str, Programme] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    disputes: Disputes = field(default_factory=Disputes)


Act = Callable[[Stage, EventLine, Stamp], None]
