"""A small ledger with a history: two people, a move, a redemption taken back, a month closed and settled."""

from __future__ import annotations

from datetime import date

from accounts.models import District
from ledger.models import SealReason, TreeHead
from ledger.services import periods, sealing
from tests.factories import DistrictFactory, ProviderFactory, UserFactory, VoucherFactory, stamp
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
