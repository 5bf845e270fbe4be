"""The Merkle tree of RFC 6962. ``hashes`` are those of leaves, in order.

A proof is made of steps: each is the root over some leaves, which may be kept somewhere instead of computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Subtree(NamedTuple):
    """A whole subtree: the ``1 << level`` leaves from ``place << level`` on."""

    level: int
    place: int

    @property
    def leaves(self) -> range:
        return range(self.place << self.level, self.place + 1 << self.level)


class Frontier:
    """A tree that grows by a leaf at a time and remembers only the roots of its whole subtrees, widest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size, self.roots = size, list(roots)
        assert len(self.roots) == size.bit_count()

    def append(self, leaf: bytes) -> list[tuple[Subtree, bytes]]:
        """Return the subtrees that are whole with this leaf, itself first, with their roots."""
        whole = [(Subtree(0, self.size), leaf)]
        for level in range(1, _trailing_ones(self.size) + 1):
            leaf = node_hash(self.roots.pop(), leaf)
            whole.append((Subtree(level, self.size >> level), leaf))
        self.roots.append(leaf)
        self.size += 1
        return whole


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over ``hashes``, level by level; what has no neighbour goes up as it is."""
    if not hashes:
        return sha256(b"").digest()
    while len(hashes) > 1:
        alone = hashes[len(hashes) & ~1 :]
        hashes = [*map(node_hash, hashes[::2], hashes[1::2]), *alone]
    return hashes[0]


def joined(roots: Sequence[bytes]) -> bytes:
    """Return the root over neighbouring whole subtrees, the widest first, from their roots."""
    if not roots:
        return sha256(b"").digest()
    *wider, root = roots
    for left in reversed(wider):
        root = node_hash(left, root)
    return root


def whole_subtrees(leaves: range) -> list[Subtree]:
    """Return the whole subtrees that make up ``leaves``, widest first; ``leaves`` begin where so wide a one may."""
    found, start = [], leaves.start
    while start < leaves.stop:
        level = (leaves.stop - start).bit_length() - 1
        assert start % (1 << level) == 0, f"no subtree begins at leaf {start}"
        found.append(Subtree(level, start >> level))
        start += 1 << level
    return found


def inclusion_steps(index: int, size: int) -> list[range]:
    """Return the leaves whose roots lead from leaf ``index`` up to the root, the nearest first (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    steps, leaves = [], range(size)
    while len(leaves) > 1:
        left, right = _halves(leaves)
        leaves, step = (left, right) if index in left else (right, left)
        steps.append(step)
    return steps[::-1]


def consistency_steps(older: int, size: int) -> list[range]:
    """Return the leaves whose roots show that the tree of ``older`` is a beginning of that of ``size`` (2.1.2)."""
    if not 0 <= older <= size:
        raise ValueError(f"no tree of {older} leaves among {size}")
    steps, leaves = [], range(size)
    while 0 < older < leaves.stop:
        left, right = _halves(leaves)
        leaves, step = (left, right) if older <= left.stop else (right, left)
        steps.append(step)
    # A whole older tree is known to the reader already.
    return [*([leaves] if older and leaves.start else []), *steps[::-1]]


def root_by_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that ``proof`` leads to. Raises ValueError when a proof for this place has another length."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    node, last, left = leaf, size - 1, list(proof)
    while last:
        if index & 1 or index < last:
            if not left:
                raise ValueError("the proof is too short")
            step = left.pop(0)
            node = node_hash(step, node) if index & 1 else node_hash(node, step)
        index, last = index >> 1, last >> 1
    if left:
        raise ValueError("the proof is too long")
    return node


def is_consistent(*, older: int, older_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether ``proof`` shows that the tree of ``older`` leaves is a beginning of that of ``size``."""
    if older == 0 or older == size:
        return not proof and (older == 0 or older_root == root)
    path = [older_root, *proof] if older & (older - 1) == 0 else list(proof)
    if not older < size or not path:
        return False
    place, last = older - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == older_root and new == root


def _halves(leaves: range) -> tuple[range, range]:
    """Split after the largest power of two below the number of leaves."""
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return leaves[:middle], leaves[middle:]


def _trailing_ones(number: int) -> int:
    return (~number & number + 1).bit_length() - 1
