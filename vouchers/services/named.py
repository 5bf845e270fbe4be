"""The residents that the rows of a file name, by resident number or identity number, in two statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from accounts import identity
from accounts.bulk import among_texts
from accounts.models import Resident
from accounts.models.people import ResidentQuerySet


class Named(Protocol):
    """A row of a file that names one person."""

    @property
    def row(self) -> int: ...

    @property
    def number(self) -> str: ...

    @property
    def id_number(self) -> str: ...


def residents_named(rows: Sequence[Named], *, people: ResidentQuerySet) -> dict[int, Resident]:
    """Return the resident of each row that names one of ``people``."""
    numbers = {row.number for row in rows if row.number}
    by_number = _found(people.filter(number__in=among_texts(numbers)), "number")
    hashes = {row.row: identity.id_number_hash(row.id_number) for row in rows if not row.number}
    by_hash = _found(people.filter(id_number_hash__in=among_texts(set(hashes.values()))), "id_number_hash")
    pairs = ((row.row, by_number.get(row.number) if row.number else by_hash.get(hashes[row.row])) for row in rows)
    return {row: resident for row, resident in pairs if resident is not None}


def _found(people: Iterable[Resident], field: str) -> dict[str, Resident]:
    return {getattr(person, field): person for person in people}
