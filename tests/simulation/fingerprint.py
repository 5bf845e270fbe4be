"""What a town's database holds, in an order and in words that no row id, clock or engine has a part in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Count, Sum

from accounts.models import Residence, Resident
from ledger import selectors
from ledger.models import Transfer
from ledger.selectors.obligations import recorded_positions
from vouchers.models import Move, Voucher

RESIDENCE = ("district", "start", "end", "confirmed", "known_from", "known_until")
VOUCHER = (
    "programme__code",
    "valid_from",
    "valid_until",
    "amount_fen",
    "spent_fen",
    "returned_fen",
    "holder__authority",
    "ending__reason",
    "ending__day",
)
MOVE = ("origin_id", "destination_id", "effective_on", "booked_on")
ROWS = ("period", "event", "debit__code", "credit__code")


def fingerprint(*, residents: Sequence[Resident], refused: Mapping[str, int]) -> str:
    """Return a hash over books, months, rows, vouchers, residences and moves, and of what was refused."""
    found = hashlib.sha256()
    for part in _parts(residents, refused):
        found.update(json.dumps(part, sort_keys=True, default=str).encode())
    return found.hexdigest()


def _parts(residents: Sequence[Resident], refused: Mapping[str, int]) -> Iterator[Any]:
    place = {person.pk: number for number, person in enumerate(residents)}
    yield dict(refused)
    yield selectors.books()
    for month, owed in sorted(selectors.obligations_by_month().items()):
        yield month, owed, recorded_positions(month)
    rows = Transfer.objects.order_by().values_list(*ROWS).annotate(number=Count("pk"), fen=Sum("fen"))
    yield _sorted([*row[:-1], int(row[-1])] for row in rows)
    yield _of_people(Voucher.objects.order_by().values_list("resident", *VOUCHER), place)
    yield _of_people(Residence.objects.order_by().values_list("resident", *RESIDENCE), place)
    moves = Move.objects.order_by("pk").with_steps()
    yield [[place[row.resident_id], *(getattr(row, name) for name in MOVE), *_steps(row)] for row in moves]


def _steps(move: Move) -> Iterator[tuple[object, ...]]:
    for step in move.steps.all():
        yield step.step, step.due_on, step.booked_on


def _of_people(rows: Iterable[Sequence[Any]], place: Mapping[int, int]) -> list[list[Any]]:
    return _sorted([place[resident], *others] for resident, *others in rows)


def _sorted(rows: Iterable[list[Any]]) -> list[list[Any]]:
    return sorted(rows, key=lambda row: [f"{value}" for value in row])
