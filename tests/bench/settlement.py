"""Settling a month of a million redemptions, from the job's row to the recorded payments, against the bare GROUP BY."""

from __future__ import annotations

from datetime import date
from statistics import median

from django.db import connection
from django.utils import timezone

from ledger import kinds
from ledger.kinds import AccountName
from ledger.models import Job, JobState, Transfer
from ledger.months import next_month
from ledger.services import jobs, period_jobs
from ledger.services.posting import ensure_accounts
from tests.bench import city
from tests.bench.figures import Figure, seconds
from vouchers.models import CostRule
from vouchers.services.issuing import Offer, issue_many

REDEMPTIONS = 1_000_000
PEOPLE = 1_700
BEFORE, MONTH = date(2026, 1, 1), date(2026, 2, 1)

LOAD = """
    INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on, period,
                                 recorded_at)
    SELECT 'load:' || %(month)s || n, 'redeem', v.id, 'load:' || n, v.holder_id, p.id, 100 + n %% 900,
           %(month)s, %(month)s, %(month)s, now()
      FROM generate_series(1, %(number)s) n
      JOIN (SELECT id, holder_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM vouchers_voucher
             WHERE programme_id = %(programme)s) v ON v.turn = n %% %(people)s
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn FROM ledger_ledgeraccount
             WHERE kind = 'payable' AND programme = 'settle') p ON p.turn = (n / 7) %% 17
"""
BARE = "SELECT debit_id, credit_id, sum(fen) FROM ledger_transfer WHERE period = %s GROUP BY debit_id, credit_id"


def run() -> list[Figure]:
    _load()
    limits = [seconds(_group) for _ in range(3)]
    job = period_jobs.propose_settling(month=MONTH, stamp=city.stamp(MONTH))
    jobs.approve(job_id=job.pk, stamp=city.stamp(MONTH, by=city.approver()))
    ours = seconds(lambda: _work(job))
    assert job.state == JobState.DONE and Transfer.objects.filter(event="payment", settles=MONTH).exists()
    limit = median([*limits, *(seconds(_group) for _ in range(3))])
    return [
        Figure(
            name=f"settling a month of {REDEMPTIONS:,} redemptions",
            ours=f"{ours:.2f} s",
            limit=f"bare GROUP BY {limit:.2f} s",
            ratio=limit / ours,
            wanted=1 / 1.5,
        )
    ]


def _load() -> None:
    """Book a month of redemptions and close it. A small month before it is settled first: workers have warmed up."""
    benefit = city.programme("settle", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    providers = city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(PEOPLE), offer=Offer.of(benefit), day=BEFORE, stamp=city.stamp(BEFORE))
    names = [AccountName(p.district_id, kinds.PAYABLE.code, benefit.code, p.code) for p in providers]
    ensure_accounts(names)
    for month, number in ((BEFORE, PEOPLE), (MONTH, REDEMPTIONS)):
        with connection.cursor() as cursor:
            cursor.execute(LOAD, {"month": month, "number": number, "people": PEOPLE, "programme": benefit.pk})
        _run(period_jobs.propose_closing(month=month, stamp=city.stamp(next_month(month))))
    _run(period_jobs.propose_settling(month=BEFORE, stamp=city.stamp(BEFORE)))
    city.analyze()


def _run(job: Job) -> None:
    jobs.approve(job_id=job.pk, stamp=city.stamp(MONTH, by=city.approver()))
    _work(job)


def _work(job: Job) -> None:
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=city.stamp(MONTH)):
        pass
    job.refresh_from_db()


def _group() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [MONTH])
        cursor.fetchall()
