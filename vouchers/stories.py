"""What happened to people and their vouchers, as whole sentences made from the facts as known now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Residence, Resident
from accounts.words import day_in_words, in_words, joined, yuan_in_figures
from ledger.models import Transfer
from vouchers import events
from vouchers.models import EndReason, Funding, Move, Provider, Voucher
from vouchers.models.moves import MoveQuerySet

#: On one day, a move comes before what the vouchers were used for, and an end after it.
MOVED, USED, ENDED = range(3)


@dataclass(frozen=True, kw_only=True)
class Line:
    """What happened on ``day``; ``order`` and ``number`` put the lines of one day in order."""

    day: date
    order: int
    number: int
    text: str


@dataclass(frozen=True)
class Teller:
    """Tells about ``resident``: to the person, who is addressed (``own``), or to somebody else, by name."""

    resident: Resident
    own: bool
    today: date

    def story_of(self, voucher: Voucher) -> list[Line]:
        """Tell one voucher's story, newest first. Needs its programme and ending."""
        rows = _value_rows([voucher])
        lines = [*self._value_lines(rows, vouchers=[voucher]), *self._end_lines([voucher])]
        spends = [row for row in rows if row.event == events.REDEEM.code and not hasattr(row, "reversed_by")]
        for move in self._moves_of(voucher, issue=rows[0]):
            left = voucher.amount_fen - sum(row.fen for row in spends if row.occurred_on < move.effective_on)
            lines.append(self._move_line(move, consequence=self._moved_along(voucher, move=move, left_fen=left)))
        return _newest_first(lines)

    def life(self, vouchers: Sequence[Voucher]) -> list[Line]:
        """Tell where the person lived and what was issued and used, newest first."""
        lines = [*self._value_lines(_value_rows(vouchers), vouchers=vouchers), *self._end_lines(vouchers)]
        lines += [self._move_line(move) for move in with_places(Move.objects.filter(resident=self.resident))]
        lines += self._first_residence()
        return _newest_first(lines)

    def what_a_move_means(self, move: Move, *, vouchers: Sequence[Voucher]) -> str:
        """Tell what the last or the next move changes for the vouchers in hand."""
        if move.effective_on > self.today:
            means = (
                _("Your vouchers will move with you, with all that is left on them.")
                if self.own
                else _("The vouchers will move along, with all that is left on them.")
            )
            here = False
        else:
            means = (
                _("Your vouchers moved with you, and what is left on them is the same.")
                if self.own
                else _("The vouchers moved along, and what is left on them is the same.")
            )
            here = any(voucher.payer == move.destination_id for voucher in vouchers)
        pays = _("From this day on %(payer)s pays.") % {"payer": in_words(move.destination)}
        on = _("%(day)s:") % {"day": day_in_words(move.effective_on)}
        return joined(on, self._moved(move), means, pays if here else "")

    def _first_residence(self) -> list[Line]:
        first = Residence.objects.current().filter(resident=self.resident).order_by("start")[:1]
        told = (
            _("You were registered as living in %(district)s.")
            if self.own
            else _("%(name)s was registered as living in %(district)s.")
        )
        return [
            Line(
                day=spell.start,
                order=MOVED,
                number=0,
                text=told % {"name": self.resident.name, "district": in_words(spell.district)},
            )
            for spell in first.select_related("district__authority")
        ]

    def _moves_of(self, voucher: Voucher, *, issue: Transfer) -> list[Move]:
        """Return the moves that the voucher lived through, annulled ones included."""
        moves = Move.objects.filter(resident=self.resident, effective_on__lt=voucher.ended_on or voucher.valid_until)
        later = Q(effective_on__gt=voucher.issued_on) | Q(recorded_at__gt=issue.recorded_at)
        return list(with_places(moves.filter(later)))

    def _move_line(self, move: Move, *, consequence: str = "") -> Line:
        late = move.booked_on > move.effective_on
        if over := move.over:
            text = _("A move to %(destination)s was recorded for this day and taken back on %(day)s. Nothing changed.")
            sentences = [text % {"destination": in_words(move.destination), "day": day_in_words(over.booked_on)}]
        else:
            recorded = _("It was recorded on %(day)s and counts from its own day all the same.")
            sentences = [
                self._moved(move),
                consequence,
                recorded % {"day": day_in_words(move.booked_on)} if late else "",
            ]
        return Line(day=move.effective_on, order=MOVED, number=move.pk, text=joined(*sentences))

    def _moved(self, move: Move) -> str:
        if move.effective_on > self.today:
            text = (
                _("You will move from %(origin)s to %(destination)s.")
                if self.own
                else _("%(name)s will move from %(origin)s to %(destination)s.")
            )
        else:
            text = (
                _("You moved from %(origin)s to %(destination)s.")
                if self.own
                else _("%(name)s moved from %(origin)s to %(destination)s.")
            )
        places = {"origin": in_words(move.origin), "destination": in_words(move.destination)}
        return text % {"name": self.resident.name, **places}

    def _moved_along(self, voucher: Voucher, *, move: Move, left_fen: int) -> str:
        if move.effective_on > self.today:
            along = (
                _("Your voucher will move with you, with all that is left on it.")
                if self.own
                else _("The voucher will move along, with all that is left on it.")
            )
        else:
            along = (
                _("Your voucher moved with you: %(left)s yuan were left.")
                if self.own
                else _("The voucher moved along: %(left)s yuan were left.")
            )
        rest = _("You need do nothing.") if self.own else _("Nothing has to be applied for.")
        payer = payer_after(move, funded_by=voucher.programme.funded_by)
        return joined(along % {"left": yuan_in_figures(left_fen)}, payer, rest)

    def _value_lines(self, rows: Iterable[Transfer], *, vouchers: Sequence[Voucher]) -> list[Line]:
        rows, of = list(rows), {voucher.pk: voucher for voucher in vouchers}
        codes = {row.credit.party for row in rows} | {row.debit.party for row in rows}
        known = Provider.objects.filter(code__in=codes).select_related("district__authority")
        providers = {provider.code: provider for provider in known}
        told = {events.ISSUE.code: _issued, events.REDEEM.code: _redeemed, events.REVERSE.code: _reversed}
        return [
            Line(
                day=row.occurred_on,
                order=USED,
                number=row.pk,
                text=told[row.event](row, of[row.subject or 0], providers),
            )
            for row in rows
        ]

    def _end_lines(self, vouchers: Iterable[Voucher]) -> list[Line]:
        return [
            Line(day=voucher.ended_on, order=ENDED, number=voucher.pk, text=_ended(voucher))
            for voucher in vouchers
            if voucher.ended_on
        ]


