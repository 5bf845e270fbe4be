"""Heads and proofs through the API: whoever reads them needs nothing of ours to check them."""

from __future__ import annotations

from hashlib import sha256

import pytest

from accounts.models import Role
from ledger import merkle, signing
from ledger.models import SealReason, Transfer, TreeHead
from ledger.services.sealing import seal
from tests.api.callers import V1, caller, rows
from tests.factories import DistrictFactory, UserFactory, administrator_of
from tests.seals.story import seal_a_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def heads() -> list[TreeHead]:
    return seal_a_story()


def test_a_district_sees_every_head_and_the_keys_that_signed_them(heads: list[TreeHead]) -> None:
    district = caller(administrator_of(DistrictFactory()))

    listed = rows(district.get(f"{V1}/tree-heads"))
    keys = district.get(f"{V1}/tree-heads/keys").json()["keys"]

    assert [head["number"] for head in listed] == [2, 1]
    assert signing.signed_payload(listed[0]["jws"], jwk=keys[0])["root"] == listed[0]["root"]
    assert listed[0]["previous"] == sha256(listed[1]["jws"].encode()).hexdigest()
    assert district.get(f"{V1}/tree-heads/2").json() == listed[0]


def test_a_transfer_is_proved_to_be_under_a_head(heads: list[TreeHead]) -> None:
    proof = caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/proofs/redeem:r2").json()

    root = merkle.root_by_inclusion(
        merkle.leaf_hash(proof["leaf"].encode()),
        index=proof["sequence"],
        size=proof["head"]["size"],
        proof=[bytes.fromhex(step) for step in proof["path"]],
    )
    assert '"key":"redeem:r2"' in proof["leaf"] and proof["head"]["number"] == 2
    assert root.hex() == proof["head"]["root"]


def test_an_earlier_tree_is_proved_to_be_the_beginning_of_a_later_one(heads: list[TreeHead]) -> None:
    seal(reason=SealReason.BY_HAND)

    proof = caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/tree-heads/3/consistency?older=2").json()

    assert merkle.is_consistent(
        older=proof["older"]["size"],
        older_root=bytes.fromhex(proof["older"]["root"]),
        size=proof["newer"]["size"],
        root=bytes.fromhex(proof["newer"]["root"]),
        proof=[bytes.fromhex(step) for step in proof["path"]],
    )
    assert (proof["older"]["number"], proof["newer"]["number"]) == (2, 3)


@pytest.mark.parametrize("address", ["tree-heads/3", "tree-heads/1/consistency?older=2", "proofs/redeem:unknown"])
def test_what_is_not_there_is_not_found(heads: list[TreeHead], address: str) -> None:
    assert caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/{address}").status_code == 404


def test_what_waits_for_its_seal_has_no_proof_yet(heads: list[TreeHead]) -> None:
    answer = caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/proofs/redeem:r3")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed_yet")


def test_a_district_proves_only_the_transfers_that_touch_its_book(heads: list[TreeHead]) -> None:
    stranger = caller(administrator_of(DistrictFactory()))

    assert Transfer.objects.filter(key="redeem:r2").exists()
    assert stranger.get(f"{V1}/proofs/redeem:r2").status_code == 404
