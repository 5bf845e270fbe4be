"""Moves as administrators report them. Pages and API record through here; stories do not."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.models import Resident
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.models import Move, MoveAnnulment
from vouchers.services.moving import annul_move, move


class NotYourMove(Refused):
    code = "not_your_move"
    sentence = _("This move is neither out of nor into a district you act for. Ask one of the two districts.")


@transaction.atomic
def report_move(*, resident: Resident, to: str, effective_on: date, stamp: Stamp) -> Move:
    """Record a move out of or into a district that whoever stamps it acts for.

    Raises NotYourMove, and whatever ``move`` raises.
    """
    assert stamp.by is not None
    origin = places.spells_by_resident([resident.pk])[resident.pk][-1].district_id
    own = places.districts_administered_by(stamp.by)
    if not stamp.by.is_city_administrator and not own.filter(pk__in={origin, to}).exists():
        raise NotYourMove
    return move(resident=resident, to=to, effective_on=effective_on, stamp=stamp)


@transaction.atomic
def take_back_move(*, resident: Resident, effective_on: date, stamp: Stamp) -> MoveAnnulment:
    """Annul a move out of or into a district that whoever stamps it acts for.

    Raises NotYourMove, and whatever ``annul_move`` raises.
    """
    assert stamp.by is not None
    named = Move.objects.standing().filter(resident=resident, effective_on=effective_on).first()
    if named is not None and not Move.objects.administered_by(stamp.by).filter(pk=named.pk).exists():
        raise NotYourMove
    return annul_move(resident=resident, effective_on=effective_on, stamp=stamp)
