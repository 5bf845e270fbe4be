"""Many redemptions by the service's one way into the books, COPY with every guard on, against bare INSERTs."""

from __future__ import annotations

import uuid
from functools import partial

from django.utils import timezone

from ledger.kinds import PAYABLE, AccountName
from ledger.services.posting import ensure_accounts, insert_in_open_month
from tests.bench import bare, city
from tests.bench.figures import Figure, in_turn, seconds
from vouchers import events
from vouchers.models import CostRule, Voucher
from vouchers.services.issuing import Offer, issue_many

VOUCHERS = 20_000
REDEMPTIONS = 100_000
ROUNDS = 5
SECONDS = 2.0


def run() -> list[Figure]:
    """Load the takings of a day, five times."""
    benefit = city.programme("load", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    providers = city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(VOUCHERS), offer=Offer.of(benefit), day=city.START, stamp=city.stamp())
    names = [AccountName(p.district_id, PAYABLE.code, benefit.code, p.code) for p in providers]
    payables = list(ensure_accounts(names).values())
    bare.prepare()
    city.analyze()
    measured = in_turn(
        lambda: REDEMPTIONS / seconds(partial(_load, payables)),
        lambda: bare.insert(0, SECONDS) / SECONDS,
        rounds=ROUNDS,
    )
    booked = sum(Voucher.objects.values_list("spent_fen", flat=True))
    assert booked == ROUNDS * REDEMPTIONS, booked
    return [
        Figure(
            name=f"COPY path, {REDEMPTIONS:,} redemptions",
            ours=f"{measured.median(0):,.0f}/s",
            limit=f"bare INSERT {measured.median(1):,.0f}/s",
            ratio=measured.ratio(0, 1),
            wanted=15.0,
        )
    ]


def _load(payables: list[int]) -> None:
    """Book one redemption of a fen after another from every voucher by turns, all in one statement."""
    vouchers = list(Voucher.objects.order_by("pk").values_list("pk", "holder_id"))
    by, now = city.author().pk, timezone.now()
    rows = []
    for turn in range(REDEMPTIONS):
        voucher, holder = vouchers[turn % VOUCHERS]
        key = uuid.uuid4().hex
        payable = payables[turn % len(payables)]
        rows.append(
            (key, events.REDEEM.code, key, city.START, holder, payable, 1, voucher, None, None, city.START, by, now)
        )
    insert_in_open_month(rows, day=city.START)
