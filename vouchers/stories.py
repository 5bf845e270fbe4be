"""What happened to people and their vouchers, as whole sentences made from the facts as known now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import SUSPENSE, DistrictMerger, Residence, Resident
from accounts.words import day_in_words, in_words, joined, yuan_in_figures
from ledger.models import Transfer
from vouchers import events, move_words
from vouchers.along_words import Along
from vouchers.models import Move, Provider, Voucher
from vouchers.models.moves import MoveQuerySet
from vouchers.move_words import Voice
from vouchers.share_words import authority_in_words

#: On one day, a move comes before what the vouchers were used for, and an end after it.
MOVED, USED, ENDED = range(3)


@dataclass(frozen=True, kw_only=True)
class Line:
    """What happened on ``day``; ``order`` and ``number`` put the lines of one day in order.

    ``objection`` tells the person what to do if it is wrong, and ``move`` is the id of the move that it is about.
    """

    day: date
    order: int
    number: int
    text: str
    objection: str = ""
    move: int | None = None


@dataclass(frozen=True)
class Teller:
    """Tells about ``resident``: to the person, who is addressed (``own``), or to somebody else, by name."""

    resident: Resident
    own: bool
    today: date

    @property
    def voice(self) -> Voice:
        return Voice(self.resident.name, self.own, self.today)

    def story_of(self, voucher: Voucher) -> list[Line]:
        """Tell one voucher's story, newest first. Needs its programme and ending."""
        rows = _value_rows([voucher])
        lines = [*self._value_lines(rows, vouchers=[voucher]), *self._end_lines([voucher])]
        spends = [row for row in rows if row.event == events.REDEEM.code and not hasattr(row, "reversed_by")]
        if moves := self._moves_of(voucher, issue=rows[0]):
            along = Along.of(voucher, voice=self.voice)

            def told(move: Move) -> str:
                used_before = sum(row.fen for row in spends if row.occurred_on < move.effective_on)
                return along.told(move, left_fen=voucher.amount_fen - used_before)

            lines += self._move_lines(moves, consequence=told)
        lines += [line for line in self._merger_lines() if voucher.issued_on < line.day < _end_of(voucher)]
        return _newest_first(lines)

    def life(self, vouchers: Sequence[Voucher]) -> list[Line]:
        """Tell where the person lived and what was issued and used, newest first."""
        lines = [*self._value_lines(_value_rows(vouchers), vouchers=vouchers), *self._end_lines(vouchers)]
        moves = with_places(Move.objects.filter(resident=self.resident))
        lines += self._move_lines(list(moves), consequence=move_words.answer)
        lines += [*self._first_residence(), *self._merger_lines()]
        return _newest_first(lines)

    def what_a_move_means(self, move: Move, *, vouchers: Sequence[Voucher]) -> str:
        """Tell what the last or the next move changes for the vouchers in hand."""
        means, payer = self._kept(move), ""
        if move.destination is None:
            means = ""
        elif move.effective_on <= self.today:
            if any(voucher.payer == SUSPENSE for voucher in vouchers):
                payer = self._city_meanwhile()
            elif any(voucher.payer == move.destination_id for voucher in vouchers):
                payer = _("From this day on %(payer)s pays.") % {"payer": in_words(move.destination)}
        return joined(move_words.moved(move, voice=self.voice), means, move_words.answer(move), payer)

    def _kept(self, move: Move) -> str:
        """Say that all that is left is kept, now or when the time comes."""
        if move.effective_on > self.today:
            return (
                _("Your vouchers will move with you, with all that is left on them.")
                if self.own
                else _("The vouchers will move along, with all that is left on them.")
            )
        return (
            _("Your vouchers moved with you, and what is left on them is the same.")
            if self.own
            else _("The vouchers moved along, and what is left on them is the same.")
        )

    def _city_meanwhile(self) -> str:
        return (
            _("Meanwhile the city pays, and you can use your vouchers as before.")
            if self.own
            else _("Meanwhile the city pays, and the vouchers can be used as before.")
        )

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
                text=told % {"name": self.resident.name, "district": move_words.place(spell.district)},
            )
            for spell in first.select_related("district__authority", "district__merger__successor__authority")
        ]

    def _merger_lines(self) -> list[Line]:
        """Tell of the districts that became part of another while the person lived there."""
        lived = Residence.objects.current().filter(resident=self.resident, district__merger__isnull=False)
        told = (
            _("On %(day)s %(old)s became part of %(new)s. Your vouchers hold as before, and you need do nothing.")
            if self.own
            else _("On %(day)s %(old)s became part of %(new)s. Nothing else changed for %(name)s.")
        )
        return [
            Line(
                day=merger.day,
                order=MOVED,
                number=0,
                text=told
                % {
                    "day": day_in_words(merger.day),
                    "old": in_words(merger.predecessor),
                    "new": in_words(merger.successor),
                    "name": self.resident.name,
                },
            )
            for merger in DistrictMerger.objects.filter(
                predecessor__in=lived.filter(end=F("district__merger__day")).values("district"),
                day__lte=self.today,
            ).select_related("predecessor__authority", "successor__authority")
        ]

    def _moves_of(self, voucher: Voucher, *, issue: Transfer) -> list[Move]:
        """Return the moves that the voucher lived through, those that count no longer included."""
        moves = Move.objects.filter(resident=self.resident, effective_on__lt=_end_of(voucher))
        later = Q(effective_on__gt=voucher.issued_on) | Q(recorded_at__gt=issue.recorded_at)
        return list(with_places(moves.filter(later)))

    def _move_lines(self, moves: Sequence[Move], *, consequence: Callable[[Move], str]) -> list[Line]:
        """Tell moves, the last first; to an open one and to the last that stands the person may object."""
        standing = [move for move in moves if move.over is None]
        objectionable = {move.pk for move in standing if move.is_open} | {move.pk for move in standing[:1]}
        return [
            Line(
                day=move.effective_on,
                order=MOVED,
                number=move.pk,
                text=move_words.over(move) if move.over else self._standing(move, consequence=consequence(move)),
                objection=move_words.objection(move) if self.own and move.pk in objectionable else "",
                move=move.pk,
            )
            for move in moves
        ]

    def _standing(self, move: Move, *, consequence: str) -> str:
        return joined(move_words.moved(move, voice=self.voice), move_words.circumstances(move), consequence)

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


