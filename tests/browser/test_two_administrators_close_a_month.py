"""One administrator proposes, another approves, a worker does it: January is closed, netted, paid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Page, ViewportSize, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from accounts.models import User
from ledger.models import Job
from tests.browser.reach import is_within_reach
from tests.support.readers import run
from tests.support.site import LiveSite
from tests.support.visits import City, month_of_visits

DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-02-10 10:00+08:00"):
        yield


@pytest.fixture
def city(live_site: LiveSite) -> City:
    return month_of_visits()


@pytest.fixture
def proposer(live_site: LiveSite, city: City, new_context: CreateContextCallback) -> Page:
    return desk_of(city.proposer, live_site, new_context)


@pytest.fixture
def approver(live_site: LiveSite, city: City, new_context: CreateContextCallback) -> Page:
    return desk_of(city.approver, live_site, new_context)


def desk_of(user: User, live_site: LiveSite, new_context: CreateContextCallback) -> Page:
    context = new_context(viewport=DESK)
    live_site.sign_in(context, user)
    page = context.new_page()
    page.goto(f"{live_site.url}/periods/")
    return page


def test_a_month_is_closed_and_settled_by_two_people_and_a_worker(city: City, proposer: Page, approver: Page) -> None:
    # The first one reads what closing means, proposes, and is told to wait for somebody else
    proposer.get_by_role("link", name="2026年1月", exact=True).click()
    assert is_within_reach(proposer)
    proposer.get_by_role("link", name="关闭本账期").click()
    expect(proposer.get_by_role("heading", level=1)).to_have_text("关闭2026年1月账期")
    assert is_within_reach(proposer)
    proposer.get_by_role("button", name="提请关闭账期").click()
    expect(proposer.get_by_role("main")).to_contain_text("这是您本人提请的，须由另一位市级管理员批准。")
    expect(proposer.get_by_role("button", name="批准")).to_have_count(0)
    assert is_within_reach(proposer)

    # The second one finds the proposal in the list of months and approves it
    approver.reload()
    approver.get_by_role("link", name="周明已提请，须由另一位市级管理员批准。").click()
    assert is_within_reach(approver)
    approver.get_by_role("button", name="批准").click()
    expect(approver.get_by_role("progressbar")).to_be_visible()
    assert is_within_reach(approver)

    # The worker does it, and the page tells so by itself
    run(Job.objects.latest("id"))
    expect(approver.get_by_role("heading", level=1)).to_contain_text("完成", timeout=10_000)

    # The districts confirm their statements
    run(Job.objects.get(kind="issue_statements"))
    city.confirm()

    # Netting takes the same two people
    approver.get_by_role("link", name="2026年1月", exact=True).click()
    approver.get_by_role("link", name="净额结算本账期").click()
    approver.get_by_role("button", name="提请净额结算").click()
    proposer.goto(approver.url)
    proposer.get_by_role("button", name="批准").click()
    run(Job.objects.latest("id"))

    # The bank confirms the payments, and nothing is left
    city.pay()
    proposer.get_by_role("link", name="2026年1月", exact=True).click()
    expect(proposer.get_by_role("main")).to_contain_text("周明提请，吴芳批准")
    expect(proposer.get_by_role("main")).to_contain_text("吴芳提请，周明批准")
    expect(proposer.get_by_role("main")).to_contain_text("本账期所有往来和清算科目均为 0.00。")
    assert is_within_reach(proposer)


def test_work_that_stopped_says_why_and_is_withdrawn(city: City, proposer: Page, approver: Page) -> None:
    proposer.get_by_role("link", name="2026年1月", exact=True).click()
    proposer.get_by_role("link", name="关闭本账期").click()
    proposer.get_by_role("button", name="提请关闭账期").click()
    approver.goto(proposer.url)
    city.close()
    approver.get_by_role("button", name="批准").click()
    run(Job.objects.latest("id"))

    approver.reload()
    expect(approver.get_by_role("main")).to_contain_text("2026年1月已经关闭，未作任何更改。")
    expect(approver.get_by_role("button", name="重试")).to_be_visible()
    assert is_within_reach(approver)

    approver.get_by_role("button", name="撤回").click()
    expect(approver.get_by_role("main")).to_contain_text("任务已撤回，不会继续进行。")
    expect(approver.get_by_role("button", name="重试")).to_have_count(0)
