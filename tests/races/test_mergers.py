"""A merger of districts while people redeem, move and arrive: whoever comes second finds the successor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from accounts.models import Residence
from accounts.services.residents import register
from accounts.stamps import Stamp
from ledger import selectors
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
)
from tests.support.crowd import at_once
from vouchers.services.merging_districts import merge_districts
from vouchers.services.moving import NotAMember, move
from vouchers.services.redeeming import redeem

MERGED_ON, DAY = date(2026, 2, 10), date(2026, 2, 11)


@pytest.fixture
def stamp(committed_db: str) -> Stamp:
    return Stamp(by=UserFactory.create(), booked_on=DAY, as_of=DAY)


def test_among_redemptions_and_moves_a_merger_leaves_nothing_behind(stamp: Stamp) -> None:
    old, new, elsewhere = (DistrictFactory(code=code) for code in ("310108", "310106", "310112"))
    programme = ProgrammeFactory.create(cost_rule="by_use")
    school = ProviderFactory(district=old, programmes=[programme])
    vouchers = [
        VoucherFactory(resident=ResidentFactory(district=home), programme=programme)
        for home in (old, elsewhere)
        for _ in range(8)
    ]
    calls: list[Callable[[], object]] = [
        partial(
            redeem,
            resident=voucher.resident,
            programme=programme,
            provider=school,
            fen=100,
            day=DAY,
            key=f"k{voucher.pk}",
            stamp=stamp,
        )
        for voucher in vouchers
    ]
    calls += [
        partial(move, resident=voucher.resident, to=old.code, effective_on=DAY, stamp=stamp) for voucher in vouchers[8:]
    ]
    calls += [partial(register, name="新来的", district=old, since=DAY, stamp=stamp) for _ in range(4)]
    merging: Callable[[], object] = partial(
        merge_districts, predecessor=old.code, successor=new.code, day=MERGED_ON, stamp=stamp
    )
    calls.insert(14, merging)

    results = at_once(calls)

    failed = [result for result in results if isinstance(result, Exception)]
    assert [error for error in failed if not isinstance(error, NotAMember)] == []
    assert selectors.books(authority=old.code) == {}
    payable = f"{new.code}/{programme.code}/payable/{school.code}"
    assert selectors.books(authority=new.code)[payable] == -100 * len(vouchers)
    assert not Residence.objects.current().filter(district=old, end=None).exists()