def _value_rows(vouchers: Iterable[Voucher]) -> list[Transfer]:
    """Return the rows that issued, used and gave back value, in the order of booking."""
    rows = Transfer.objects.filter(
        subject__in=[voucher.pk for voucher in vouchers],
        event__in=[event.code for event in (events.ISSUE, events.REDEEM, events.REVERSE)],
    )
    return list(rows.select_related("debit__authority", "credit", "reversed_by", "reverses").order_by("pk"))


def with_places(moves: MoveQuerySet) -> MoveQuerySet:
    """Have each move carry what a sentence about it needs; ``along`` is how many others of the household there are."""
    names = [f"{district}__{name}" for district in DISTRICTS_OF_A_MOVE for name in NAMES_OF_A_DISTRICT]
    household = Move.objects.filter(together_with=OuterRef("leader")).order_by().values("together_with")
    rows = moves.select_related("origin__pool", "destination__pool", *names)
    return rows.annotate(
        leader=Coalesce("together_with_id", "pk"),
        along=Coalesce(Subquery(household.annotate(number=Count("pk")).values("number")), 0),
    ).with_steps()


DISTRICTS_OF_A_MOVE = ("origin", "destination", "corrects__destination", "corrected_by__destination")
#: Its own, and those of the district that it is part of by now.
NAMES_OF_A_DISTRICT = ("authority", "merger__successor__authority")


def _end_of(voucher: Voucher) -> date:
    return voucher.ended_on or voucher.valid_until


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
    elsewhere = _("%(payer)s pays for it.") % {"payer": authority_in_words(row.debit.authority)}
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


#: By why a voucher ended.
ENDINGS: Mapping[str, str | Promise] = {
    "expired": gettext_lazy("%(programme)s expired and cannot be used any more."),
    "revoked": gettext_lazy("%(programme)s was revoked and cannot be used any more."),
    "died": gettext_lazy("%(programme)s ended with the life of its holder."),
    "left": gettext_lazy("%(programme)s ended, as its holder lives outside the area from this day on."),
    "merged": gettext_lazy("%(programme)s ended, as its holder had been registered twice and holds another one."),
}


def _ended(voucher: Voucher) -> str:
    unused = _("%(amount)s yuan were not used and went back to those who pay for it.")
    return joined(
        str(ENDINGS[voucher.status]) % {"programme": in_words(voucher.programme)},
        unused % {"amount": yuan_in_figures(voucher.returned_fen)} if voucher.returned_fen else "",
    )


def _newest_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=attrgetter("day", "order", "number"), reverse=True)
