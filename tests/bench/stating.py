"""The statements of 17 districts over a month of a million transfers, in every form, against the bare GROUP BY."""

from __future__ import annotations

import os
from datetime import date

from django.db import connection
from django.utils import timezone

from accounts.models import Authority
from ledger import kinds
from ledger.kinds import AccountName
from ledger.selectors.statements import statements
from ledger.services.periods import close_period
from ledger.services.posting import ensure_accounts
from ledger.statement_files import FORMATS, document
from ledger.statements import Statement
from tests.bench import city
from tests.bench.figures import Figure, interleaved, seconds
from vouchers.models import CostRule
from vouchers.services.issuing import Offer, issue_many

TRANSFERS = int(os.environ.get("BENCH_ROWS", "1000000"))
PEOPLE = 1_700
PROGRAMMES = ("care", "learning", "relief")
BEFORE, MONTH, AFTER = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
ROUNDS = 3
MOST_SECONDS = 30

#: ``{numbers}`` are the rows to be: every twentieth happened in the month before and was recorded late.
LOAD = """
    INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on, period,
                                 recorded_at)
    SELECT 'state:' || %(code)s || n, 'redeem', v.id, 'state:' || n, v.holder_id, p.id, 100 + n %% 900,
           CASE WHEN n %% 20 = 0 THEN %(before)s ELSE %(month)s END, %(month)s, %(month)s, %(now)s
      FROM {numbers}
      JOIN (SELECT id, holder_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM vouchers_voucher
             WHERE programme_id = %(programme)s) v ON v.turn = n %% %(people)s
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn FROM ledger_ledgeraccount
             WHERE kind = 'payable' AND programme = %(code)s) p ON p.turn = (n / 17) %% 17
"""
BARE = "SELECT debit_id, credit_id, sum(fen) FROM ledger_transfer WHERE period = %s GROUP BY debit_id, credit_id"


def run() -> list[Figure]:
    """State a month of ``TRANSFERS``; ``BENCH_ROWS`` makes it smaller."""
    _a_month()
    data = interleaved(lambda: seconds(lambda: statements(MONTH)), lambda: seconds(_group), rounds=ROUNDS)
    files = seconds(_every_file)
    return [
        Figure(
            name=f"statements over {TRANSFERS:,} transfers, data",
            ours=f"{data.ours:.2f} s",
            limit=f"bare GROUP BY {data.limit:.2f} s",
            ratio=1 / data.ratio,
        ),
        Figure(
            name="the same with PDF, XLSX, CSV for 17 districts",
            ours=f"{files:.1f} s",
            limit=f"allowed {MOST_SECONDS} s",
            ratio=MOST_SECONDS / files,
            wanted=1.0,
        ),
    ]


def _a_month() -> None:
    """Book a month of redemptions everywhere by residents of everywhere, and close it."""
    benefits = [city.programme(code, cost_rule=CostRule.BY_USE, annual_fen=10**12) for code in PROGRAMMES]
    places, residents = city.providers(benefits, city.districts()), city.people(PEOPLE)
    for benefit in benefits:
        issue_many(resident_ids=residents, offer=Offer.of(benefit), day=BEFORE, stamp=city.stamp(BEFORE))
        ensure_accounts([AccountName(p.district_id, kinds.PAYABLE.code, benefit.code, p.code) for p in places])
    with city.unguarded(), connection.cursor() as cursor:
        for benefit in benefits:
            cursor.execute(
                LOAD.format(numbers=city.numbers()),
                {
                    "code": benefit.code,
                    "programme": benefit.pk,
                    "number": TRANSFERS // len(benefits),
                    "people": PEOPLE,
                    "before": BEFORE,
                    "month": MONTH,
                    "now": timezone.now(),
                },
            )
    city.analyze()
    for month in (BEFORE, MONTH):
        close_period(month=month, approved_by=city.approver(), stamp=city.stamp(AFTER))


def _every_file() -> None:
    """Read the month once and write each authority's statement in each form."""
    names = Authority.objects.in_bulk()
    found = statements(MONTH)
    _check(found)
    for each in found.values():
        shown = document(each, names=names)
        assert all(form.write(shown) for form in FORMATS.values())


def _check(found: dict[str, Statement]) -> None:
    """Hold what is measured to being the whole of it."""
    assert len(found) == len(city.DISTRICTS)
    assert len(found[city.DISTRICTS[0]].lines) == 16 * 2 * 2 * len(PROGRAMMES)
    assert sum(each.closing_fen for each in found.values()) == 0


def _group() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [MONTH])
        cursor.fetchall()
