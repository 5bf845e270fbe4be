"""What stands of where some people lived, and what stands in the way of another move. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.models import District, Residence
from accounts.refusals import Refused
from accounts.residence_history import Reported, Spell
from accounts.selectors import Funders
from vouchers import cases
from vouchers.services.histories import reported_moves, tell
from vouchers.services.lives import Lives
from vouchers.services.moving import MoveOrder, NotAMember, SameDistrict


class DayTaken(Refused):
    code = "day_taken"
    sentence = _(
        "A move of %(resident)s to %(district)s takes effect on %(day)s already. To change it, correct that move."
    )


class BeforeFirstResidence(Refused):
    code = "before_first_residence"
    sentence = _("%(resident)s is known here since %(start)s only, in %(district)s. A move has to be later than that.")


class BeforeBirth(Refused):
    code = "before_birth"
    sentence = _("%(resident)s was born on %(born_on)s. Nothing can have happened before that.")


class AlreadyOutside(Refused):
    code = "already_outside"
    sentence = _("%(resident)s lives outside the participating area on %(day)s already.")


class TooFarAhead(Refused):
    code = "too_far_ahead"
    sentence = _("%(day)s is too far ahead: a move can be reported up to a year before it.")


class Facts:
    """What stands of where some people lived, ``without`` the moves that are to be replaced."""

    def __init__(self, resident_ids: Collection[int], *, without: Collection[int] = ()) -> None:
        self.funders: Funders = places.funders()
        self.known: Mapping[int, Sequence[Residence]] = places.spells_by_resident(resident_ids)
        self.moves: Mapping[int, Sequence[Reported]] = reported_moves(resident_ids, without=without)
        self.ends: Mapping[int, date] = places.ends_of_lives(resident_ids)
        self.lives = Lives(resident_ids)

    def spells(self, resident_id: int, *more: Reported) -> list[Spell]:
        """Return where somebody lived, with ``more`` moves than are known."""
        moves, ended_on = [*self.moves[resident_id], *more], self.ends.get(resident_id)
        return tell(self.known[resident_id], moves, funders=self.funders, ended_on=ended_on)

    def home(self, order: MoveOrder) -> str | None:
        """Return the district where the person would live on the move's day without it; None outside the area."""
        return next((spell.district for spell in self.spells(order.resident.pk) if _covers(spell, order)), None)

    def check(self, order: MoveOrder, *, today: date) -> None:
        """Raise what stands in the way of a move."""
        resident, day = order.resident, order.effective_on
        first = self.known[resident.pk][0]
        if refusal := self.lives.refusal(resident, day=day):
            raise refusal
        if order.to and not self.funders.is_member(order.to, day=day):
            raise NotAMember(district=order.to)
        if day > today + timedelta(days=cases.MOST_DAYS_AHEAD):
            raise TooFarAhead(day=day)
        if resident.born_on and day < resident.born_on:
            raise BeforeBirth(resident=resident.name, born_on=resident.born_on)
        if day <= first.start:
            raise BeforeFirstResidence(resident=resident.name, start=first.start, district=first.district)
        if order.to and self.home(order) == order.to:
            raise SameDistrict(resident=resident.name, district=_district(order.to), day=day)
        if not order.to and self.home(order) is None:
            raise AlreadyOutside(resident=resident.name, day=day)
        if taken := next((known for known in self.moves[resident.pk] if known.day == day), None):
            raise DayTaken(resident=resident.name, district=_district(taken.district), day=day)


def _covers(spell: Spell, order: MoveOrder) -> bool:
    return spell.start <= order.effective_on and (spell.end is None or order.effective_on < spell.end)


def _district(code: str) -> District | str:
    if not code:
        return gettext("outside the participating area")
    return District.objects.select_related("authority").filter(pk=code).first() or code
