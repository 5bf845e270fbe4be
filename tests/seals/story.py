"""A small ledger with a history: two people, a move, a redemption taken back, a month closed and settled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.db import transaction
from django.test import override_settings

from accounts.models import District
from ledger.bundle import write
from ledger.models import SealReason, TreeHead
from ledger.services import periods, sealing
from ledger.signing import new_private_key
from tests.factories import DistrictFactory, ProviderFactory, UserFactory, VoucherFactory, stamp
from tests.support.tampering import tamper
from vouchers.models import Voucher
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem, reverse

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def spend(voucher: Voucher, *, key: str, fen: int = 100, day: date = FEBRUARY) -> None:
    provider = ProviderFactory(district=District.objects.get(pk=voucher.payer), programmes=[voucher.programme])
    redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=day,
        key=key,
        stamp=stamp(day),
    )


def seal_a_story() -> list[TreeHead]:
    """Play the story and return its two heads: January closed and settled under the second, one row unsealed."""
    first, second = VoucherFactory(), VoucherFactory()
    approver = UserFactory()
    spend(first, key="r1")
    heads = [sealing.seal(reason=SealReason.DAILY)]
    move(
        resident=second.resident,
        to=DistrictFactory().code,
        effective_on=date(2026, 1, 16),
        stamp=stamp(date(2026, 1, 20)),
    )
    spend(first, key="r2")
    reverse(key="r2", day=FEBRUARY, stamp=stamp(FEBRUARY))
    periods.close_period(month=JANUARY, approved_by=approver, stamp=stamp(FEBRUARY))
    periods.settle_period(month=JANUARY, approved_by=approver, stamp=stamp(FEBRUARY))
    heads.append(sealing.seal(reason=SealReason.CLOSE))
    spend(first, key="r3")
    return heads


def write_bundles(folder: Path) -> None:
    """Commit the story and write it as bundles: empty, whole, January, after a change of keys, and written anew."""
    write(folder / "empty.zip")
    with transaction.atomic():
        seal_a_story()
    write(folder / "ledger.zip")
    write(folder / "january.zip", period=JANUARY)
    with override_settings(LEDGER_SIGNING_KEY=new_private_key()):
        sealing.seal(reason=SealReason.BY_HAND)
    write(folder / "rotated.zip")
    with transaction.atomic():
        tamper(
            "DELETE FROM ledger_sealedleaf",
            "DELETE FROM ledger_treehead",
            "UPDATE ledger_transfer SET act = 'another' WHERE key = 'redeem:r2'",
        )
        sealing.seal(reason=SealReason.DAILY)
    write(folder / "anew.zip")
