"""A move between people: the resident reports it on the phone; a district answers, or disputes and the city decides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tests.browser.reach import PHONE, is_within_reach
from tests.factories import account_of
from tests.support.site import LiveSite
from tests.support.town import Town, build_town
from vouchers.models import Voucher


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00"):
        yield


@pytest.fixture
def town(live_site: LiveSite) -> Town:
    return build_town()


@pytest.fixture
def phone(live_site: LiveSite, town: Town, page: Page) -> Page:
    page.set_viewport_size(PHONE)
    live_site.sign_in(page.context, account_of(town.lin))
    page.goto(live_site.url)
    return page


def desk_of(user: User, *, live_site: LiveSite, browser: Browser) -> Page:
    """Open the desk of somebody else, beside the phone."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    live_site.sign_in(context, user)
    desk = context.new_page()
    desk.goto(f"{live_site.url}/desk/")
    return desk


def report_on_the(phone: Page) -> None:
    """Answer one question after the other, and report the move to Pudong."""
    phone.get_by_role("link", name="报告搬家").click()
    phone.get_by_label("搬到哪个区？").select_option(label="浦东新区")
    assert is_within_reach(phone)
    phone.get_by_role("button", name="继续").click()
    boxes = phone.get_by_role("group", name="从哪一天起？")
    boxes.get_by_label("年").fill("2026")
    boxes.get_by_label("月").fill("6")
    boxes.get_by_label("日").fill("15")
    assert is_within_reach(phone)
    phone.get_by_role("button", name="继续").click()
    phone.get_by_label("有什么可以说明住在那里？").fill("租房合同")
    assert is_within_reach(phone)
    phone.get_by_role("button", name="继续").click()
    expect(phone.get_by_text("浦东新区最迟须于2026年7月7日答复。逾期不答复，视为确认。")).to_be_visible()
    expect(phone.get_by_text("这期间您的待遇照常。")).to_be_visible()
    assert is_within_reach(phone)
    phone.get_by_role("button", name="报告搬家").click()
    expect(phone.get_by_text("您的搬家已报告，不需要再做什么。")).to_be_visible()
    assert is_within_reach(phone)


def test_a_resident_reports_on_the_phone_and_the_district_confirms(
    phone: Page, town: Town, live_site: LiveSite, browser: Browser
) -> None:
    report_on_the(phone)
    desk = desk_of(town.of_pudong, live_site=live_site, browser=browser)

    # The district moved to finds it on the desk, with the days left
    expect(desk.get_by_text("还剩15个工作日，至2026年7月7日止")).to_be_visible()
    assert is_within_reach(desk)
    desk.get_by_role("link", name="确认搬迁或提出异议：林小雨").click()
    expect(desk.get_by_text("租房合同")).to_be_visible()
    assert is_within_reach(desk)

    # What it will pay is shown before it confirms
    desk.get_by_role("link", name="确认搬迁").click()
    expect(desk.get_by_text("自2026年6月15日起由浦东新区支付。")).to_be_visible()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="确认搬迁").click()
    expect(desk.get_by_text("浦东新区已确认这次搬迁，不需要再做什么。")).to_be_visible()

    # The resident reads the same
    phone.reload()
    expect(phone.get_by_text("浦东新区已确认这次搬迁，不需要再做什么。")).to_be_visible()
    assert is_within_reach(phone)
    assert Voucher.objects.get(pk=town.voucher.pk).payer == "310115"


def test_a_district_disputes_and_the_city_rejects(
    phone: Page, town: Town, live_site: LiveSite, browser: Browser
) -> None:
    report_on_the(phone)
    desk = desk_of(town.of_pudong, live_site=live_site, browser=browser)

    # A dispute without grounds is asked for them
    desk.get_by_role("link", name="确认搬迁或提出异议：林小雨").click()
    desk.get_by_role("link", name="提出异议").click()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="提出异议").click()
    expect(desk.locator(".govuk-error-summary")).to_be_focused()
    assert is_within_reach(desk)
    desk.get_by_label("为什么提出异议？").fill("该地址无人居住")
    desk.get_by_role("button", name="提出异议").click()
    expect(desk.get_by_text("浦东新区对这次搬迁有异议。市级最迟于2026年7月7日作出决定。")).to_be_visible()

    # The city decides
    city = desk_of(town.city, live_site=live_site, browser=browser)
    city.get_by_role("link", name="决定有争议的搬迁：林小雨，搬到浦东新区").click()
    expect(city.get_by_text("该地址无人居住")).to_be_visible()
    assert is_within_reach(city)
    city.get_by_role("link", name="驳回搬迁").click()
    expect(city.get_by_text("自2026年6月15日起由静安区支付。")).to_be_visible()
    city.get_by_label("为什么驳回？").fill("没有依据")
    assert is_within_reach(city)
    city.get_by_role("button", name="驳回搬迁").click()
    expect(city.get_by_text("市级驳回了这次搬迁，它不算数。")).to_be_visible()

    # The resident is told why, and what can be done
    phone.reload()
    expect(phone.get_by_text("没有依据")).to_be_visible()
    expect(phone.get_by_text("如果确实住在那里，可以附上证明再次报告")).to_be_visible()
    assert is_within_reach(phone)
    assert Voucher.objects.get(pk=town.voucher.pk).payer == "310106"
