"""Questions to the seals: leaves as they are read from the rows, heads, and proofs for those who trust nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Max, QuerySet

from ledger import merkle
from ledger.leaves import Leaf
from ledger.models import LedgerAccount, SealedLeaf, Transfer, TreeHead

#: What a leaf is read from, of a transfer, in the order in which :func:`leaf_reader` takes it.
LEAF_SOURCES = (
    "key",
    "event",
    "subject",
    "act",
    "reverses__key",
    "debit_id",
    "credit_id",
    "fen",
    "occurred_on",
    "booked_on",
    "period",
    "settles",
    "recorded_by_id",
    "recorded_at",
)


def leaf_reader() -> Callable[[tuple[Any, ...]], Leaf]:
    """Return what makes a leaf of a row of :data:`LEAF_SOURCES`; an account that is gone has the empty code."""
    codes = dict(LedgerAccount.objects.order_by().values_list("pk", "code"))

    def read(row: tuple[Any, ...]) -> Leaf:
        return Leaf._make((*row[:5], codes.get(row[5], ""), codes.get(row[6], ""), *row[7:]))

    return read


def unsealed(*, after: int = 0) -> QuerySet[Transfer]:
    """Return the transfers with an id above ``after`` that have no leaf yet, in id order."""
    return Transfer.objects.filter(leaf=None, pk__gt=after).order_by("pk")


def leaf_count() -> int:
    last = SealedLeaf.objects.aggregate(last=Max("sequence"))["last"]
    return 0 if last is None else last + 1


def heads() -> QuerySet[TreeHead]:
    """Return every head, the oldest first: whoever may see the books may see them all, and keep them."""
    return TreeHead.objects.order_by("number")


def last_head() -> TreeHead | None:
    return heads().last()


def leaf_hashes(*, start: int = 0, size: int) -> Iterator[bytes]:
    """Return the hashes of leaves ``start`` to ``size`` (left out), in order, as they stand in the database."""
    rows = SealedLeaf.objects.filter(sequence__gte=start, sequence__lt=size).order_by("sequence")
    return (bytes(found) for found in rows.values_list("hash", flat=True).iterator(chunk_size=10_000))


def first_head_over(leaf: SealedLeaf) -> TreeHead | None:
    """Return the head that sealed ``leaf``; None while it waits for one."""
    return heads().filter(size__gt=leaf.sequence).first()


def inclusion_proof(*, leaf: SealedLeaf, head: TreeHead) -> list[bytes]:
    return merkle.inclusion_proof(leaf.sequence, list(leaf_hashes(size=head.size)))


def consistency_proof(*, older: TreeHead, newer: TreeHead) -> list[bytes]:
    return merkle.consistency_proof(older.size, list(leaf_hashes(size=newer.size)))
