"""What must hold when lives are told by several people at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from accounts.models import Death, User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from tests.factories import ProgrammeFactory, ProviderFactory, ResidentFactory, UserFactory, VoucherFactory
from tests.model import books
from tests.support.crowd import at_once
from vouchers.models import Voucher
from vouchers.services.deaths import record_death
from vouchers.services.merging import merge_residents
from vouchers.services.redeeming import redeem

DAY = date(2026, 2, 10)


@pytest.fixture
def author(committed_db: str) -> User:
    return UserFactory()


@pytest.fixture
def stamp(author: User) -> Stamp:
    return Stamp(by=author, booked_on=DAY, as_of=DAY)


def codes(results: list[object]) -> list[str]:
    return sorted(result.code if isinstance(result, Refused) else type(result).__name__ for result in results)


def test_one_death_recorded_by_four_at_once_is_recorded_once(stamp: Stamp) -> None:
    voucher: Voucher = VoucherFactory()

    results = at_once([partial(record_death, resident=voucher.resident, day=DAY, stamp=stamp)] * 4)

    voucher.refresh_from_db()
    assert codes([*results]) == ["Death", "already_died", "already_died", "already_died"]
    assert (Death.objects.count(), voucher.returned_fen) == (1, 72_000)


def test_redemptions_beside_a_death_take_before_it_or_are_refused(stamp: Stamp) -> None:
    programme = ProgrammeFactory()
    provider = ProviderFactory(programmes=[programme])
    voucher: Voucher = VoucherFactory(programme=programme)
    dying: Callable[[], object] = partial(record_death, resident=voucher.resident, day=DAY, stamp=stamp)
    using: list[Callable[[], object]] = [
        partial(
            redeem,
            resident=voucher.resident,
            programme=programme,
            provider=provider,
            fen=10,
            day=DAY,
            key=f"k{number}",
            stamp=stamp,
        )
        for number in range(16)
    ]

    results = at_once([*using[:8], dying, *using[8:]])

    voucher.refresh_from_db()
    told = codes([*results])
    assert set(told) <= {"Death", "Transfer", "died"} and told.count("Death") == 1
    assert voucher.spent_fen == 10 * told.count("Transfer") == books.spent_by_rows(books.rows()).get(voucher.pk, 0)
    assert voucher.remaining_fen == 0


def test_late_claims_at_once_take_no_more_than_went_back(stamp: Stamp) -> None:
    programme = ProgrammeFactory(annual_fen=100)
    provider = ProviderFactory(programmes=[programme])
    voucher: Voucher = VoucherFactory(programme=programme)
    record_death(resident=voucher.resident, day=DAY, stamp=stamp)
    claims = [
        partial(
            redeem,
            resident=voucher.resident,
            programme=programme,
            provider=provider,
            fen=30,
            day=date(2026, 2, 9),
            key=f"k{number}",
            stamp=stamp,
        )
        for number in range(8)
    ]

    results = at_once(claims)

    voucher.refresh_from_db()
    assert codes([*results]) == ["Transfer"] * 3 + ["balance_too_low"] * 5
    assert (voucher.spent_fen, voucher.returned_fen) == (90, 10)


def test_two_entries_merged_into_each_other_at_once_leave_one(stamp: Stamp) -> None:
    first, second = ResidentFactory(), ResidentFactory()

    results = at_once(
        [
            partial(merge_residents, dropped=first, kept=second, stamp=stamp),
            partial(merge_residents, dropped=second, kept=first, stamp=stamp),
        ]
    )

    assert codes([*results]) == ["ResidentMerge", "merged_person"]
