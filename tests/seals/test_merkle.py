"""The tree against the vectors of Certificate Transparency, and every proof in every small tree."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle

#: The leaves and roots of Certificate Transparency's own tests, by size of the tree.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
SIZES_AND_PLACES = st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1)))


def roots(hashes: list[bytes], steps: list[range]) -> list[bytes]:
    return [merkle.root_of(hashes[step.start : step.stop]) for step in steps]


def inclusion_proof(index: int, hashes: list[bytes]) -> list[bytes]:
    return roots(hashes, merkle.inclusion_steps(index, len(hashes)))


def consistency_proof(older: int, hashes: list[bytes]) -> list[bytes]:
    return roots(hashes, merkle.consistency_steps(older, len(hashes)))


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(f"{number}".encode()) for number in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert merkle.root_of(HASHES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert merkle.root_of([]) == sha256(b"").digest()


def test_the_published_inclusion_proof_of_the_last_leaf_of_three() -> None:
    proof = inclusion_proof(2, HASHES[:3])

    assert [step.hex() for step in proof] == [ROOTS[1]]


def test_the_published_consistency_proof_from_one_to_eight() -> None:
    proof = consistency_proof(1, HASHES)

    assert [step.hex() for step in proof] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@given(SIZES_AND_PLACES)
def test_every_leaf_proves_that_it_is_in_the_tree(size_and_place: tuple[int, int]) -> None:
    size, place = size_and_place
    hashes = leaves(size)

    found = merkle.root_by_inclusion(hashes[place], index=place, size=size, proof=inclusion_proof(place, hashes))

    assert found == merkle.root_of(hashes)


@given(SIZES_AND_PLACES)
def test_a_proof_leads_no_other_leaf_to_the_root(size_and_place: tuple[int, int]) -> None:
    size, place = size_and_place
    hashes = leaves(size)

    found = merkle.root_by_inclusion(
        merkle.leaf_hash(b"foreign"), index=place, size=size, proof=inclusion_proof(place, hashes)
    )

    assert found != merkle.root_of(hashes)


@given(SIZES_AND_PLACES)
def test_every_earlier_tree_is_a_beginning_of_every_later_one(size_and_place: tuple[int, int]) -> None:
    size, older = size_and_place
    hashes = leaves(size)
    proof, root = consistency_proof(older, hashes), merkle.root_of(hashes)

    def fits(older_root: bytes) -> bool:
        return merkle.is_consistent(older=older, older_root=older_root, size=size, root=root, proof=proof)

    assert fits(merkle.root_of(hashes[:older]))
    assert older == 0 or not fits(merkle.leaf_hash(b"foreign"))


@pytest.mark.parametrize("change", [list.pop, lambda proof: proof.append(HASHES[0])])
def test_a_proof_of_another_length_is_none(change: object) -> None:
    proof = inclusion_proof(2, HASHES)
    change(proof)  # type: ignore[operator]

    with pytest.raises(ValueError, match="too"):
        merkle.root_by_inclusion(HASHES[2], index=2, size=8, proof=proof)


def test_a_tree_grows_from_its_frontier_as_from_its_leaves() -> None:
    begun = merkle.Frontier()
    for leaf in HASHES[:5]:
        begun.append(leaf)
    again = merkle.Frontier(5, begun.roots)
    for leaf in HASHES[5:]:
        again.append(leaf)

    assert (again.size, merkle.joined(again.roots).hex()) == (8, ROOTS[7])


@given(st.integers(1, 40))
def test_a_tree_tells_every_subtree_once_it_is_whole(size: int) -> None:
    tree, hashes = merkle.Frontier(), leaves(size)

    told = [found for leaf in hashes for found in tree.append(leaf)]

    assert [root for _subtree, root in told] == roots(hashes, [subtree.leaves for subtree, _root in told])
    assert {subtree for subtree, _root in told} == {
        merkle.Subtree(level, place) for level in range(6) for place in range(size >> level)
    }


@given(st.integers(0, 40))
def test_whole_subtrees_joined_are_the_tree(size: int) -> None:
    hashes = leaves(size)

    parts = merkle.whole_subtrees(range(size))

    assert [place for subtree in parts for place in subtree.leaves] == list(range(size))
    assert merkle.joined(roots(hashes, [subtree.leaves for subtree in parts])) == merkle.root_of(hashes)
