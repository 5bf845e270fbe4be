"""Bulk issue by the job of a batch, against COPY of the same vouchers into the same table."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from ledger.services import jobs
from tests.bench import city
from tests.bench.figures import Figure, seconds
from vouchers.models import IssueBatch, IssueBatchItem, Programme, Voucher
from vouchers.models.vouchers import new_voucher_number
from vouchers.services import batches

VOUCHERS = 300_000
COPY = """
    COPY vouchers_voucher (number, resident_id, programme_id, valid_from, valid_until, amount_fen, spent_fen,
                           returned_fen, holder_id, issued_on) FROM STDIN (FORMAT BINARY)
"""
TYPES = ["varchar", "int8", "int8", "date", "date", "int8", "int8", "int8", "int8", "date"]


def run() -> list[Figure]:
    city.districts()
    resident_ids = city.people(VOUCHERS)
    first, second = city.programme("issue"), city.programme("copy")
    city.analyze()
    batch = _batch(first, resident_ids)
    ours = seconds(lambda: _issue(batch))
    rows = list(Voucher.objects.filter(programme=first).values_list("resident_id", "holder_id"))
    assert len(rows) == VOUCHERS
    limit = seconds(lambda: _copy(rows, second))
    return [
        Figure(
            name=f"bulk issue of {VOUCHERS:,}",
            ours=f"{VOUCHERS / ours:,.0f}/s",
            limit=f"COPY {VOUCHERS / limit:,.0f}/s",
            ratio=limit / ours,
            wanted=0.3,
        )
    ]


def _batch(programme: Programme, resident_ids: list[int]) -> IssueBatch:
    batch = IssueBatch.objects.create(
        programme=programme, valid_from=city.START, valid_until=city.END, fen=72_000, created_by=city.author()
    )
    IssueBatchItem.objects.bulk_create(
        (IssueBatchItem(batch=batch, row=row, resident_id=key) for row, key in enumerate(resident_ids)),
        batch_size=5_000,
    )
    return batch


def _issue(batch: IssueBatch) -> None:
    job = batches.confirm(batch_id=batch.pk, stamp=city.stamp())
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=city.stamp()):
        pass


def _copy(rows: Sequence[tuple[int, int]], target: Programme) -> None:
    """COPY as many vouchers of another programme: the same rows but for number and programme."""
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for resident_id, holder_id in rows:
            copy.write_row(
                (
                    new_voucher_number(),
                    resident_id,
                    target.pk,
                    city.START,
                    city.END,
                    72_000,
                    0,
                    0,
                    holder_id,
                    city.START,
                )
            )
