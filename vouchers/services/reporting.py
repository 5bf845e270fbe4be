"""Moves as people report them and act on them. Pages and API go through here; stories do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.models import Resident, Role, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.cases import Party, Step
from vouchers.models import Move, MoveChannel
from vouchers.services import cases
from vouchers.services.moving import MoveOrder


class NotYourMove(Refused):
    code = "not_your_move"
    sentence = _("This move is neither out of nor into a district you act for. Ask one of the two districts.")


@transaction.atomic
def report_move(
    *,
    resident: Resident,
    to: str,
    effective_on: date,
    stamp: Stamp,
    note: str = "",
    together: Sequence[Resident] = (),
) -> Move:
    """Open a case for ``resident`` and those who move ``together`` with the person, and return its first move.

    Whoever acts for the district moved to confirms by reporting; otherwise that district is asked. Raises NotYourMove,
    and whatever ``cases.request`` raises.
    """
    user = _author(stamp)
    orders = orders_of(user, people=(resident, *together), to=to, effective_on=effective_on, note=note)
    return cases.request(orders=orders, confirmed=speaks_for(user, district=to), stamp=stamp)


def orders_of(
    user: User, *, people: Sequence[Resident], to: str, effective_on: date, note: str = ""
) -> list[MoveOrder]:
    """Return what ``user`` asks for by reporting a move of these people. Raises NotYourMove."""
    for person in people:
        _refuse_strangers(user, resident=person, to=to)
    channel = MoveChannel.ONLINE if user.role == Role.RESIDENT else MoveChannel.COUNTER
    return [
        MoveOrder(resident=person, to=to, effective_on=effective_on, channel=channel, note=note) for person in people
    ]


@transaction.atomic
def take_step(*, move: Move, step: Step, stamp: Stamp, note: str = "") -> Move:
    """Take a step in a case for whomever the author speaks for. Raises NotYourMove, StepNotPossible or NotYours."""
    cases.act(move=move, step=step, parties=_parties(move, stamp=stamp), note=note, stamp=stamp)
    return move


@transaction.atomic
def correct_move(
    *, move: Move, stamp: Stamp, to: str | None = None, effective_on: date | None = None, note: str = ""
) -> Move:
    """Put another move in the place of one that stands; the district moved to is asked unless the author acts for it.

    A day that is corrected within the same district stays confirmed if it was. Raises what ``cases.correct`` raises.
    """
    return cases.correct(
        move=move,
        to=to,
        effective_on=effective_on,
        note=note,
        parties=_parties(move, stamp=stamp),
        confirmed=is_confirmed_by_correcting(move, to=to, user=_author(stamp)),
        stamp=stamp,
    )


def is_confirmed_by_correcting(move: Move, *, to: str | None, user: User) -> bool:
    """Return whether a correction by ``user`` needs nobody's answer."""
    agreed = not move.is_open and to in (None, move.destination_id)
    return agreed or speaks_for(user, district=to or move.destination_id or "")


@transaction.atomic
def take_back_move(*, resident: Resident, effective_on: date, stamp: Stamp) -> Move:
    """Annul the move of a day, or withdraw it while it is open. Raises NoSuchMove, StepNotPossible or NotYours."""
    move = cases.standing_on(resident=resident, day=effective_on)
    return take_step(move=move, step=Step.WITHDRAWN if move.is_open else Step.ANNULLED, stamp=stamp)


def _author(stamp: Stamp) -> User:
    assert stamp.by is not None
    return stamp.by


def _parties(move: Move, *, stamp: Stamp) -> frozenset[Party]:
    """Return whom the author speaks for. Raises NotYourMove when that is nobody in this case."""
    parties = cases.parties_of(_author(stamp), move=move)
    if not parties:
        raise NotYourMove
    return parties


def speaks_for(user: User, *, district: str) -> bool:
    """Return whether ``user`` acts for this district, and so confirms by reporting."""
    return places.districts_administered_by(user).filter(pk=district).exists()


def _refuse_strangers(user: User, *, resident: Resident, to: str) -> None:
    """Raise NotYourMove unless it is the author's own move, or out of or into a district the author acts for."""
    if user.role == Role.RESIDENT:
        if not Resident.objects.visible_to(user).filter(pk=resident.pk).exists():
            raise NotYourMove
        return
    waiting = cases.open_case(resident)
    left = waiting.origin_id if waiting else None
    origin = places.spells_by_resident([resident.pk])[resident.pk][-1].district_id
    if not places.districts_administered_by(user).filter(pk__in={origin, to, left}).exists():
        raise NotYourMove
