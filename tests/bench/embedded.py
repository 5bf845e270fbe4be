"""The embedded form: a redemption and a month on SQLite, which waits for the disk as well."""

from __future__ import annotations

import uuid

from tests.bench import bare, city, settlement
from tests.bench.figures import Figure, calls_within, interleaved
from vouchers.models import CostRule, Programme, Voucher
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.redeeming import redeem

VOUCHERS = 2_000
SECONDS = 3.0
ROUNDS = 5
REDEMPTIONS = 1_000_000


def run() -> list[Figure]:
    """Measure what PostgreSQL is asked for; here nothing is asked."""
    benefit = city.programme("redeem", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(VOUCHERS), offer=Offer.of(benefit), day=city.START, stamp=city.stamp())
    bare.prepare()
    city.analyze()
    one = interleaved(lambda: _redeem(benefit), lambda: bare.insert(0, SECONDS) / SECONDS, rounds=ROUNDS)
    return [
        Figure(
            name="SQLite: redemption, 1 client",
            ours=f"{one.ours:,.0f}/s",
            limit=f"bare INSERT {one.limit:,.0f}/s",
            ratio=one.ratio,
        ),
        settlement.figure(name="SQLite: ", rows=REDEMPTIONS, wanted=None),
    ]


def _redeem(benefit: Programme) -> float:
    vouchers = list(Voucher.objects.filter(programme=benefit).select_related("resident"))
    provider = benefit.accreditations.select_related("provider")[0].provider
    stamp = city.stamp()

    def once(turn: int) -> None:
        redeem(
            resident=vouchers[turn % VOUCHERS].resident,
            programme=benefit,
            provider=provider,
            fen=1,
            day=city.START,
            key=uuid.uuid4().hex,
            stamp=stamp,
        )

    return calls_within(SECONDS, once) / SECONDS
