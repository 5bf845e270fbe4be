"""What was known when: any answer as of one day, by what had been booked by the end of another. None of it is stored.

Facts carry the day they happened and the day they were booked. A use that was taken back by then had not happened; of a
voucher that had ended by then nothing remained. Where both days are the same, it is the answer that was given that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.bulk import among
from accounts.models import DistrictMerger, Residence, Resident
from accounts.refusals import Refused
from accounts.selectors import Funders, Home
from ledger.models import Transfer
from vouchers import events
from vouchers.explaining import Term, explain
from vouchers.models import EndReason, LiftedEnd, Voucher, VoucherEnd
from vouchers.models.vouchers import ACTIVE
from vouchers.portability import Entitlement, Spend, window_end
from vouchers.services.planning import funding_spells


class NotKnownYet(Refused):
    code = "not_known_yet"
    sentence = _(
        "Voucher %(number)s was issued on %(issued)s, and that was recorded on %(booked)s. Ask about days since then."
    )


class Times(NamedTuple):
    """The day asked about, and the day whose knowledge, at its end, answers."""

    as_of: date
    known_on: date


class End(NamedTuple):
    """A voucher ended on ``day``."""

    day: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class KnownVoucher:
    """A voucher as of one day, as known on another; amounts in fen.

    ``terms`` are those of the plan: who bears what, in order of time.
    """

    voucher: Voucher
    times: Times
    entitlement: Entitlement
    spent_fen: int
    end: End | None
    terms: Sequence[Term]

    @property
    def amount_fen(self) -> int:
        return self.entitlement.amount_fen

    @property
    def returned_fen(self) -> int:
        return self.entitlement.returned_fen

    @property
    def remaining_fen(self) -> int:
        return self.entitlement.borne_fen - self.spent_fen

    @property
    def status(self) -> str:
        return self.end.reason if self.end else ACTIVE

    @property
    def payer(self) -> str:
        """The code of the authority that owed what remained."""
        return self.terms[-1].authority

    @property
    def costs(self) -> dict[str, int]:
        """What each authority bore, zeros left out."""
        costs: dict[str, int] = defaultdict(int)
        for term in self.terms:
            costs[term.authority] += term.fen
        return {code: fen for code, fen in costs.items() if fen}


def voucher_known(*, voucher: Voucher, times: Times) -> KnownVoucher:
    """Return what was known of one voucher, which needs its programme. Raises NotKnownYet."""
    if known := vouchers_known(vouchers=[voucher], times=times):
        return known[0]
    issue = Transfer.objects.get(subject=voucher.pk, event=events.ISSUE.code)
    raise NotKnownYet(number=voucher.number, issued=issue.occurred_on, booked=issue.booked_on)


def vouchers_known(*, vouchers: Sequence[Voucher], times: Times) -> list[KnownVoucher]:
    """Return what was known of these vouchers; those that were not issued yet, as far as was known, are left out."""
    ids = [voucher.pk for voucher in vouchers]
    homes = places.homes_by_resident({voucher.resident_id for voucher in vouchers}, known_on=times.known_on)
    funders = _funders_known(times.known_on)
    issued, spends, ends = _issued(ids, times=times), _spends(ids, times=times), _ends(ids, times=times)
    return [
        _known(
            voucher,
            times=times,
            homes=homes[voucher.resident_id],
            funders=funders,
            spends=spends[voucher.pk],
            end=ends.get(voucher.pk),
        )
        for voucher in vouchers
        if voucher.pk in issued
    ]


def residences_known(resident: Resident, *, known_on: date) -> list[Residence]:
    """Return the spells that were believed at the end of a day, earliest first, each with its district's names."""
    rows = Residence.objects.known_on(known_on).filter(resident=resident).order_by("start")
    return list(rows.select_related("district__authority"))


def beliefs_of(resident: Resident) -> list[Residence]:
    """Return every spell that was ever believed, in order of the days lived and known, with its district's names."""
    rows = Residence.objects.filter(resident=resident).select_related("district__authority")
    return list(rows.order_by("start", "known_from", "pk"))


def _known(
    voucher: Voucher, *, times: Times, homes: Sequence[Home], funders: Funders, spends: list[Spend], end: End | None
) -> KnownVoucher:
    programme = voucher.programme
    spent_fen = sum(spend.fen for spend in spends)
    cut_on = end.day if end and end.reason != EndReason.EXPIRED else None
    entitlement = Entitlement(
        start=voucher.valid_from,
        end=window_end(start=voucher.valid_from, end=voucher.valid_until, cut_on=cut_on),
        amount_fen=voucher.amount_fen,
        returned_fen=voucher.amount_fen - spent_fen if end else 0,
        cost_rule=programme.cost_rule,
        count_days=programme.count_days,
    )
    spells = funding_spells(homes, programme=programme, funders=funders)
    terms = explain(entitlement=entitlement, spells=spells, spends=spends, as_of=times.as_of)
    return KnownVoucher(
        voucher=voucher, times=times, entitlement=entitlement, spent_fen=spent_fen, end=end, terms=terms
    )


def _funders_known(known_on: date) -> Funders:
    """Return who funds for a district, without the mergers of districts that were booked later."""
    now = places.funders()
    booked = set(DistrictMerger.objects.filter(booked_on__lte=known_on).values_list("predecessor_id", flat=True))
    return replace(now, mergers={code: merger for code, merger in now.mergers.items() if code in booked})


def _issued(voucher_ids: Sequence[int], *, times: Times) -> set[int | None]:
    rows = Transfer.objects.filter(subject__in=among(voucher_ids), event=events.ISSUE.code)
    known = rows.filter(occurred_on__lte=times.as_of, booked_on__lte=times.known_on)
    return set(known.order_by().values_list("subject", flat=True))


def _spends(voucher_ids: Sequence[int], *, times: Times) -> dict[int, list[Spend]]:
    """Return what had been used and not taken back, by voucher."""
    found: dict[int, list[Spend]] = defaultdict(list)
    booked = Transfer.objects.filter(subject__in=among(voucher_ids), booked_on__lte=times.known_on)
    taken_back = booked.filter(event=events.REVERSE.code).order_by().values("reverses")
    used = booked.filter(event=events.REDEEM.code, occurred_on__lte=times.as_of).exclude(pk__in=taken_back)
    for voucher_id, day, fen in used.order_by("pk").values_list("subject", "occurred_on", "fen"):
        found[voucher_id or 0].append(Spend(day, fen))
    return found


def _ends(voucher_ids: Sequence[int], *, times: Times) -> dict[int, End]:
    """Return how vouchers had ended, by voucher; those lifted since were believed until then."""
    ids, known_on = among(voucher_ids), times.known_on
    now = VoucherEnd.objects.filter(voucher__in=ids, booked_on__lte=known_on)
    then = LiftedEnd.objects.filter(voucher__in=ids, ended_booked_on__lte=known_on, booked_on__gt=known_on)
    columns = ("voucher_id", "day", "reason")
    rows = [*now.values_list(*columns), *then.values_list(*columns)]
    return {voucher_id: End(day, reason) for voucher_id, day, reason in rows if day <= times.as_of}