def payer_after(move: Move, *, funded_by: str) -> str:
    """Say who pays for a voucher after a move. Needs the pools of both districts; nobody pays outside the area."""
    origin, destination = move.origin, move.destination
    if destination is None:
        return ""
    if funded_by == Funding.POOL and origin is not None and origin.pool_id == destination.pool_id:
        return _("%(payer)s goes on paying for it.") % {"payer": in_words(destination.pool)}
    payer = destination.pool if funded_by == Funding.POOL else destination.authority
    return _("From this day on %(payer)s pays for it.") % {"payer": in_words(payer)}


def _value_rows(vouchers: Iterable[Voucher]) -> list[Transfer]:
    """Return the rows that issued, used and gave back value, in the order of booking."""
    rows = Transfer.objects.filter(
        subject__in=[voucher.pk for voucher in vouchers],
        event__in=[event.code for event in (events.ISSUE, events.REDEEM, events.REVERSE)],
    )
    return list(rows.select_related("debit__authority", "credit", "reversed_by", "reverses").order_by("pk"))


def with_places(moves: MoveQuerySet) -> MoveQuerySet:
    """Have each move carry what a sentence about it needs."""
    rows = moves.select_related("origin__authority", "origin__pool", "destination__authority", "destination__pool")
    return rows.with_steps()


def _issued(row: Transfer, voucher: Voucher, providers: dict[str, Provider]) -> str:
    text = _("%(programme)s was issued: %(amount)s yuan, to use from %(first)s to %(last)s.")
    return text % {
        "programme": in_words(voucher.programme),
        "amount": yuan_in_figures(row.fen),
        "first": day_in_words(voucher.valid_from),
        "last": day_in_words(voucher.valid_until - timedelta(days=1)),
    }


def _redeemed(row: Transfer, voucher: Voucher, providers: dict[str, Provider]) -> str:
    provider = providers[row.credit.party]
    used = _("%(amount)s yuan of %(programme)s were used at %(place)s.")
    late = _("This was recorded on %(day)s.") % {"day": day_in_words(row.booked_on)}
    elsewhere = _("%(payer)s pays for it.") % {"payer": in_words(row.debit.authority)}
    return joined(
        used
        % {
            "amount": yuan_in_figures(row.fen),
            "programme": in_words(voucher.programme),
            "place": _place(provider),
        },
        "" if row.debit.authority_id in (provider.district_id, provider.district.pool_id) else elsewhere,
        late if row.booked_on > row.occurred_on else "",
        _("It was taken back later.") if hasattr(row, "reversed_by") else "",
    )


def _reversed(row: Transfer, voucher: Voucher, providers: dict[str, Provider]) -> str:
    assert row.reverses is not None
    text = _("%(amount)s yuan of %(programme)s, used at %(place)s on %(day)s, were given back.")
    back = text % {
        "amount": yuan_in_figures(row.fen),
        "place": _place(providers[row.debit.party]),
        "day": day_in_words(row.reverses.occurred_on),
        "programme": in_words(voucher.programme),
    }
    ended = voucher.ended_on is not None and voucher.ended_on <= row.occurred_on
    return joined(back, _("It had ended, so the money went back to those who pay for it.") if ended else "")


def _place(provider: Provider) -> str:
    """Name a provider and its district, once where the provider's own name begins with the district's."""
    name, district = in_words(provider), in_words(provider.district)
    return (
        name
        if name.startswith(district)
        else _("%(provider)s in %(district)s") % {"provider": name, "district": district}
    )


def _ended(voucher: Voucher) -> str:
    text = (
        _("%(programme)s was revoked and cannot be used any more.")
        if voucher.end_reason == EndReason.REVOKED
        else _("%(programme)s expired and cannot be used any more.")
    )
    unused = _("%(amount)s yuan were not used and went back to those who pay for it.")
    return joined(
        text % {"programme": in_words(voucher.programme)},
        unused % {"amount": yuan_in_figures(voucher.returned_fen)} if voucher.returned_fen else "",
    )


def _newest_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=attrgetter("day", "order", "number"), reverse=True)
