"""A voucher's story: whole sentences, true to the facts as known now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils.translation import override

from accounts.models import District, Resident
from tests.factories import DistrictFactory, ProgrammeFactory, ProviderFactory, ResidentFactory, VoucherFactory, stamp
from vouchers.models import Funding, Programme, Provider, Voucher
from vouchers.services.ending import expire, revoke
from vouchers.services.moving import annul_move, move
from vouchers.services.redeeming import redeem, reverse
from vouchers.stories import Line, Teller
from vouchers.wallet import with_details

pytestmark = pytest.mark.django_db

MARCH_16, APRIL_10, MAY_2 = date(2026, 3, 16), date(2026, 4, 10), date(2026, 5, 2)
TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def jingan() -> District:
    return DistrictFactory(code="310106", name_en="Jing'an")


@pytest.fixture
def pudong() -> District:
    return DistrictFactory(code="310115", name_en="Pudong")


@pytest.fixture
def lin() -> Resident:
    return ResidentFactory(name="林小雨", district=DistrictFactory(code="310112", name_en="Minhang"))


@pytest.fixture
def education() -> Programme:
    return ProgrammeFactory.create(code="education", name_en="Education")


@pytest.fixture
def school(jingan: District, education: Programme) -> Provider:
    return ProviderFactory(code="school", name_en="First School", district=jingan, programmes=[education])


@pytest.fixture
def voucher(lin: Resident, education: Programme) -> Voucher:
    return VoucherFactory(resident=lin, programme=education)


def use(voucher: Voucher, school: Provider, *, fen: int, day: date, key: str, booked: date | None = None) -> None:
    redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=school,
        fen=fen,
        day=day,
        key=key,
        stamp=stamp(booked or day),
    )


def story(voucher: Voucher, *, own: bool = True) -> list[Line]:
    fresh = with_details(Voucher.objects.filter(pk=voucher.pk)).get()
    return Teller(fresh.resident, own, TODAY).story_of(fresh)


def told(voucher: Voucher, *, day: date, own: bool = True) -> list[str]:
    return [line.text for line in story(voucher, own=own) if line.day == day]


def test_a_move_tells_what_was_left_that_day_and_who_pays_from_then_on(
    voucher: Voucher, school: Provider, jingan: District
) -> None:
    use(voucher, school, fen=30_000, day=date(2026, 2, 1), key="before")
    move(resident=voucher.resident, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))
    use(voucher, school, fen=10_000, day=APRIL_10, key="after")

    assert told(voucher, day=MARCH_16) == [
        "On 16 March 2026 you moved from Minhang to Jing'an. Your voucher moved with you: 420.00 yuan were left."
        " From this day on Jing'an pays for it. Minhang bears 74 days, Jing'an 291. You need do nothing."
    ]


def test_somebody_else_hears_the_name(voucher: Voucher, jingan: District) -> None:
    move(resident=voucher.resident, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))

    assert told(voucher, day=MARCH_16, own=False) == [
        "On 16 March 2026 林小雨 moved from Minhang to Jing'an. The voucher moved along: 720.00 yuan were left."
        " From this day on Jing'an pays for it. Minhang bears 74 days, Jing'an 291. Nothing has to be applied for."
    ]


def test_a_pool_that_pays_goes_on_paying_after_a_move_within_it(lin: Resident, jingan: District) -> None:
    pooled = VoucherFactory(resident=lin, programme=ProgrammeFactory.create(funded_by=Funding.POOL))
    move(resident=lin, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))

    [text] = told(pooled, day=MARCH_16)

    assert "City goes on paying for it." in text


def test_a_pool_is_followed_by_another_after_a_move_out_of_it(lin: Resident) -> None:
    pooled = VoucherFactory(resident=lin, programme=ProgrammeFactory.create(funded_by=Funding.POOL))
    huqiu: District = DistrictFactory(code="320505", name_en="Huqiu", pool="320500")
    move(resident=lin, to=huqiu.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))

    [text] = told(pooled, day=MARCH_16)

    assert "From this day on City pays for it." in text


def test_a_move_recorded_late_says_so(voucher: Voucher, jingan: District) -> None:
    move(resident=voucher.resident, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MAY_2))

    [text] = told(voucher, day=MARCH_16)

    assert "It was recorded on 2 May 2026 and counts from its own day all the same. Your voucher moved" in text


def test_an_annulled_move_never_happened_and_is_told_all_the_same(voucher: Voucher, jingan: District) -> None:
    move(resident=voucher.resident, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))
    annul_move(resident=voucher.resident, effective_on=MARCH_16, stamp=stamp(APRIL_10))

    assert told(voucher, day=MARCH_16) == [
        "A move to Jing'an was recorded for 16 March 2026 and annulled on 10 April 2026."
        " It is as if it had never happened."
    ]


def test_a_move_to_come_is_told_as_one(voucher: Voucher, jingan: District) -> None:
    move(resident=voucher.resident, to=jingan.code, effective_on=date(2026, 9, 1), stamp=stamp(TODAY))

    [text] = told(voucher, day=date(2026, 9, 1))

    assert text == (
        "On 1 September 2026 you will move from Minhang to Jing'an. Your voucher will move with you, with all that is"
        " left on it. From this day on Jing'an pays for it. You need do nothing."
    )


def test_a_move_before_the_voucher_was_issued_is_not_part_of_its_story(
    lin: Resident, jingan: District, education: Programme
) -> None:
    move(resident=lin, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))

    voucher = VoucherFactory(resident=lin, programme=education, day=APRIL_10)

    assert told(voucher, day=MARCH_16) == []


def test_a_use_elsewhere_says_who_pays(voucher: Voucher, school: Provider) -> None:
    use(voucher, school, fen=30_000, day=APRIL_10, key="a")

    assert told(voucher, day=APRIL_10) == [
        "300.00 yuan of Education were used at First School in Jing'an. Minhang pays for it."
    ]


def test_a_use_at_home_of_what_the_pool_pays_is_no_use_elsewhere(lin: Resident) -> None:
    pooled = VoucherFactory(resident=lin, programme=ProgrammeFactory.create(name_en="Health", funded_by=Funding.POOL))
    clinic = ProviderFactory(
        name_en="Minhang Clinic", district=District.objects.get(pk="310112"), programmes=[pooled.programme]
    )
    use(pooled, clinic, fen=100, day=APRIL_10, key="a")

    assert told(pooled, day=APRIL_10) == ["1.00 yuan of Health were used at Minhang Clinic."]


def test_a_late_claim_says_when_it_was_recorded(voucher: Voucher, school: Provider) -> None:
    use(voucher, school, fen=100, day=APRIL_10, key="a", booked=MAY_2)

    [text] = told(voucher, day=APRIL_10)

    assert text.endswith("This was recorded on 2 May 2026.")


def test_a_reversal_names_what_it_gave_back_and_the_use_says_that_it_was_taken_back(
    voucher: Voucher, school: Provider
) -> None:
    use(voucher, school, fen=30_000, day=APRIL_10, key="a")
    reverse(key="a", day=MAY_2, stamp=stamp(MAY_2))

    [used] = told(voucher, day=APRIL_10)
    [given_back] = told(voucher, day=MAY_2)

    assert used.endswith("It was taken back later.")
    assert given_back == (
        "300.00 yuan of Education, used at First School in Jing'an on 10 April 2026, were given back."
    )


def test_a_use_that_was_taken_back_does_not_lower_what_was_left_at_a_move(
    voucher: Voucher, school: Provider, jingan: District
) -> None:
    use(voucher, school, fen=30_000, day=date(2026, 2, 1), key="a")
    reverse(key="a", day=date(2026, 2, 2), stamp=stamp(date(2026, 2, 2)))
    move(resident=voucher.resident, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))

    [text] = told(voucher, day=MARCH_16)

    assert "720.00 yuan were left" in text


def test_an_expired_voucher_says_what_was_not_used(lin: Resident, education: Programme, school: Provider) -> None:
    voucher = VoucherFactory(resident=lin, programme=education, valid_until=MAY_2)
    use(voucher, school, fen=30_000, day=APRIL_10, key="a")
    expire(voucher_ids=[voucher.pk], stamp=stamp(TODAY))

    assert told(voucher, day=MAY_2) == [
        "Education expired and cannot be used any more."
        " 420.00 yuan were not used and went back to those who pay for it."
    ]


def test_what_comes_back_to_an_ended_voucher_goes_on_to_those_who_pay(
    lin: Resident, education: Programme, school: Provider
) -> None:
    voucher = VoucherFactory(resident=lin, programme=education, valid_until=MAY_2)
    use(voucher, school, fen=30_000, day=APRIL_10, key="a")
    expire(voucher_ids=[voucher.pk], stamp=stamp(MAY_2))
    reverse(key="a", day=TODAY, stamp=stamp(TODAY))

    [text] = told(voucher, day=TODAY)

    assert text.endswith("It had ended, so the money went back to those who pay for it.")


def test_a_revoked_voucher_says_so(voucher: Voucher, education: Programme) -> None:
    revoke(resident=voucher.resident, programme=education, day=MAY_2, stamp=stamp(MAY_2))

    [text] = told(voucher, day=MAY_2)

    assert text.startswith("Education was revoked and cannot be used any more.")


def test_on_one_day_the_move_comes_before_the_use_and_the_end_after_it(
    voucher: Voucher, school: Provider, jingan: District, education: Programme
) -> None:
    use(voucher, school, fen=100, day=MAY_2, key="a")
    move(resident=voucher.resident, to=jingan.code, effective_on=MAY_2, stamp=stamp(TODAY))
    revoke(resident=voucher.resident, programme=education, day=MAY_2, stamp=stamp(TODAY))

    revoked, used = told(voucher, day=MAY_2)

    assert revoked.startswith("Education was revoked")
    assert used.startswith("1.00 yuan of Education were used")
