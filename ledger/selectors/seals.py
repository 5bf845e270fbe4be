"""Questions to the seals: leaves as they are read from the rows, heads, and proofs for those who trust nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, F, Func, Max, OuterRef, Q, QuerySet, TextField

from accounts.bulk import among
from ledger import leaves, merkle
from ledger.merkle import Frontier, Subtree
from ledger.models import LedgerAccount, SealedLeaf, SealedSubtree, Transfer, TreeHead

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

#: Subtrees are stored from this level on: a block of 256 leaves is the narrowest.
BLOCK_LEVEL = 8
#: For leaves hashed by PostgreSQL, by two processes where it has one to spare: its planner thinks too little of writing
#: a line and too much of sending it, and would hash whole tables to join them.
PLANNED = """
    SET LOCAL jit = off; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0;
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off
"""


class MomentText(Func):
    """A moment as ``ledger.leaves.moment_text`` writes it: reading text is four times as fast as reading moments."""

    output_field = TextField()
    arity = 1
    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        template = "replace(substr(%(expressions)s || '.000000', 1, 26), ' ', 'T') || 'Z'"
        return self.as_sql(compiler, connection, template=template, **context)


def leaf_sources(transfer: str = "") -> list[str | MomentText]:
    """Return what a leaf is read from, in the order of its fields; ``transfer`` is the path to the transfer."""
    columns = ("key", "event", "subject", "act", "reverses__key", "debit_id", "credit_id", "fen")
    days = ("occurred_on", "booked_on", "period", "settles")
    names = [f"{transfer}{name}" for name in (*columns, *days, "recorded_by_id")]
    return [*names, MomentText(F(f"{transfer}recorded_at"))]


def leaf_writer() -> Callable[[tuple[Any, ...]], bytes]:
    """Return what writes the leaf of a row of :func:`leaf_sources`; an account that is gone has the empty code."""
    return leaves.leaf_writer(account_codes())


def account_codes() -> dict[int, str]:
    return dict(LedgerAccount.objects.order_by().values_list("pk", "code"))


def hashes_between(first: int, last: int) -> dict[int, bytes]:
    """Return by id the hash of each leaf from one transfer to another, made anew. Call it inside a transaction."""
    if connection.vendor != "postgresql":
        return _hashes_of(Transfer.objects.filter(pk__range=(first, last)))
    with connection.cursor() as cursor:
        cursor.execute(PLANNED)
        cursor.execute(f"SELECT * FROM ({leaves.HASHES_SQL}) made WHERE transfer_id BETWEEN %s AND %s", [first, last])
        found = cursor.fetchall()
    hashes = {transfer_id: leaf for transfer_id, _, leaf in found}
    others = [transfer_id for transfer_id, plain, _ in found if not plain]
    return hashes | _hashes_of(Transfer.objects.filter(pk__in=among(others)))


def _hashes_of(transfers: QuerySet[Transfer]) -> dict[int, bytes]:
    write = leaf_writer()
    return {row[0]: merkle.leaf_hash(write(row[1:])) for row in transfers.values_list("pk", *leaf_sources())}


def unsealed(*, after: int = 0) -> QuerySet[Transfer]:
    """Return the transfers with an id above ``after`` that have no leaf yet, in id order."""
    sealed = SealedLeaf.objects.filter(transfer=OuterRef("pk"), transfer__gt=after)
    return Transfer.objects.filter(~Exists(sealed), pk__gt=after).order_by("pk")


def waiting_count() -> int:
    """Return how many transfers have no leaf yet: each leaf is of one, so nobody has to look which."""
    return Transfer.objects.count() - leaf_count()


def sealed_through() -> int:
    """Return an id such that those up to it have their leaves, 0 while one of them waits because it came late."""
    last = SealedLeaf.objects.aggregate(last=Max("transfer"))["last"] or 0
    return last if Transfer.objects.filter(pk__lte=last).count() == leaf_count() else 0


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


def blocks(hashes: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Return the hashes of leaves a block at a time; the last is short, or empty."""
    width, rest = 1 << BLOCK_LEVEL, iter(hashes)
    while len(block := list(islice(rest, width))) == width:
        yield block
    yield block


def whole_blocks() -> Frontier:
    """Return the tree of the blocks whose roots are stored: each is a leaf of it."""
    last = SealedSubtree.objects.filter(level=BLOCK_LEVEL).aggregate(last=Max("place"))["last"]
    count = 0 if last is None else last + 1
    whole = merkle.whole_subtrees(range(count << BLOCK_LEVEL))
    known = _roots_of(set(whole))
    return Frontier(count, [known[subtree] for subtree in whole])


def subtrees_of(tree: Frontier, block: Sequence[bytes]) -> list[tuple[Subtree, bytes]]:
    """Let ``tree`` grow by a block; return the subtrees of leaves that are whole with it, and their roots."""
    whole = tree.append(merkle.root_of(block))
    return [(Subtree(subtree.level + BLOCK_LEVEL, subtree.place), root) for subtree, root in whole]


def roots(spans: Sequence[range]) -> list[bytes]:
    """Return the root over each span of leaves, out of stored roots and what is left of at most two blocks."""
    made_of = [merkle.whole_subtrees(span) for span in spans]
    known = _roots_of({subtree for parts in made_of for subtree in parts})
    return [merkle.joined([known[subtree] for subtree in parts]) for parts in made_of]


def _roots_of(subtrees: set[Subtree]) -> dict[Subtree, bytes]:
    """Return the root of each; what ought to be stored and is not, such as before a first seal, out of its leaves."""
    narrow = {subtree for subtree in subtrees if subtree.level < BLOCK_LEVEL}
    stored = _stored_roots(subtrees - narrow)
    lost = subtrees - narrow - stored.keys()
    return stored | _narrow_roots(narrow) | {subtree: _root_by_leaves(subtree) for subtree in lost}


def _stored_roots(subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]:
    places = [Q(level=subtree.level, place=subtree.place) for subtree in subtrees]
    if not places:
        return {}
    found = SealedSubtree.objects.filter(reduce(or_, places)).values_list("level", "place", "hash")
    return {Subtree(level, place): bytes(root) for level, place, root in found}


def _narrow_roots(subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]:
    places = [place for subtree in subtrees for place in subtree.leaves]
    found = SealedLeaf.objects.filter(sequence__in=among(places)).values_list("sequence", "hash")
    hashes = {sequence: bytes(leaf) for sequence, leaf in found}
    return {subtree: merkle.root_of([hashes[place] for place in subtree.leaves]) for subtree in subtrees}


def _root_by_leaves(subtree: Subtree) -> bytes:
    """Return the root over any number of leaves, a block of them in memory."""
    tree = Frontier()
    for block in blocks(leaf_hashes(start=subtree.leaves.start, size=subtree.leaves.stop)):
        if block:
            tree.append(merkle.root_of(block))
    return merkle.joined(tree.roots)
