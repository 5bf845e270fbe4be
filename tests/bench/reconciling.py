"""A night's reconciliation of a month's claims with its redemptions, against one full join of the same rows.

``BENCH_CLAIMS=100000`` makes the month smaller.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.stamps import Stamp
from ledger import kinds
from ledger.kinds import AccountName
from ledger.models import Break, Job, JobState
from ledger.services import jobs
from ledger.services.posting import ensure_accounts
from tests.bench import city
from tests.bench.figures import Figure, in_turn, peak_megabytes, seconds
from vouchers.claim_matching import AMOUNT_DIFFERS, DAY_DIFFERS, DUPLICATE, MISSING_HERE, MISSING_THERE
from vouchers.models import Accreditation, ClaimFile, CostRule, Provider, ProviderKind
from vouchers.services import comparing, reconciling
from vouchers.services.issuing import Offer, issue_many

CLAIMS = int(os.environ.get("BENCH_CLAIMS", "3000000"))
DIFFERENCES = 1_000
PROVIDERS, DAYS, PEOPLE = 300, 28, 1_700
MONTH, SENT = date(2026, 2, 1), date(2026, 3, 2)
ROUNDS = 3
MEGABYTES = 300

LOAD = """
    INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on, period,
                                 recorded_at)
    SELECT 'redeem:claim-' || n, 'redeem', v.id, 'claim-' || n, v.holder_id, p.id, 100 + n %% 900,
           %(month)s::date + (n / %(providers)s %% %(days)s)::int, %(month)s, %(month)s, %(now)s
      FROM generate_series(1, %(claims)s) n
      JOIN (SELECT id, holder_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM vouchers_voucher) v
        ON v.turn = n %% %(people)s
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn FROM ledger_ledgeraccount WHERE kind = 'payable') p
        ON p.turn = n %% %(providers)s
"""
FILES = """
    INSERT INTO vouchers_claimfile (provider_id, month, channel, file_name, sha256, sent_by_id, sent_on, sent_at)
    SELECT id, %(month)s, 'file', '', code, %(by)s, %(sent)s, %(now)s FROM vouchers_provider
"""
#: Each planted difference is of one of five kinds, one in each stretch of {step}, scattered over schools and days.
STEP = "((t.n - 1) %% {step} = (t.n - 1) / {step} * 7919 %% {step} AND (t.n - 1) / {step} %% 5 = {kind})"
CLAIMED = """
      FROM (SELECT substr(key, 14)::bigint AS n, * FROM ledger_transfer WHERE event = 'redeem') t
      JOIN ledger_ledgeraccount a ON a.id = t.credit_id JOIN vouchers_provider p ON p.code = a.party
      JOIN vouchers_claimfile f ON f.provider_id = p.id JOIN vouchers_programme g ON g.code = a.programme
"""
LINES = """
    INSERT INTO vouchers_claimline (file_id, row, programme_id, day, key, fen, voucher, repeats)
    SELECT f.id, n, g.id,
           t.occurred_on + CASE WHEN NOT {other_day} THEN 0 WHEN t.occurred_on = %(month)s THEN 1 ELSE -1 END,
           substr(t.key, 8), t.fen + CASE WHEN {other_amount} THEN 1 ELSE 0 END, '', false
      {claimed} WHERE NOT {missing_there}
    UNION ALL
    SELECT f.id, %(claims)s + n, g.id, t.occurred_on,
           CASE WHEN {duplicate} THEN substr(t.key, 8) ELSE 'other-' || n END, t.fen, '', {duplicate}
      {claimed} WHERE {duplicate} OR {missing_here}
"""
#: Every claim beside every redemption, and only what differs comes back.
BARE = """
    SELECT l.id, t.id FROM vouchers_claimline l
      FULL JOIN (SELECT * FROM ledger_transfer WHERE event = 'redeem' AND period = %(month)s) t
        ON t.key = 'redeem:' || l.key AND NOT l.repeats
     WHERE l.id IS NULL OR t.id IS NULL OR l.fen <> t.fen OR l.day <> t.occurred_on
"""
KINDS = {
    "missing_here": MISSING_HERE,
    "missing_there": MISSING_THERE,
    "other_amount": AMOUNT_DIFFERS,
    "other_day": DAY_DIFFERS,
    "duplicate": DUPLICATE,
}


def run() -> list[Figure]:
    """Find the planted differences, and exactly these."""
    _prepare()
    stamp = city.stamp(SENT)
    measured = in_turn(lambda: seconds(lambda: _try(stamp)), lambda: seconds(_bare), rounds=ROUNDS)
    _work(_asked(stamp), stamp)
    assert Counter(Break.objects.values_list("reason", flat=True)) == _planted(), "not what was planted"
    return [
        Figure(
            name=f"reconciling {CLAIMS:,} claims, {DIFFERENCES:,} differ",
            ours=f"{measured.median(0):.1f} s",
            limit=f"bare full join {measured.median(1):.1f} s",
            ratio=measured.ratio(1, 0),
            wanted=1 / 2,
        ),
        Figure(
            name="reconciling, memory",
            ours=f"{peak_megabytes()} MB",
            limit=f"{MEGABYTES} MB",
            ratio=MEGABYTES / peak_megabytes(),
            wanted=1.0,
        ),
    ]


def _prepare() -> None:
    """A month of redemptions at 300 schools, and their files, all by SQL: only what is measured takes the services."""
    benefit = city.programme("claims", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    districts = city.districts()
    codes = [(districts[turn % len(districts)].code, f"s-{turn:03d}") for turn in range(PROVIDERS)]
    schools = Provider.objects.bulk_create(
        Provider(code=code, name_zh="校", name_en="School", kind=ProviderKind.SCHOOL, district_id=district)
        for district, code in codes
    )
    Accreditation.objects.bulk_create(Accreditation(provider=school, programme=benefit) for school in schools)
    issue_many(resident_ids=city.people(PEOPLE), offer=Offer.of(benefit), day=city.START, stamp=city.stamp())
    ensure_accounts([AccountName(code, kinds.PAYABLE.code, benefit.code, party) for code, party in codes])
    step = CLAIMS // DIFFERENCES
    planted = {name: STEP.format(step=step, kind=kind) for kind, name in enumerate(KINDS)}
    values: dict[str, int | date | datetime] = {
        "month": MONTH,
        "sent": SENT,
        "now": timezone.now(),
        "by": city.author().pk,
        "claims": CLAIMS,
        "providers": PROVIDERS,
        "days": DAYS,
        "people": PEOPLE,
    }
    with city.unguarded(), connection.cursor() as cursor:
        for statement in (LOAD, FILES, LINES.format(claimed=CLAIMED, **planted)):
            cursor.execute(statement, {name: values[name] for name in values if f"%({name})s" in statement})
        for file in ClaimFile.objects.all():
            comparing.keep_totals(file)
    city.analyze()


def _planted() -> dict[str, int]:
    return {reason: DIFFERENCES // len(KINDS) for reason in KINDS.values()}


def _asked(stamp: Stamp) -> Job:
    return reconciling.ask_now(month=MONTH, stamp=stamp)


def _work(job: Job, stamp: Stamp) -> None:
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=stamp):
        pass
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error


def _try(stamp: Stamp) -> None:
    """Do the whole night, and take it back."""
    with transaction.atomic():
        _work(_asked(stamp), stamp)
        transaction.set_rollback(True)


def _bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, {"month": MONTH})
        found = len(cursor.fetchall())
    assert found == DIFFERENCES, found
