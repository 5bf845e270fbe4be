"""What a move means for one voucher: what was left, who pays, who bears what, and that there is nothing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts import selectors as places
from accounts.models import Authority, District
from accounts.selectors import Funders
from accounts.words import in_words, joined, yuan_in_figures
from ledger.selectors import authorities_by_code
from vouchers import move_words
from vouchers.explaining import Term, explain
from vouchers.models import CostRule, Funding, Move, Voucher
from vouchers.move_words import Voice, place
from vouchers.services.planning import entitlement_of, funding_spells, spends_of
from vouchers.share_words import shared_at


@dataclass(frozen=True, kw_only=True)
class Along:
    """Tells how ``voucher`` went along with moves of its holder; ``terms`` are those of today's plan."""

    voucher: Voucher
    voice: Voice
    funders: Funders
    terms: Sequence[Term]
    names: Mapping[str, Authority]

    @classmethod
    def of(cls, voucher: Voucher, *, voice: Voice) -> Along:
        """Read what is needed. The voucher needs its programme and ending."""
        programme, funders = voucher.programme, places.funders()
        homes = places.homes_by_resident([voucher.resident_id])[voucher.resident_id]
        by_use = programme.cost_rule == CostRule.BY_USE
        return cls(
            voucher=voucher,
            voice=voice,
            funders=funders,
            terms=explain(
                entitlement=entitlement_of(voucher),
                spells=funding_spells(homes, programme=programme, funders=funders),
                spends=spends_of([voucher])[voucher.pk] if by_use else (),
                as_of=voice.today,
            ),
            names=authorities_by_code(),
        )

    def told(self, move: Move, *, left_fen: int) -> str:
        """Say what a move that stands means for the voucher, on which ``left_fen`` were left that day."""
        if move.destination is None:
            return joined(self._leaving(move), move_words.answer(move))
        answer, payer = move_words.answer(move), self._payer(move)
        if move.effective_on > self.voice.today:
            return joined(self._will_move(), payer, answer, self._nothing_to_do())
        if move.is_open:
            return joined(self._moved(left_fen), answer, payer, self._nothing_to_do())
        shared = shared_at(move.effective_on, terms=self.terms, names=self.names)
        return joined(self._moved(left_fen), payer, shared, answer, self._nothing_to_do())

    def _leaving(self, move: Move) -> str:
        if move.effective_on <= self.voice.today:
            return ""
        return _("The voucher can be used until then; what is left on it goes back to those who pay for it.")

    def _will_move(self) -> str:
        return (
            _("Your voucher will move with you, with all that is left on it.")
            if self.voice.own
            else _("The voucher will move along, with all that is left on it.")
        )

    def _moved(self, left_fen: int) -> str:
        along = (
            _("Your voucher moved with you: %(left)s yuan were left.")
            if self.voice.own
            else _("The voucher moved along: %(left)s yuan were left.")
        )
        return along % {"left": yuan_in_figures(left_fen)}

    def _payer(self, move: Move) -> str:
        """Say who pays from the move on: the one before, the city while nobody has agreed, or the one moved to."""
        origin, destination = move.origin, move.destination
        assert destination is not None
        if origin is not None and self._funds(origin) == self._funds(destination):
            return _("%(payer)s goes on paying for it.") % {"payer": self._name(destination)}
        if not move.is_open:
            return _("From this day on %(payer)s pays for it.") % {"payer": self._name(destination)}
        if move.effective_on > self.voice.today:
            return ""
        return (
            _("Meanwhile the city pays, and you can use your voucher as before.")
            if self.voice.own
            else _("Meanwhile the city pays, and the voucher can be used as before.")
        )

    def _nothing_to_do(self) -> str:
        return _("You need do nothing.") if self.voice.own else _("Nothing has to be applied for.")

    def _funds(self, district: District) -> str:
        return self.voucher.programme.funding_authority(district.code, funders=self.funders)

    def _name(self, district: District) -> str:
        """Name the payer as it was called then, and what it is part of today."""
        pooled = self.voucher.programme.funded_by == Funding.POOL
        return in_words(self.names[self._funds(district)]) if pooled else place(district)
