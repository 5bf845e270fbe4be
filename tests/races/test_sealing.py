"""Two who seal at once: one appender, no gap, one chain."""

from __future__ import annotations

from hashlib import sha256

from config.management.commands.verify_ledger import verify
from ledger.models import SealedLeaf, SealReason, Transfer, TreeHead
from ledger.services import sealing, verifying
from tests.factories import VoucherFactory
from tests.support.crowd import at_once


def test_two_who_seal_at_once_make_one_chain_without_a_gap(committed_db: str) -> None:
    VoucherFactory.create()
    VoucherFactory.create()

    outcomes = at_once([lambda: sealing.seal(reason=SealReason.BY_HAND)] * 4)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    heads = list(TreeHead.objects.order_by("number"))
    assert [head.number for head in heads] == [1, 2, 3, 4]
    assert [head.previous for head in heads[1:]] == [sha256(head.jws.encode()).hexdigest() for head in heads[:-1]]
    assert list(SealedLeaf.objects.values_list("sequence", flat=True)) == list(range(Transfer.objects.count()))
    assert verify(verifying.CHECKS)["ok"]
