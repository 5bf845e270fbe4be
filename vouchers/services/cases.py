"""Moves as cases: asked for, agreed to or argued about, put right. Whatever is decided, benefits never stop.

Every act appends a step, tells again where the people of the case lived, and posts only the difference. None of them is
stopped by a later act of another district: what came later is planned again along with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.bulk import among
from accounts.models import Authority, Resident, Role, User
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from vouchers import cases
from vouchers.cases import Party, Step
from vouchers.models import Move, StepKind
from vouchers.models.moves import MoveQuerySet
from vouchers.services.facts import Facts
from vouchers.services.histories import retell
from vouchers.services.moving import MoveOrder, record, take
from vouchers.services.planning import Cause


class CaseOpen(Refused):
    code = "case_open"
    sentence = _(
        "Another move of %(resident)s, to %(district)s from %(day)s on, is still open. Wait until it is decided, "
        "or have it withdrawn or corrected."
    )

    @classmethod
    def about(cls, other: Move) -> CaseOpen:
        """Name the case that is open."""
        return cls(resident=other.resident.name, district=other.destination, day=other.effective_on, case=other.pk)


class StepNotPossible(Refused):
    code = "step_not_possible"
    sentence = _("This move is not waiting for that any more. It is: %(state)s. Nothing was changed.")


class NotYours(Refused):
    code = "not_yours"
    sentence = _("This step is for somebody else to take: %(who)s.")


class NoOpenCase(Refused):
    code = "no_open_case"
    sentence = _("No move of %(resident)s is waiting for a decision.")


class NoSuchMove(Refused):
    code = "no_such_move"
    sentence = _("No move of %(resident)s that counts takes effect on %(day)s.")


PARTY_NAMES = {
    Party.REQUESTER: _("whoever reported the move"),
    Party.RECEIVING: _("the district moved to"),
    Party.RELEASING: _("the district moved from"),
    Party.CITY: _("the city"),
    Party.CLOCK: _("the service itself, when the time is over"),
}


@transaction.atomic
def request(*, orders: Sequence[MoveOrder], stamp: Stamp, confirmed: bool = False) -> Move:
    """Open one case for the people of a household, whoever is named twice once, and return its first move.

    ``confirmed`` when whoever stamps it speaks for the receiving district; else that district is asked. Raises
    NotAMember, SameDistrict, BeforeFirstResidence, DayTaken, TooFarAhead or CaseOpen.
    """
    orders = list({order.resident.pk: order for order in orders}.values())
    lock_residents([order.resident.pk for order in orders])
    refuse_open([order.resident.pk for order in orders])
    facts = Facts([order.resident.pk for order in orders])
    for order in orders:
        facts.check(order, today=stamp.booked_on)
    origins = {order.resident.pk: facts.home(order) for order in orders}
    moves = record(orders, origins=origins, step=first_step(confirmed=confirmed), household=True, stamp=stamp)
    causes = {key: Cause(f"move:{row.pk}", row.effective_on) for key, row in moves.items()}
    retell(resident_ids=list(moves), cause=lambda voucher: causes[voucher.resident_id], stamp=stamp)
    return moves[orders[0].resident.pk]


@transaction.atomic
def act(*, move: Move, step: Step, stamp: Stamp, parties: Collection[Party], note: str = "") -> None:
    """Take a step on behalf of ``parties`` for everybody of the case. Raises StepNotPossible or NotYours.

    Correcting is no such step: a move gives way only to another in its place, by ``correct``.
    """
    members = _locked_case(move)
    if step is Step.CORRECTED:
        raise StepNotPossible(state=StepKind(members[0].state).label)
    for row in members:
        refuse_step(row, step, parties=parties)
    take(step, moves=members, note=note, stamp=stamp)


@transaction.atomic
def correct(
    *,
    move: Move,
    stamp: Stamp,
    parties: Collection[Party],
    to: str | None = None,
    effective_on: date | None = None,
    note: str = "",
    confirmed: bool = True,
) -> Move:
    """Put another move in the place of one that stands, also of one that is not the last.

    Raises StepNotPossible or NotYours, and whatever ``request`` raises but CaseOpen.
    """
    members = _locked_case(move)
    for row in members:
        refuse_step(row, Step.CORRECTED, parties=parties)
    orders = replacing(members, to=to, effective_on=effective_on, note=note)
    if not confirmed:
        refuse_open([row.resident_id for row in members], but=[row.pk for row in members])
    facts = Facts([row.resident_id for row in members], without=[row.pk for row in members])
    for order in orders:
        facts.check(order, today=stamp.booked_on)
    moves = record(
        orders,
        origins={order.resident.pk: facts.home(order) for order in orders},
        corrects={row.resident_id: row for row in members},
        step=first_step(confirmed=confirmed),
        household=True,
        stamp=stamp,
    )
    take(Step.CORRECTED, moves=members, note=note, stamp=stamp)
    return moves[move.resident_id]


def replacing(members: Sequence[Move], *, to: str | None, effective_on: date | None, note: str = "") -> list[MoveOrder]:
    """Return the moves that stand in the place of those of a case; what is not given stays as it was."""
    return [
        MoveOrder(
            resident=row.resident,
            to=(row.destination_id or "") if to is None else to,
            effective_on=effective_on or row.effective_on,
            channel=row.channel,
            note=note,
        )
        for row in members
    ]


def standing_on(*, resident: Resident, day: date) -> Move:
    """Return the move of ``resident`` that stands and takes effect on ``day``. Raises NoSuchMove."""
    found = Move.objects.standing().filter(resident=resident, effective_on=day).first()
    if found is None:
        raise NoSuchMove(resident=resident.name, day=day)
    return found


def open_case(resident: Resident) -> Move | None:
    """Return the case of ``resident`` that nobody has agreed to yet."""
    return Move.objects.open().filter(resident=resident).first()


def time_out(*, moves: Sequence[Move], stamp: Stamp) -> None:
    """Take silence for agreement: the clocks of these requests ran out. Those decided meanwhile are left alone."""
    lock_residents([row.resident_id for row in moves])
    waiting = Move.objects.waiting().filter(pk__in=among([row.pk for row in moves]))
    take(Step.TIMED_OUT, moves=list(waiting), stamp=stamp)


def parties_of(user: User | None, *, move: Move) -> frozenset[Party]:
    """Return whom ``user`` speaks for in a case."""
    if user is None:
        return frozenset({Party.CLOCK})
    parties = set()
    people = Resident.objects.visible_to(user) if user.role == Role.RESIDENT else Resident.objects.none()
    if user == move.recorded_by or people.filter(pk=move.resident_id).exists():
        parties.add(Party.REQUESTER)
    if user.is_city_administrator:
        parties.add(Party.CITY)
    own = set(places.districts_administered_by(user).values_list("pk", flat=True))
    if user.is_city_administrator or move.destination_id in own:
        parties.add(Party.RECEIVING)
    if user.is_city_administrator or move.origin_id in own:
        parties.add(Party.RELEASING)
    return frozenset(parties)


def first_step(*, confirmed: bool) -> Step:
    """Return the step that opens a case. What nobody has confirmed yet, the city bears."""
    if not confirmed:
        known = places.suspense()
        names = {"name_zh": known.name_zh, "name_en": known.name_en}
        Authority.objects.get_or_create(code=known.code, defaults=names)
    return Step.CONFIRMED if confirmed else Step.REQUESTED


def refuse_open(resident_ids: Collection[int], *, but: Collection[int] = ()) -> None:
    """Raise CaseOpen if one of these people has a case that nobody has agreed to, ``but`` these moves."""
    rows = Move.objects.open().filter(resident_id__in=among(resident_ids)).exclude(pk__in=but)
    if other := rows.select_related("resident", "destination__authority").first():
        raise CaseOpen.about(other)


def members_of(move: Move) -> list[Move]:
    """Return the moves of a case that stand, its first in front; if ``move`` is over, it alone."""
    members = list(_case(move).select_related("resident").with_steps())
    standing = [row for row in members if row.over is None]
    return standing if move in standing else [row for row in members if row == move]


def _locked_case(move: Move) -> list[Move]:
    """Return the moves of a case with everybody locked."""
    lock_residents(list(_case(move).values_list("resident_id", flat=True)))
    return members_of(move)


def _case(move: Move) -> MoveQuerySet:
    return Move.objects.filter(Q(pk=move.leader_id) | Q(together_with=move.leader_id)).order_by("pk")


def refuse_step(row: Move, step: Step, *, parties: Collection[Party]) -> None:
    """Raise StepNotPossible or NotYours unless one of ``parties`` may take ``step`` now."""
    if not cases.may_follow(row.state, step):
        raise StepNotPossible(state=StepKind(row.state).label)
    if not cases.is_allowed(row.state, step, parties=parties):
        who = [str(PARTY_NAMES[party]) for party in Party if party in cases.ALLOWED[row.state][step]]
        raise NotYours(who=", ".join(who))
