"""Sealing beside a COPY of the same leaves, and verifying a million transfers beside one read of their rows."""

from __future__ import annotations

from datetime import date
from statistics import median

from django.conf import settings
from django.db import connection

from config.management.commands.verify_ledger import verify
from ledger import kinds, signing
from ledger.kinds import AccountName
from ledger.models import SealReason
from ledger.selectors import seals
from ledger.services import sealing, verifying
from ledger.services.posting import ensure_accounts
from tests.bench import city
from tests.bench.figures import Figure, peak_megabytes, seconds
from vouchers.models import CostRule
from vouchers.services import verifying as vouchers
from vouchers.services.issuing import Offer, issue_many

TRANSFERS = 1_000_000
PEOPLE = 1_700
MONTH = date(2026, 1, 1)
#: Each round of sealing adds its share of the transfers and seals it.
SEALING_ROUNDS, VERIFYING_ROUNDS = 5, 3
MEGABYTES = 500
READ_AT_ONCE = 100_000

LOAD = """
    INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on, period,
                                 recorded_at)
    SELECT 'load:' || n, 'redeem', v.id, 'load:' || n, v.holder_id, p.id, 100 + n %% 900,
           %(month)s, %(month)s, %(month)s, now()
      FROM generate_series(%(first)s, %(last)s) n
      JOIN (SELECT id, holder_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM vouchers_voucher) v
        ON v.turn = n %% %(people)s
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn FROM ledger_ledgeraccount WHERE kind = 'payable') p
        ON p.turn = (n / 7) %% 17
"""
#: The leaf table with its keys and its reference.
TWIN = """
    CREATE TABLE leaf_twin (LIKE ledger_sealedleaf INCLUDING ALL);
    ALTER TABLE leaf_twin ADD FOREIGN KEY (transfer_id) REFERENCES ledger_transfer (id) DEFERRABLE INITIALLY DEFERRED
"""
READ = """
    SELECT id, key, event, subject, act, reverses_id, debit_id, credit_id, fen, occurred_on, booked_on, period,
           settles, recorded_by_id, recorded_at
      FROM ledger_transfer WHERE id > %s ORDER BY id LIMIT %s
"""


def run() -> list[Figure]:
    settings.LEDGER_SIGNING_KEY = signing.new_private_key()
    _prepare()
    return [_sealing(), *_verifying()]


def _prepare() -> None:
    """Issue the vouchers, seal that, and make the twin."""
    benefit = city.programme("seal", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    providers = city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(PEOPLE), offer=Offer.of(benefit), day=MONTH, stamp=city.stamp(MONTH))
    ensure_accounts([AccountName(p.district_id, kinds.PAYABLE.code, benefit.code, p.code) for p in providers])
    sealing.seal(reason=SealReason.BY_HAND)
    with connection.cursor() as cursor:
        cursor.execute(TWIN)


def _sealing() -> Figure:
    """Seal a share after another, search and head included, and copy its leaves into the twin."""
    share = (TRANSFERS - PEOPLE) // SEALING_ROUNDS
    pairs = []
    for turn in range(SEALING_ROUNDS):
        start = seals.leaf_count()
        _load(1 + turn * share, (turn + 1) * share)
        ours = seconds(lambda: sealing.seal(reason=SealReason.BY_HAND))
        leaves = _leaves(start)
        pairs.append((share / ours, share / seconds(lambda leaves=leaves: _copy(leaves))))  # type: ignore[misc]
    return Figure(
        name="sealing, with a head",
        ours=f"{median(pair[0] for pair in pairs):,.0f}/s",
        limit=f"COPY of the leaves {median(pair[1] for pair in pairs):,.0f}/s",
        ratio=median(pair[0] / pair[1] for pair in pairs),
        wanted=0.5,
    )


def _load(first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOAD, {"month": MONTH, "first": first, "last": last, "people": PEOPLE})
    city.analyze()


def _leaves(start: int) -> bytes:
    rows = f"SELECT id, hash, transfer_id FROM ledger_sealedleaf WHERE id >= {start}"
    with connection.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT BINARY)") as copy:
        return b"".join(bytes(part) for part in copy)


def _copy(leaves: bytes) -> None:
    target = "leaf_twin (id, hash, transfer_id)"
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(leaves)


def _verifying() -> list[Figure]:
    """Verify everything, then read the rows."""
    city.analyze()
    pairs = [(seconds(_verify), seconds(_read)) for _ in range(VERIFYING_ROUNDS)]
    ours, limit = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return [
        Figure(
            name=f"verifying {TRANSFERS:,} transfers",
            ours=f"{ours:.1f} s",
            limit=f"one read of the rows {limit:.1f} s",
            ratio=median(pair[1] / pair[0] for pair in pairs),
            wanted=1 / 6,
        ),
        Figure(
            name="verifying, memory",
            ours=f"{peak_megabytes()} MB",
            limit=f"{MEGABYTES} MB",
            ratio=MEGABYTES / peak_megabytes(),
            wanted=1.0,
        ),
    ]


def _verify() -> None:
    with verifying.one_moment():
        report = verify([*verifying.CHECKS, *vouchers.CHECKS])
    assert report["ok"] and report["figures"]["leaves"] == report["figures"]["transfers"] == TRANSFERS, report


def _read() -> None:
    """Read what verifying reads of each row, as plainly as psycopg reads it."""
    import psycopg

    place = {name: connection.get_connection_params()[name] for name in ("host", "port", "user", "dbname")}
    last, count = 0, 0
    with psycopg.connect(**place) as direct:
        while count < TRANSFERS:
            for row in direct.execute(READ, [last, READ_AT_ONCE]):
                last, count = row[0], count + 1
