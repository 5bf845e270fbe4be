"""Moving many residents by the service, against COPY of the rows that it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

from django.db import connection
from django.db.models import Model

from accounts.models import AuditEvent, Residence, Resident
from ledger.models import Transfer
from tests.bench import city
from tests.bench.figures import Figure, seconds
from vouchers.models import CostRule, Move, MoveStep
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.move_batches import STEP_SIZE
from vouchers.services.moving import MoveOrder
from vouchers.services.moving_many import request_many

RESIDENTS = 100_000
DAY = date(2026, 3, 16)
WRITTEN = (Residence, Move, MoveStep, Transfer, AuditEvent)


def run() -> list[Figure]:
    city.districts()
    resident_ids = city.people(RESIDENTS)
    for programme in (city.programme("move-1"), city.programme("move-2", cost_rule=CostRule.BY_USE)):
        for part in _parts(resident_ids):
            issue_many(resident_ids=part, offer=Offer.of(programme), day=city.START, stamp=city.stamp())
    city.analyze()
    last: dict[type[Model], int] = {
        model: model._default_manager.order_by("pk").values_list("pk", flat=True).last() or 0 for model in WRITTEN
    }
    ours = seconds(lambda: _move(resident_ids))
    limit, rows = _copy_again(last)
    return [
        Figure(
            name=f"move of {RESIDENTS:,} residents, 2 vouchers each",
            ours=f"{rows / ours:,.0f} rows/s",
            limit=f"COPY {rows / limit:,.0f} rows/s",
            ratio=limit / ours,
            wanted=0.1,
        )
    ]


def _parts(resident_ids: list[int]) -> Iterator[list[int]]:
    """Return the chunks in which the job of a file of moves works."""
    return (resident_ids[start : start + STEP_SIZE] for start in range(0, len(resident_ids), STEP_SIZE))


def _move(resident_ids: list[int]) -> None:
    for part in _parts(resident_ids):
        people = Resident.objects.filter(pk__in=part)
        orders = [
            MoveOrder(resident=person, to=city.DISTRICTS[(person.pk + 1) % 17], effective_on=DAY) for person in people
        ]
        outcome = request_many(orders=orders, confirmed_in=city.DISTRICTS, stamp=city.stamp(DAY))
        assert not outcome.refused


def _copy_again(last: Mapping[type[Model], int]) -> tuple[float, int]:
    """COPY what was written into tables of the same columns and indexes; return the seconds and the number of rows."""
    total, rows = 0.0, 0
    for model, before in last.items():
        table = model._meta.db_table
        data = _unload(f"SELECT * FROM {table} WHERE id > {before}")
        total += seconds(partial(_load, city.bare_copy_of(table), data))
        rows += data.count(b"\n")
    return total, rows


def _unload(query: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def _load(table: str, data: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        copy.write(data)
