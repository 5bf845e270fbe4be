"""What a resident and the resident's wards have, today: the questions behind the wallet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, IntegerField, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Resident, User
from accounts.selectors import kept_entry, with_present_district
from vouchers.models import EndReason, Move, Programme, Provider, Voucher
from vouchers.models.providers import ProviderQuerySet
from vouchers.models.vouchers import VoucherQuerySet
from vouchers.stories import Teller, with_places


class State(NamedTuple):
    """What a voucher is good for on a day, as a code and a word."""

    code: str
    label: str | Promise


NOT_YET = State("waiting", _("Not valid yet"))
ACTIVE = State("active", _("Active"))
USED_UP = State("used", _("Used up"))
EXPIRED = State("expired", _("Expired"))
REVOKED = State("revoked", _("Revoked"))
#: By why a voucher ended before its time.
CUT_SHORT = {
    EndReason.REVOKED: REVOKED,
    **{reason: State(reason.value, reason.label) for reason in (EndReason.DIED, EndReason.LEFT, EndReason.MERGED)},
}


def state_on(day: date, *, voucher: Voucher) -> State:
    """Return the state as its holder sees it: late claims may come in after the last day, new uses may not."""
    if voucher.cut_on:
        return CUT_SHORT[EndReason(voucher.status)]
    if voucher.end_reason or day >= voucher.valid_until:
        return EXPIRED
    if not voucher.remaining_fen:
        return USED_UP
    return NOT_YET if day < voucher.valid_from else ACTIVE


@dataclass(frozen=True, kw_only=True)
class Card:
    """One voucher, and at how many places it can be used: in the holder's own district, and in all."""

    voucher: Voucher
    state: State
    places_here: int
    places: int

    @property
    def is_over(self) -> bool:
        return self.state in (EXPIRED, *CUT_SHORT.values())

    @property
    def is_usable(self) -> bool:
        return self.state == ACTIVE


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One person of a wallet: the owner, or a ward. ``moves`` stand, and are in the order they take effect."""

    resident: Resident
    own: bool
    today: date
    district: District | None
    cards: Sequence[Card]
    moves: Sequence[Move]

    @property
    def current(self) -> list[Card]:
        return [card for card in self.cards if not card.is_over]

    @property
    def over(self) -> list[Card]:
        return [card for card in self.cards if card.is_over]

    @property
    def usable(self) -> list[Card]:
        return [card for card in self.cards if card.is_usable]

    @property
    def open_moves(self) -> list[Move]:
        return [move for move in self.moves if move.is_open]

    @property
    def news(self) -> list[str]:
        """What the last move changed and the next one will, for the vouchers in hand."""
        vouchers = [card.voucher for card in self.current]
        since = min((voucher.valid_from for voucher in vouchers), default=self.today)
        begun = [move for move in self.moves if since < move.effective_on <= self.today]
        ahead = [move for move in self.moves if move.effective_on > self.today]
        teller = Teller(self.resident, self.own, self.today)
        return [teller.what_a_move_means(move, vouchers=vouchers) for move in begun[-1:] + ahead[:1] if vouchers]


def holders_of(user: User, *, day: date) -> list[Holder]:
    """Return the people whose vouchers this user holds, the owner first; of merged entries the one that stands."""
    entries = list(with_present_district(Resident.objects.visible_to(user).with_merge(), day=day))
    own = next((entry for entry in entries if entry.pk == user.resident_id), None)
    owner = kept_entry(own) if own and own.is_merged else own
    people = [entry for entry in entries if not entry.is_merged]
    people.sort(key=lambda person: (person != owner, person.pk))
    district_of = {person.pk: person.here[0].district for person in people if person.here}  # type: ignore[attr-defined]
    vouchers = with_details(Voucher.objects.visible_to(user)).order_by("valid_from", "programme__sector", "pk")
    cards = cards_by_resident(vouchers, district_of=district_of, day=day)
    moves: dict[int, list[Move]] = defaultdict(list)
    for move in with_places(Move.objects.visible_to(user).standing()).order_by("effective_on", "pk"):
        moves[move.resident_id].append(move)
    return [
        Holder(
            resident=person,
            own=person == owner,
            today=day,
            district=district_of.get(person.pk),
            cards=cards[person.pk],
            moves=moves[person.pk],
        )
        for person in people
    ]


def with_details(vouchers: VoucherQuerySet) -> VoucherQuerySet:
    """Have each voucher carry what a page about it needs."""
    return vouchers.select_related("programme", "resident", "holder__authority", "ending")


def cards_by_resident(
    vouchers: Iterable[Voucher], *, district_of: Mapping[int, District], day: date
) -> dict[int, list[Card]]:
    """Return a card for each voucher, by resident id."""
    rows = list(vouchers)
    numbers = _places({row.programme_id for row in rows})
    cards: dict[int, list[Card]] = defaultdict(list)
    for row in rows:
        here = district_of.get(row.resident_id)
        by_district = numbers[row.programme_id]
        card = Card(
            voucher=row,
            state=state_on(day, voucher=row),
            places_here=by_district.get(here.code, 0) if here else 0,
            places=sum(by_district.values()),
        )
        cards[row.resident_id].append(card)
    return cards


def places_to_use(programme: Programme, *, near: District | None) -> ProviderQuerySet:
    """Return every provider accredited for ``programme``, those of the district ``near`` first."""
    rows = Provider.objects.filter(programmes=programme).select_related("district__authority")
    far = Case(When(district=near, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(far, "district", "kind", "code")


def _places(programme_ids: set[int]) -> dict[int, dict[str, int]]:
    """Return the number of accredited providers by programme and district."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Provider.objects.filter(programmes__in=programme_ids).order_by().values_list("programmes", "district")
    for programme_id, district_code, number in rows.annotate(number=Count("pk")):
        found[programme_id][district_code] = number
    return found
