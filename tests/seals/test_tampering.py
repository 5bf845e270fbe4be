"""Somebody with all rights over the database changes something: it is found, and the row is named."""

from __future__ import annotations

from typing import Any

import pytest

from config.management.commands.verify_ledger import verify
from ledger import merkle, signing
from ledger.models import ClosedBalance, SealedLeaf, SealReason, SigningKey, Transfer, TreeHead
from ledger.selectors import seals
from ledger.services import sealing, verifying
from tests.support.tampering import tamper
from vouchers.models import Voucher
from vouchers.services import verifying as vouchers

pytestmark = pytest.mark.django_db

CHECKS = [*verifying.CHECKS, *vouchers.CHECKS]
INSERT = (
    "INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on, period,"
    " recorded_at) SELECT 'by hand', event, subject, act, debit_id, credit_id, {fen}, occurred_on, booked_on, {period},"
    " recorded_at FROM ledger_transfer WHERE key = 'redeem:r1'"
)


def fault() -> tuple[str, str, str]:
    """Return what verification finds: the check, the row and the problem."""
    found: dict[str, Any] = verify(CHECKS)
    assert not found["ok"]
    return found["fault"]["check"], found["fault"]["row"], found["fault"]["problem"]


def named(key: str) -> str:
    return f"transfer {Transfer.objects.get(key=key).pk} ({key})"


def last_leaf(head: TreeHead) -> SealedLeaf:
    return SealedLeaf.objects.get(sequence=head.size - 1)


def test_a_sound_ledger_is_found_sound(sealed: list[TreeHead]) -> None:
    report = verify(CHECKS)

    assert report["ok"], report
    assert report["figures"]["heads"] == 2 and report["figures"]["unsealed"] == 1
    assert report["figures"]["transfers"] == Transfer.objects.count() == report["figures"]["leaves"] + 1
    assert report["figures"]["months_settled"] == 1 and report["figures"]["vouchers"] == 2


def test_a_changed_amount_is_found(sealed: list[TreeHead]) -> None:
    tamper("UPDATE ledger_transfer SET fen = fen + 1 WHERE key = 'redeem:r1'")

    check, row, problem = fault()
    assert (check, row) == ("leaves", named("redeem:r1"))
    assert problem.startswith("is not what was sealed as leaf ")


def test_swapped_accounts_are_found(sealed: list[TreeHead]) -> None:
    tamper("UPDATE ledger_transfer SET debit_id = credit_id, credit_id = debit_id WHERE key = 'redeem:r1'")

    assert fault()[:2] == ("leaves", named("redeem:r1"))


@pytest.mark.parametrize(
    "change",
    ["occurred_on = '2026-01-02'", "recorded_at = '2026-02-02 00:00:00Z'", "act = 'x'", "recorded_by_id = NULL"],
)
def test_no_sealed_field_changes_unseen(sealed: list[TreeHead], change: str) -> None:
    tamper(f"UPDATE ledger_transfer SET {change} WHERE key = 'redeem:r2'")

    assert fault()[:2] == ("leaves", named("redeem:r2"))


def test_a_renamed_account_is_found_at_the_first_row_that_uses_it(sealed: list[TreeHead]) -> None:
    first = Transfer.objects.get(leaf__sequence=0)
    tamper("UPDATE ledger_ledgeraccount SET code = 'renamed' WHERE id = %(id)s", id=first.debit_id)

    assert fault()[:2] == ("leaves", named(first.key))


@pytest.mark.parametrize("side", ["debit", "credit"])
def test_a_sealed_row_without_an_account_is_found(sealed: list[TreeHead], side: str) -> None:
    tamper(f"UPDATE ledger_transfer SET {side}_id = 987654321 WHERE key = 'redeem:r1'")

    assert fault() == ("leaves", named("redeem:r1"), f"its {side} account does not exist")


def test_a_sealed_row_whose_author_is_nobody_is_found(sealed: list[TreeHead]) -> None:
    tamper("UPDATE ledger_transfer SET recorded_by_id = 987654321 WHERE key = 'redeem:r1'")

    assert fault() == ("leaves", named("redeem:r1"), "whoever recorded it does not exist")


def test_a_row_that_reverses_what_is_not_there_is_found(sealed: list[TreeHead]) -> None:
    waiting = seals.unsealed().get()
    tamper(f"UPDATE ledger_transfer SET reverses_id = 987654321 WHERE id = {waiting.pk}")

    assert fault() == ("reversals", named(waiting.key), "reverses a transfer that does not exist")


def test_a_row_that_waits_for_its_seal_without_an_account_is_found(sealed: list[TreeHead]) -> None:
    waiting = seals.unsealed().get()
    tamper(f"UPDATE ledger_transfer SET credit_id = 987654321 WHERE id = {waiting.pk}")

    assert fault() == ("unsealed", named(waiting.key), "its credit account does not exist")


