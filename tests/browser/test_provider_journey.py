"""A clerk on a tablet, a queue in front: one voucher, one amount, a look, taken once; a mistake taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Page, expect

from accounts.models import District, Resident
from ledger.models import Transfer
from tests.browser.reach import TABLET, is_within_reach
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    clerk_of,
)
from tests.support.site import LiveSite
from vouchers.models import Provider, Voucher


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00"):
        yield


@pytest.fixture
def voucher(live_site: LiveSite) -> Voucher:
    """720 yuan of a pupil who lives in Minhang."""
    minhang: District = DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang")
    education = ProgrammeFactory.create(code="education", name_zh="义务教育", name_en="Education")
    lin: Resident = ResidentFactory(name="林小雨", district=minhang)
    voucher: Voucher = VoucherFactory(resident=lin, programme=education)
    return voucher


@pytest.fixture
def tablet(live_site: LiveSite, page: Page, voucher: Voucher) -> Page:
    """At a school in Jing'an."""
    jingan: District = DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")
    school: Provider = ProviderFactory(name_zh="第一小学", district=jingan, programmes=[voucher.programme])
    page.set_viewport_size(TABLET)
    live_site.sign_in(page.context, clerk_of(school))
    page.goto(live_site.url)
    return page


def look(tablet: Page, number: str, amount: str) -> None:
    tablet.get_by_label("券号").fill(number)
    tablet.get_by_label("金额", exact=True).fill(amount)
    tablet.get_by_role("button", name="继续").click()


def test_a_clerk_looks_takes_once_and_goes_on_to_the_next_person(tablet: Page, voucher: Voucher) -> None:
    # The form is all there is
    expect(tablet.get_by_role("heading", level=1)).to_have_text("核销服务券")
    assert is_within_reach(tablet)

    # A number typed in small letters with spaces is good; the look says whose it is and what will be left
    look(tablet, " ".join(voucher.number.lower()), "300")
    main = tablet.get_by_role("main")
    expect(main).to_contain_text("林**")
    expect(main).to_contain_text("420.00元")
    expect(main).to_contain_text("闵行区")
    assert is_within_reach(tablet)

    # Two hasty taps take once
    tablet.get_by_role("button", name="核销300.00元").dblclick()
    expect(tablet.get_by_role("heading", level=1)).to_have_text("已核销")
    expect(tablet.get_by_role("main")).to_contain_text("券上还剩420.00元。")
    assert Transfer.objects.filter(event="redeem").count() == 1
    assert is_within_reach(tablet)

    # Going back shows what was taken already
    tablet.go_back()
    expect(tablet.get_by_role("main")).to_contain_text("在这里核销过300.00元")
    assert is_within_reach(tablet)
    tablet.go_forward()

    tablet.get_by_role("link", name="下一位").click()
    expect(tablet.get_by_label("券号")).to_have_value("")


def test_a_refusal_takes_the_focus_says_what_is_left_and_keeps_what_was_typed(tablet: Page, voucher: Voucher) -> None:
    look(tablet, voucher.number, "720.01")

    expect(tablet).to_have_title("错误： 核销服务券 – 通惠 Tonghui")
    expect(tablet.locator(".govuk-error-summary")).to_be_focused()
    expect(tablet.locator(".govuk-error-summary")).to_contain_text("这张券只剩720.00元，要核销的是720.01元。")
    expect(tablet.get_by_label("金额", exact=True)).to_have_value("720.01")
    assert is_within_reach(tablet)

    tablet.get_by_role("link", name="这张券只剩720.00元").click()
    expect(tablet.get_by_label("金额", exact=True)).to_be_focused()


def test_a_mistake_is_taken_back_the_same_day(tablet: Page, voucher: Voucher) -> None:
    look(tablet, voucher.number, "300")
    tablet.get_by_role("button", name="核销300.00元").click()
    tablet.get_by_role("link", name="查看今日核销").click()
    expect(tablet.get_by_role("row", name="林**")).to_contain_text("300.00")
    assert is_within_reach(tablet)

    tablet.get_by_role("link", name="冲销").click()
    assert is_within_reach(tablet)
    tablet.get_by_role("button", name="确认冲销").click()

    expect(tablet.get_by_role("status").first).to_contain_text("300.00元已退回券上。")
    expect(tablet.get_by_role("row", name="林**")).to_contain_text("已冲销")
    assert is_within_reach(tablet)
