"""A day at the desk of Jing'an: register a child, issue a voucher, report a move, issue to a class, follow the work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Page, expect

from accounts.models import Resident
from tests.browser.reach import PHONE, is_within_reach
from tests.factories import ResidentFactory
from tests.support.readers import run
from tests.support.site import LiveSite
from tests.support.town import Town, build_town
from vouchers.models import IssueBatch


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00"):
        yield


@pytest.fixture
def town(live_site: LiveSite) -> Town:
    return build_town()


@pytest.fixture
def desk(live_site: LiveSite, town: Town, page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 900})
    live_site.sign_in(page.context, town.of_jingan)
    page.goto(f"{live_site.url}/desk/")
    return page


def type_day(page: Page, legend: str, year: int, month: int, day: int) -> None:
    """Fill the three boxes of a date."""
    boxes = page.get_by_role("group", name=legend)
    boxes.get_by_label("年").fill(str(year))
    boxes.get_by_label("月").fill(str(month))
    boxes.get_by_label("日").fill(str(day))


def test_a_child_is_registered_gets_a_voucher_and_moves(desk: Page) -> None:
    # Nothing waits; a new child is registered, after one mistake that the page explains
    expect(desk.get_by_text("没有等待您处理的事项")).to_be_visible()
    assert is_within_reach(desk)
    desk.get_by_role("link", name="登记居民").click()
    desk.get_by_label("姓名").fill("陈晨")
    type_day(desk, "出生日期", 2016, 2, 2)
    desk.get_by_label("住在").select_option(label="静安区")
    desk.get_by_role("button", name="登记").click()
    expect(desk.locator(".govuk-error-summary")).to_be_focused()
    assert is_within_reach(desk)
    type_day(desk, "从哪一天起住在这里？", 2024, 9, 1)
    desk.get_by_role("button", name="登记").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("陈晨")
    assert is_within_reach(desk)

    # The voucher is chosen, checked and issued
    desk.get_by_role("link", name="发放服务券").click()
    desk.get_by_label("义务教育").check()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="继续").click()
    expect(desk.get_by_text("720.00元")).to_be_visible()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="发放服务券").click()
    expect(desk.get_by_role("status")).to_contain_text("金额720.00元")

    # The move is shown before it is reported; nothing changes in what may be spent, and the other district is asked
    desk.get_by_role("link", name="登记搬迁").click()
    desk.get_by_label("搬到哪个区？").select_option(label="闵行区")
    type_day(desk, "从哪一天起？", 2026, 6, 15)
    assert is_within_reach(desk)
    desk.get_by_role("button", name="继续").click()
    expect(desk.get_by_text("居民可以使用的金额不变。")).to_be_visible()
    expect(desk.get_by_text("自2026年6月15日起由市级待定账户支付。")).to_be_visible()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="报告搬家").click()
    expect(desk.get_by_text("闵行区最迟须于2026年7月7日答复。逾期不答复，视为确认。")).to_be_visible()
    assert is_within_reach(desk)

    # It was a mistake, and is taken back
    desk.get_by_role("link", name="撤回报告").click()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="撤回报告").click()
    expect(desk.get_by_text("报告已撤回，这次搬迁不算数。")).to_be_visible()


def test_a_class_gets_its_vouchers_from_a_file(desk: Page, town: Town, tmp_path: Path) -> None:
    children: list[Resident] = ResidentFactory.create_batch(3, district=town.jingan, born_on=date(2016, 2, 2))
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(f"居民编号\n{children[0].number}\n{town.lin.number}\nR0000\n")
    good.write_text("居民编号\n" + "\n".join(child.number for child in children))

    # A file with mistakes is refused, row by row
    desk.get_by_role("link", name="按文件成批发放").click()
    desk.get_by_label("义务教育").check()
    desk.get_by_label("CSV文件").set_input_files(bad)
    desk.get_by_role("button", name="核对文件").click()
    expect(desk.get_by_role("row", name="3", exact=False).first).to_contain_text("这位居民在这段时间已持有服务券")
    expect(desk.get_by_role("table")).to_contain_text("您负责的区内没有使用这个号码的居民。")
    assert is_within_reach(desk)

    # A good one says what it will cost, and waits to be confirmed
    desk.get_by_label("CSV文件").set_input_files(good)
    desk.get_by_role("button", name="核对文件").click()
    expect(desk.get_by_text("将向3位居民各发放一张服务券，共2,160.00元。")).to_be_visible()
    assert is_within_reach(desk)
    desk.get_by_role("button", name="确认并发放").click()
    expect(desk.get_by_role("progressbar")).to_be_visible()
    assert is_within_reach(desk)

    # The worker works; the page, left open, sees it and shows the result
    job = IssueBatch.objects.get().job
    assert job is not None
    run(job)
    expect(desk.get_by_role("table", name="按结果汇总").get_by_role("row", name="已发放")).to_contain_text("2,160.00")
    expect(desk.get_by_role("link", name="下载结果（CSV）")).to_be_visible()
    assert is_within_reach(desk)


@pytest.mark.parametrize(
    "path",
    [
        "/desk/",
        "/residents/",
        "/residents/register/",
        "/residents/{number}/",
        "/residents/{number}/move/",
        "/batches/new/",
        "/programmes/education/edit/",
        "/providers/",
    ],
)
def test_the_pages_that_hold_most_are_within_reach_on_a_phone(
    path: str, live_site: LiveSite, town: Town, page: Page
) -> None:
    page.set_viewport_size(PHONE)
    live_site.sign_in(page.context, town.city)

    page.goto(live_site.url + path.format(number=town.lin.number))

    assert is_within_reach(page)