def test_a_deleted_account_is_found_at_the_first_row_that_uses_it(sealed: list[TreeHead]) -> None:
    used = Transfer.objects.get(key="redeem:r1").credit_id
    first = Transfer.objects.filter(credit=used).earliest("leaf__sequence")
    tamper("DELETE FROM ledger_ledgeraccount WHERE id = %(id)s", id=used)

    assert fault() == ("leaves", named(first.key), "its credit account does not exist")


def test_deleted_last_rows_are_found(sealed: list[TreeHead]) -> None:
    last = last_leaf(sealed[1])
    tamper(
        f"DELETE FROM ledger_sealedleaf WHERE id = {last.sequence}",
        f"DELETE FROM ledger_transfer WHERE id = {last.transfer_id}",
    )

    assert fault() == (
        "leaves",
        f"leaf {last.sequence}",
        f"is gone: head 2 covers {sealed[1].size} leaves, {last.sequence} are left",
    )


def test_a_row_deleted_from_under_its_leaf_is_found(sealed: list[TreeHead]) -> None:
    last = last_leaf(sealed[1])
    tamper(f"DELETE FROM ledger_transfer WHERE id = {last.transfer_id}")

    assert fault() == ("leaves", f"leaf {last.sequence}", "its transfer is gone")
    tamper(f"DELETE FROM ledger_sealedleaf WHERE id = {last.sequence}")  # or the engine complains at the end


def test_a_leaf_taken_from_the_middle_is_found(sealed: list[TreeHead]) -> None:
    tamper("DELETE FROM ledger_sealedleaf WHERE id = 1")

    assert fault() == ("leaves", "leaf 1", "is gone; leaves after it are there")


def test_a_row_put_into_a_closed_month_is_found(sealed: list[TreeHead]) -> None:
    tamper(INSERT.format(fen=100, period="'2026-01-01'"))

    assert fault() == ("unsealed", named("by hand"), "was put into 2026-01 after that month was closed and sealed")


def test_a_row_put_into_a_closed_month_is_found_after_it_was_sealed_too(sealed: list[TreeHead]) -> None:
    tamper(INSERT.format(fen=100, period="'2026-01-01'"))
    sealing.seal(reason=SealReason.DAILY)

    assert fault() == ("leaves", named("by hand"), "was put into 2026-01 after that month was closed and sealed")


def test_leaves_put_into_another_order_are_found(sealed: list[TreeHead]) -> None:
    tamper(
        "UPDATE ledger_sealedleaf SET id = -1 WHERE id = 0",
        "UPDATE ledger_sealedleaf SET id = 0 WHERE id = 1",
        "UPDATE ledger_sealedleaf SET id = 1 WHERE id = -1",
    )

    assert fault() == ("tree", "head 1", f"the first {sealed[0].size} leaves have another root than it signs")


@pytest.mark.parametrize(
    ("statement", "row", "problem"),
    [
        (
            "UPDATE ledger_sealedsubtree SET hash = (SELECT hash FROM ledger_sealedleaf WHERE id = 0) "
            "WHERE level = 2 AND place = 0",
            "stored root 2/0",
            "is not that of leaves 0 to 3",
        ),
        ("DELETE FROM ledger_sealedsubtree WHERE level = 1 AND place = 1", "stored root 1/1", "is gone"),
        (
            "INSERT INTO ledger_sealedsubtree (level, place, hash) SELECT 9, 9, hash FROM ledger_sealedleaf "
            "WHERE id = 0",
            "stored root 9/9",
            "is of leaves that are not there, or is not in its order",
        ),
    ],
)
def test_a_forged_stored_root_is_found(sealed_in_pairs: list[TreeHead], statement: str, row: str, problem: str) -> None:
    tamper(statement)

    assert fault() == ("tree", row, problem)


def test_a_row_changed_together_with_its_leaf_is_found(sealed: list[TreeHead]) -> None:
    row = Transfer.objects.get(key="redeem:r2")
    tamper("UPDATE ledger_transfer SET fen = fen + 1 WHERE key = 'redeem:r2'")
    source = Transfer.objects.values_list(*seals.leaf_sources()).get(pk=row.pk)
    again = merkle.leaf_hash(seals.leaf_writer()(source))
    tamper("UPDATE ledger_sealedleaf SET hash = %(hash)s WHERE transfer_id = %(id)s", hash=again, id=row.pk)

    assert fault()[:2] == ("tree", "head 2")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("root = '00'", "its row says another root than was signed"),
        ("size = size - 1", "its row says another size than was signed"),
        ("closed_through = NULL", "its row says another closed_through than was signed"),
        ("kid = 'unknown'", "is signed with the key unknown, which is not kept"),
        ("jws = replace(jws, '.', '.A')", "its signature does not fit its text and key"),
    ],
)
def test_a_forged_head_is_found(sealed: list[TreeHead], change: str, problem: str) -> None:
    tamper(f"UPDATE ledger_treehead SET {change} WHERE id = 2")

    assert fault() == ("heads", "head 2", problem)


