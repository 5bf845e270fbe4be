"""林小雨 moved in March. On her phone: what she has, where it holds, what happened, what she shows at the counter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from playwright.sync_api import Page, expect

from accounts.models import District, Resident
from tests.browser.reach import PHONE, is_within_reach
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    account_of,
    stamp,
)
from tests.support.site import LiveSite
from vouchers.models import Voucher
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem

MARCH_16, APRIL_10 = date(2026, 3, 16), date(2026, 4, 10)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00"):
        yield


@pytest.fixture
def voucher(live_site: LiveSite) -> Voucher:
    """720 yuan, moved with Lin from Minhang to Jing'an, 300 of it used at a school there; her child has another."""
    minhang: District = DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang")
    jingan: District = DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")
    education = ProgrammeFactory.create(code="education", name_zh="义务教育", name_en="Education")
    school = ProviderFactory(name_zh="第一小学", name_en="First School", district=jingan, programmes=[education])
    lin: Resident = ResidentFactory(name="林小雨", district=minhang)
    voucher: Voucher = VoucherFactory(resident=lin, programme=education)
    move(resident=lin, to=jingan.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))
    redeem(resident=lin, programme=education, provider=school, fen=30_000, day=APRIL_10, key="a", stamp=stamp(APRIL_10))
    VoucherFactory(resident=ResidentFactory(name="林小朵", district=jingan, guardian=lin), programme=education)
    return voucher


@pytest.fixture
def phone(live_site: LiveSite, page: Page, voucher: Voucher) -> Page:
    page.set_viewport_size(PHONE)
    live_site.sign_in(page.context, account_of(voucher.resident))
    page.goto(live_site.url)
    return page


def test_a_resident_sees_what_is_left_after_a_move_and_why(phone: Page) -> None:
    # Her first page says where she lives, what the move changed, and what is left
    expect(phone.get_by_role("heading", level=1)).to_contain_text("林小雨，您现在住在静安区")
    expect(phone.get_by_text("您的服务券已随您转移，剩余金额不变。从这一天起由静安区支付。")).to_be_visible()
    card = phone.get_by_role("article").first
    expect(card).to_contain_text("420.00元")
    expect(card).to_contain_text("有效")
    expect(phone.get_by_role("heading", level=2, name="由您监护的林小朵现在住在静安区")).to_be_visible()
    assert is_within_reach(phone)

    # The voucher tells its story
    card.get_by_role("link", name="义务教育").first.click()
    expect(phone.get_by_text("您从闵行区搬到静安区。服务券随您转移，当时剩余720.00元。")).to_be_visible()
    expect(phone.get_by_text("在静安区的第一小学使用了“义务教育”300.00元。")).to_be_visible()
    assert is_within_reach(phone)

    # It can be used in the district where she lives now
    phone.get_by_role("link", name="查看地点").click()
    expect(phone.get_by_role("heading", level=2)).to_contain_text("静安区")
    expect(phone.get_by_role("main")).to_contain_text("第一小学")
    assert is_within_reach(phone)


def test_a_resident_shows_the_number_at_the_counter(phone: Page, voucher: Voucher) -> None:
    phone.get_by_role("link", name="出示券码").click()

    expect(phone.get_by_role("heading", level=1)).to_have_text("出示券码")
    expect(phone.get_by_role("main")).to_contain_text(f"{voucher.number[:4]} {voucher.number[4:8]}")
    expect(phone.get_by_role("main")).to_contain_text("林小朵")
    assert is_within_reach(phone)


def test_a_resident_reads_the_history_in_english_and_in_large_letters(phone: Page) -> None:
    phone.get_by_role("link", name="我的经历").first.click()
    assert is_within_reach(phone)

    phone.get_by_role("button", name="English").click()

    expect(phone.get_by_text("You moved from Minhang to Jing'an.")).to_be_visible()
    assert is_within_reach(phone)

    phone.get_by_role("button", name="Large text").click()
    phone.get_by_role("link", name="林小朵").click()

    expect(phone.get_by_role("heading", level=1)).to_have_text("The history of 林小朵")
    assert is_within_reach(phone)
