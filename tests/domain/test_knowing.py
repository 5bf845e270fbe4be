"""What was known when: of residences, payers, plans and entitlements, as of one day and as known on another."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils.translation import override

from accounts.models import SUSPENSE, District, Resident
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    stamp,
)
from tests.support.visits import visit
from vouchers.cases import Party, Step
from vouchers.models import Move, Programme, Provider, Voucher
from vouchers.services import cases
from vouchers.services.ending import revoke
from vouchers.services.knowing import KnownVoucher, NotKnownYet, Times, residences_known, voucher_known
from vouchers.services.moving import MoveOrder, annul_move, move
from vouchers.services.redeeming import redeem, reverse

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in range(1, 7))
MARCH_16 = date(2026, 3, 16)


@pytest.fixture
def homes() -> list[District]:
    return [DistrictFactory(code=code) for code in ("310101", "310104", "310105")]


@pytest.fixture
def lin(homes: list[District]) -> Resident:
    return ResidentFactory(district=homes[0])


@pytest.fixture
def education() -> Programme:
    return ProgrammeFactory.create()


@pytest.fixture
def school(education: Programme) -> Provider:
    return ProviderFactory.create(programmes=[education])


@pytest.fixture
def voucher(lin: Resident, education: Programme) -> Voucher:
    return VoucherFactory(resident=lin, programme=education)


def known(voucher: Voucher, *, as_of: date, on: date) -> KnownVoucher:
    fresh = Voucher.objects.select_related("programme").get(pk=voucher.pk)
    return voucher_known(voucher=fresh, times=Times(as_of, on))


def believed(resident: Resident, *, on: date) -> list[tuple[date, str, bool]]:
    return [(row.start, row.district_id, row.confirmed) for row in residences_known(resident, known_on=on)]


def test_a_late_move_was_not_known_before_it_was_recorded(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310104", effective_on=MARCH_16, stamp=stamp(MAY))

    assert known(voucher, as_of=APRIL, on=APRIL).payer == "310101"
    assert known(voucher, as_of=APRIL, on=MAY).payer == "310104"
    assert known(voucher, as_of=MARCH, on=MAY).payer == "310101"
    assert known(voucher, as_of=MAY, on=MAY).costs == {"310101": 14_597, "310104": 57_403}
    assert known(voucher, as_of=APRIL, on=APRIL).costs == {"310101": 72_000}


def test_a_move_announced_is_known_but_has_not_begun(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310104", effective_on=JUNE, stamp=stamp(MARCH))

    assert known(voucher, as_of=MAY, on=APRIL).payer == "310101"
    assert known(voucher, as_of=JUNE, on=APRIL).payer == "310104"


def test_what_the_districts_agreed_to_later_was_the_citys_before(voucher: Voucher, lin: Resident) -> None:
    moved = cases.request(orders=[MoveOrder(resident=lin, to="310104", effective_on=MARCH_16)], stamp=stamp(MARCH_16))
    cases.act(move=moved, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(APRIL))

    assert known(voucher, as_of=MARCH_16, on=MARCH_16).payer == SUSPENSE
    assert known(voucher, as_of=MARCH_16, on=APRIL).payer == "310104"
    assert believed(lin, on=MARCH_16)[-1] == (MARCH_16, "310104", False)


def test_a_correction_of_a_correction_leaves_three_beliefs(lin: Resident) -> None:
    first = move(resident=lin, to="310104", effective_on=MARCH_16, stamp=stamp(MARCH_16))
    second = cases.correct(move=first, effective_on=MARCH, parties={Party.CITY}, stamp=stamp(APRIL))
    cases.correct(
        move=Move.objects.get(pk=second.pk), to="310105", parties={Party.CITY}, stamp=stamp(MAY), confirmed=True
    )

    assert [believed(lin, on=day)[-1][:2] for day in (MARCH_16, APRIL, MAY)] == [
        (MARCH_16, "310104"),
        (MARCH, "310104"),
        (MARCH, "310105"),
    ]
    assert believed(lin, on=MARCH) == [(date(2020, 1, 1), "310101", True)]


def test_moves_that_arrive_out_of_order_are_each_known_from_their_own_day_on(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310105", effective_on=APRIL, stamp=stamp(APRIL))
    cases.request(orders=[MoveOrder(resident=lin, to="310104", effective_on=MARCH)], stamp=stamp(MAY), confirmed=True)

    assert [row[1] for row in believed(lin, on=APRIL)] == ["310101", "310105"]
    assert [row[1] for row in believed(lin, on=MAY)] == ["310101", "310104", "310105"]
    assert known(voucher, as_of=MARCH_16, on=APRIL).payer == "310101"
    assert known(voucher, as_of=MARCH_16, on=MAY).payer == "310104"


def test_a_move_annulled_was_believed_until_then(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310104", effective_on=MARCH, stamp=stamp(MARCH))
    annul_move(resident=lin, effective_on=MARCH, stamp=stamp(APRIL))

    assert known(voucher, as_of=MARCH_16, on=MARCH_16).payer == "310104"
    assert known(voucher, as_of=MARCH_16, on=APRIL).payer == "310101"


def test_what_was_taken_back_on_the_same_day_was_never_known(lin: Resident) -> None:
    move(resident=lin, to="310104", effective_on=MARCH, stamp=stamp(MARCH))
    annul_move(resident=lin, effective_on=MARCH, stamp=stamp(MARCH))

    assert [row[1] for row in believed(lin, on=MARCH)] == ["310101"]


def test_a_use_counts_from_its_day_and_is_known_from_its_booking(voucher: Voucher, school: Provider) -> None:
    redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=school,
        fen=30_000,
        key="a",
        day=MARCH,
        stamp=stamp(APRIL),
    )

    assert known(voucher, as_of=MARCH_16, on=MARCH_16).remaining_fen == 72_000
    assert known(voucher, as_of=MARCH_16, on=APRIL).remaining_fen == 42_000
    assert known(voucher, as_of=FEBRUARY, on=APRIL).remaining_fen == 72_000


def test_what_was_taken_back_counted_until_that_was_known(voucher: Voucher, school: Provider) -> None:
    visit(voucher, provider=school, fen=30_000, key="a", day=MARCH)
    reverse(key="a", day=APRIL, stamp=stamp(MAY))

    assert known(voucher, as_of=APRIL, on=APRIL).spent_fen == 30_000
    assert known(voucher, as_of=APRIL, on=MAY).spent_fen == 0


def test_an_end_counts_from_its_day_and_is_known_from_its_booking(voucher: Voucher, education: Programme) -> None:
    revoke(resident=voucher.resident, programme=education, day=MARCH, stamp=stamp(APRIL))

    before = known(voucher, as_of=MARCH_16, on=MARCH_16)
    within = known(voucher, as_of=FEBRUARY, on=APRIL)
    after = known(voucher, as_of=MARCH_16, on=APRIL)

    assert [one.status for one in (before, within, after)] == ["active", "active", "revoked"]
    assert (after.returned_fen, after.remaining_fen, after.costs) == (72_000, 0, {})


def test_a_voucher_not_issued_yet_is_refused_with_its_days(lin: Resident, education: Programme) -> None:
    voucher = VoucherFactory(resident=lin, programme=education, day=MARCH)

    with (
        override("en"),
        pytest.raises(NotKnownYet, match="was issued on 1 March 2026, and that was recorded"),
    ):
        known(voucher, as_of=FEBRUARY, on=MAY)