def test_a_head_signed_with_a_foreign_key_in_the_name_of_ours_is_found(sealed: list[TreeHead]) -> None:
    foreign = signing.private_key(signing.new_private_key())
    forged = signing.sign(sealing.head_payload(sealed[1]), key=foreign)
    tamper("UPDATE ledger_treehead SET jws = %(jws)s WHERE id = 2", jws=forged)

    assert fault() == ("heads", "head 2", "its signature does not fit its text and key")


def test_an_old_head_played_again_is_found(sealed: list[TreeHead]) -> None:
    tamper(
        "INSERT INTO ledger_treehead (id, size, root, previous, closed_through, reason, at, kid, jws)"
        " SELECT 3, size, root, 'again', closed_through, reason, at, kid, jws FROM ledger_treehead"
        " WHERE id = 1"
    )

    assert fault() == ("heads", "head 3", "does not follow head 2: the chain is broken between the two")


def test_a_head_taken_from_the_chain_is_found(sealed: list[TreeHead]) -> None:
    tamper("DELETE FROM ledger_treehead WHERE id = 1")

    assert fault() == ("heads", "head 1", "is gone; head 2 comes after head 0")


def test_a_history_written_anew_does_not_fit_the_heads_that_others_kept(sealed: list[TreeHead]) -> None:
    kept = [head.jws for head in sealed]
    tamper(
        "DELETE FROM ledger_sealedleaf",
        "DELETE FROM ledger_treehead",
        "UPDATE ledger_transfer SET act = 'another' WHERE key = 'redeem:r2'",
    )
    sealing.seal(reason=SealReason.DAILY)

    assert verify(CHECKS)["ok"]
    with pytest.raises(verifying.Fault, match=r"^witnessed head in line 1: is no head of this ledger"):
        verifying.witnessed(kept)


def test_a_missing_public_key_is_found(sealed: list[TreeHead]) -> None:
    tamper("DELETE FROM ledger_signingkey")

    assert fault()[:2] == ("heads", "head 1") and not SigningKey.objects.exists()


def test_an_unsealed_row_that_is_in_no_month_is_found(sealed: list[TreeHead]) -> None:
    tamper(INSERT.format(fen=100, period="'2026-02-15'"))

    assert fault()[:2] == ("unsealed", named("by hand"))


def test_an_unsealed_row_that_no_voucher_followed_is_found(sealed: list[TreeHead]) -> None:
    tamper(INSERT.format(fen=100, period="'2026-02-01'"))
    voucher = Voucher.objects.order_by("pk")[0]

    assert fault() == (
        "vouchers",
        f"voucher {voucher.pk} ({voucher.number})",
        "spent: 200 fen, where its transfers say 300 fen",
    )


@pytest.mark.parametrize("figure", ["amount", "spent", "returned"])
def test_a_voucher_that_says_another_figure_than_its_rows_is_found(sealed: list[TreeHead], figure: str) -> None:
    voucher = Voucher.objects.order_by("pk")[0]
    tamper(f"UPDATE vouchers_voucher SET {figure}_fen = {figure}_fen + 1 WHERE id = {voucher.pk}")

    check, row, problem = fault()
    assert (check, row) == ("vouchers", f"voucher {voucher.pk} ({voucher.number})")
    assert problem.startswith(f"{figure}: ")


def test_a_voucher_held_by_another_payer_is_found(sealed: list[TreeHead]) -> None:
    first, second = Voucher.objects.order_by("pk")
    tamper(f"UPDATE vouchers_voucher SET holder_id = {second.holder_id} WHERE id = {first.pk}")

    assert fault()[0] == "entitlements"


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE ledger_obligationrecord SET fen = fen + 1", "obligations of 2026-01, "),
        ("UPDATE ledger_positionrecord SET fen = fen + 1", "positions of 2026-01, "),
        ("DELETE FROM ledger_positionrecord", "positions of 2026-01, "),
    ],
)
def test_a_settlement_that_is_not_that_of_the_rows_is_found(sealed: list[TreeHead], statement: str, what: str) -> None:
    tamper(statement)

    check, row, _problem = fault()
    assert check == "settlements" and row.startswith(what)


def test_an_obligation_of_a_month_that_was_never_netted_is_found(sealed: list[TreeHead]) -> None:
    tamper("UPDATE ledger_obligationrecord SET month = '2026-02-01'")

    assert fault()[0] == "settlements"


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_closedbalance SET fen = fen + 1", "DELETE FROM ledger_closedbalance"]
)
def test_a_closed_balance_that_is_not_the_sum_of_the_rows_is_found(sealed: list[TreeHead], statement: str) -> None:
    first = ClosedBalance.objects.order_by("month", "code")[0]
    tamper(f"{statement} WHERE id = {first.pk}")

    assert fault()[:2] == ("balances", f"balance of {first.code} through {first.month:%Y-%m}")
