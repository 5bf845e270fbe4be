"""Netting a month of ten million redemptions and ordering its payments, as the job does it, by a bare GROUP BY."""

from __future__ import annotations

import os
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from ledger import kinds
from ledger.kinds import AccountName
from ledger.models import Job, JobState, Payment
from ledger.months import next_month
from ledger.selectors import objection_window
from ledger.services import jobs, period_jobs
from ledger.services.posting import ensure_accounts
from ledger.services.statements import issue_statements
from tests.bench import city
from tests.bench.figures import Figure, in_turn, seconds
from vouchers.models import CostRule
from vouchers.services.issuing import Offer, issue_many

REDEMPTIONS = int(os.environ.get("BENCH_ROWS", "10000000"))
PEOPLE = 1_700
BEFORE, MONTH = date(2026, 1, 1), date(2026, 2, 1)
ROUNDS = 5

#: ``{numbers}`` are the rows to be: each takes from a voucher and owes to a provider, by turns.
LOAD = """
    INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on, period,
                                 recorded_at)
    SELECT 'load:' || %(month)s || n, 'redeem', v.id, 'load:' || n, v.holder_id, p.id, 100 + n %% 900,
           %(month)s, %(month)s, %(month)s, %(now)s
      FROM {numbers}
      JOIN (SELECT id, holder_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM vouchers_voucher
             WHERE programme_id = %(programme)s) v ON v.turn = n %% %(people)s
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn FROM ledger_ledgeraccount
             WHERE kind = 'payable' AND programme = 'settle') p ON p.turn = (n / 7) %% 17
"""
BARE = "SELECT debit_id, credit_id, sum(fen) FROM ledger_transfer WHERE period = %s GROUP BY debit_id, credit_id"


def run() -> list[Figure]:
    """Net a month on PostgreSQL; ``BENCH_ROWS`` makes it smaller."""
    return [figure(name="", rows=REDEMPTIONS, wanted=1 / 1.5)]


def figure(*, name: str, rows: int, wanted: float | None) -> Figure:
    """Net a month of that many redemptions, several times: all but the last are rolled back."""
    job = _closed_month(rows)
    measured = in_turn(lambda: seconds(lambda: _try(job)), lambda: seconds(_group), rounds=ROUNDS)
    _work(job)
    assert job.state == JobState.DONE and Payment.objects.filter(batch__month=MONTH).exists()
    return Figure(
        name=f"{name}netting a month of {rows:,}",
        ours=f"{measured.median(0):.2f} s",
        limit=f"bare GROUP BY {measured.median(1):.2f} s",
        ratio=measured.ratio(1, 0),
        wanted=wanted,
    )


def _closed_month(rows: int) -> Job:
    """Book a month of redemptions, close and state it, and return the approved job that will net it."""
    benefit = city.programme("settle", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    providers = city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(PEOPLE), offer=Offer.of(benefit), day=BEFORE, stamp=city.stamp(BEFORE))
    names = [AccountName(p.district_id, kinds.PAYABLE.code, benefit.code, p.code) for p in providers]
    ensure_accounts(names)
    with city.unguarded(), connection.cursor() as cursor:
        cursor.execute(
            LOAD.format(numbers=city.numbers()),
            {"month": MONTH, "now": timezone.now(), "number": rows, "people": PEOPLE, "programme": benefit.pk},
        )
    city.analyze()
    for month in (BEFORE, MONTH):
        _work(_approved(period_jobs.propose_closing(month=month, stamp=city.stamp(next_month(month)))))
    issue_statements(month=MONTH, stamp=city.stamp(next_month(MONTH)))
    nobody_objects_from = objection_window(MONTH).netting_day
    return _approved(period_jobs.propose_settling(month=MONTH, stamp=city.stamp(nobody_objects_from)))


def _approved(job: Job) -> Job:
    jobs.approve(job_id=job.pk, stamp=city.stamp(MONTH, by=city.approver()))
    return job


def _try(job: Job) -> None:
    with transaction.atomic():
        _work(job)
        assert job.state == JobState.DONE
        transaction.set_rollback(True)


def _work(job: Job) -> None:
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=city.stamp(MONTH)):
        pass
    job.refresh_from_db()


def _group() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [MONTH])
        cursor.fetchall()
