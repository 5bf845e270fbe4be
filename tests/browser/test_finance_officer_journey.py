"""The finance officer of a district answers a statement; the other side answers the objection, on the phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from ledger.models import HeldTransfer, StatementAnswer
from tests.browser.reach import PHONE, is_within_reach
from tests.factories import finance_officer_of
from tests.support.site import LiveSite
from tests.support.visits import City, month_of_visits


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-02-03 10:00+08:00"):
        yield


@pytest.fixture
def city(live_site: LiveSite) -> City:
    """January is closed and its statements are issued."""
    city = month_of_visits()
    city.close()
    return city


def page_of(user: User, *, live_site: LiveSite, browser: Browser, wide: bool) -> Page:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900} if wide else PHONE)
    live_site.sign_in(context, user)
    page = context.new_page()
    page.goto(live_site.url)
    return page


def test_a_statement_is_objected_to_confirmed_and_answered_by_the_other_side(
    live_site: LiveSite, city: City, browser: Browser
) -> None:
    officer = finance_officer_of(city.districts["310101"])
    desk = page_of(officer, live_site=live_site, browser=browser, wide=True)

    # What waits stands on the first page, with the day until which it can be objected to
    expect(desk.get_by_role("main")).to_contain_text("还剩7个工作日，至2026年2月12日止")
    assert is_within_reach(desk)
    desk.get_by_role("link", name="310101区，2026年1月").click()
    assert is_within_reach(desk)

    # One line is wrong: it is opened, and objected to
    desk.get_by_role("table", name="310112区").get_by_role("row", name="−120.00").get_by_role("link").click()
    assert is_within_reach(desk)
    desk.get_by_role("link", name="对这一行提出异议").click()
    desk.get_by_role("button", name="提出异议").click()
    expect(desk.get_by_role("alert")).to_contain_text("请说明哪里不对，以便对方查找。")
    desk.get_by_label("哪里不对？").fill("这位居民一月已经搬走。")
    assert is_within_reach(desk)
    desk.get_by_role("button", name="提出异议").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("310101区向310112区提出异议")
    assert is_within_reach(desk)

    # The rest is right
    desk.get_by_role("link", name="对账单", exact=True).first.click()
    desk.get_by_role("link", name="310101区，2026年1月").click()
    desk.get_by_role("button", name="确认其余各行").click()
    expect(desk.get_by_role("main")).to_contain_text("已确认3行。")

    # The other side finds it on the phone and answers
    phone = page_of(finance_officer_of(city.districts["310112"]), live_site=live_site, browser=browser, wide=False)
    phone.goto(f"{live_site.url}/disputes/")
    expect(phone.get_by_role("main")).to_contain_text("等您处理")
    assert is_within_reach(phone)
    phone.get_by_role("link", name="310101区 / 310112区").click()
    assert is_within_reach(phone)
    phone.get_by_role("link", name="答复异议").click()
    phone.get_by_label("您认为应付的金额（元）").fill("70")
    phone.get_by_label("原因").fill("其中一次是他本人。")
    assert is_within_reach(phone)
    phone.get_by_role("button", name="答复异议").click()
    expect(phone.get_by_role("main")).to_contain_text("310101区应付70.00元")

    assert StatementAnswer.objects.filter(verdict="confirmed").count() == 3
    assert HeldTransfer.objects.count() == 1
