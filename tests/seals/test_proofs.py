"""Proofs lead to the roots that heads sign, and are made of stored roots wherever there are any."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from ledger import merkle
from ledger.models import SealedLeaf, SealedSubtree, SealReason, Transfer, TreeHead
from ledger.selectors import seals
from ledger.services import proving, sealing, verifying
from tests.support.tampering import tamper

pytestmark = pytest.mark.django_db


def proved_root(transfer: Transfer) -> str:
    """Return the root that a transfer's proof leads to."""
    proof = proving.inclusion(transfer)
    path = [bytes.fromhex(step) for step in proof.path]
    leaf = merkle.leaf_hash(proof.leaf.encode())
    return merkle.root_by_inclusion(leaf, index=proof.sequence, size=proof.head.size, proof=path).hex()


def is_proved(older: TreeHead, newer: TreeHead) -> bool:
    return merkle.is_consistent(
        older=older.size,
        older_root=bytes.fromhex(older.root),
        size=newer.size,
        root=bytes.fromhex(newer.root),
        proof=[bytes.fromhex(step) for step in proving.consistency(older=older, newer=newer).path],
    )


def test_every_sealed_transfer_is_proved_under_its_head(sealed_in_pairs: list[TreeHead]) -> None:
    sealed = Transfer.objects.filter(leaf__isnull=False)

    proved = [(proved_root(transfer), proving.inclusion(transfer).head.root) for transfer in sealed]

    assert len(proved) == sealed_in_pairs[1].size
    assert [found for found, _signed in proved] == [signed for _found, signed in proved]


def test_every_head_is_the_beginning_of_every_later_one(sealed_in_pairs: list[TreeHead]) -> None:
    heads = [*sealed_in_pairs, sealing.seal(reason=SealReason.DAILY)]

    assert all(is_proved(older, newer) for older, newer in combinations_with_replacement(heads, 2))


def test_a_transfer_that_waits_is_not_proved(sealed_in_pairs: list[TreeHead]) -> None:
    with pytest.raises(proving.NotSealedYet):
        proving.inclusion(Transfer.objects.get(key="redeem:r3"))


def test_a_proof_reads_no_leaf_beyond_its_block_and_the_last_one(sealed_in_pairs: list[TreeHead]) -> None:
    head = sealed_in_pairs[1]
    leaf = SealedLeaf.objects.get(sequence=2)
    expected = seals.roots(merkle.inclusion_steps(leaf.sequence, head.size))
    tamper(f"DELETE FROM ledger_sealedleaf WHERE id NOT IN (2, 3) AND id < {head.size // 2 * 2}")

    found = seals.roots(merkle.inclusion_steps(leaf.sequence, head.size))

    assert head.size > 6 and found == expected


def test_stored_roots_are_those_of_all_whole_subtrees(sealed_in_pairs: list[TreeHead]) -> None:
    size = seals.leaf_count()

    stored = SealedSubtree.objects.values_list("level", "place")

    assert set(stored) == {(level, place) for level in range(1, 9) for place in range(size >> level)}
    assert len(stored) == len(set(stored)) > 3


def test_stored_roots_that_are_missing_are_stored_by_the_next_seal(sealed_in_pairs: list[TreeHead]) -> None:
    before = list(SealedSubtree.objects.values_list("level", "place", "hash"))
    tamper("DELETE FROM ledger_sealedsubtree")

    sealing.seal(reason=SealReason.DAILY)

    again = list(SealedSubtree.objects.values_list("level", "place", "hash"))
    assert again[: len(before)] == before and verifying.tree() == {"stored_roots": len(again)}


def test_roots_that_are_not_stored_yet_are_proved_out_of_their_leaves(sealed_in_pairs: list[TreeHead]) -> None:
    sealed = Transfer.objects.filter(leaf__isnull=False)
    before = [proving.inclusion(transfer).path for transfer in sealed]
    tamper("DELETE FROM ledger_sealedsubtree")

    assert [proving.inclusion(transfer).path for transfer in sealed] == before
    assert max(len(path) for path in before) > 2 and is_proved(*sealed_in_pairs)


def test_a_stored_root_that_is_gone_does_not_keep_the_next_seal_from_being_made(
    sealed_in_pairs: list[TreeHead],
) -> None:
    tamper("DELETE FROM ledger_sealedsubtree WHERE level = 2")

    head = sealing.seal(reason=SealReason.DAILY)

    assert head.root == merkle.root_of(list(seals.leaf_hashes(size=head.size))).hex()
