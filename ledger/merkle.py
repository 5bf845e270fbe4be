"""The Merkle tree of RFC 6962: hashes in, roots and proofs out. ``hashes`` are those of the leaves, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows by a leaf at a time and remembers only the roots of its whole subtrees, widest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size, self.roots = size, list(roots)
        assert len(self.roots) == size.bit_count()

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf, size = node_hash(self.roots.pop(), leaf), size >> 1
        self.roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.roots:
            return sha256(b"").digest()
        *wider, root = self.roots
        for left in reversed(wider):
            root = node_hash(left, root)
        return root


def root_of(hashes: Iterable[bytes]) -> bytes:
    tree = Frontier()
    for leaf in hashes:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Return what leads from leaf ``index`` up to the root, the nearest first (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(hashes):
        raise ValueError(f"no leaf {index} among {len(hashes)}")
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return [*inclusion_proof(index, hashes[:split]), root_of(hashes[split:])]
    return [*inclusion_proof(index - split, hashes[split:]), root_of(hashes[:split])]


def consistency_proof(older: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Return what shows that the tree of the first ``older`` leaves is a beginning of this one (RFC 6962, 2.1.2)."""
    if not 0 <= older <= len(hashes):
        raise ValueError(f"no tree of {older} leaves among {len(hashes)}")
    return [] if older == 0 else _subproof(older, hashes, known=True)


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


def _subproof(older: int, hashes: Sequence[bytes], *, known: bool) -> list[bytes]:
    """``known``: the reader holds this subtree's root already."""
    if older == len(hashes):
        return [] if known else [root_of(hashes)]
    split = _split(len(hashes))
    if older <= split:
        return [*_subproof(older, hashes[:split], known=known), root_of(hashes[split:])]
    return [*_subproof(older - split, hashes[split:], known=False), root_of(hashes[:split])]


def _split(size: int) -> int:
    """Return the largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
