"""A school sends its month, the city finds the difference, and an administrator closes it with a note."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Role
from ledger.models import Break, Job
from tests.browser.reach import TABLET, is_within_reach
from tests.claims.town import School, a_school, file_of, line, work
from tests.factories import UserFactory
from tests.support.site import LiveSite


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-02 10:00+08:00"):
        yield


@pytest.fixture
def school(live_site: LiveSite) -> School:
    school = a_school()
    school.took("a")
    school.took("b", 80)
    return school


def test_a_month_is_sent_compared_and_its_difference_closed(live_site: LiveSite, page: Page, school: School) -> None:
    # The clerk sends the month; the page says in words which day differs
    page.set_viewport_size(TABLET)
    live_site.sign_in(page.context, school.clerk)
    page.goto(f"{live_site.url}{reverse('claims_send')}")
    assert is_within_reach(page)
    page.get_by_label("服务月份").first.select_option("2026-05")
    content = file_of(line("a"), line("b", 81))
    page.get_by_label("CSV 或 XLSX 文件").set_input_files(
        {"name": "may.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="报送").click()
    expect(page.get_by_role("main")).to_contain_text("申报 2 笔，201.00 元；我方账上 2 笔，200.00 元")
    assert is_within_reach(page)

    # The city compares it now and finds one difference
    live_site.sign_in(page.context, UserFactory.create(role=Role.CITY_ADMINISTRATOR))
    page.goto(f"{live_site.url}{reverse('claims')}")
    assert is_within_reach(page)
    page.get_by_role("button", name="核对").click()
    work(Job.objects.get())
    page.goto(f"{live_site.url}{reverse('breaks')}")
    assert is_within_reach(page)
    page.get_by_role("table", name="差异，最早的在前").get_by_role("link", name="金额不符").click()
    expect(page.get_by_role("main")).to_contain_text("双方都有这一笔，但金额不同。")
    assert is_within_reach(page)

    # It is taken, and closed with a note
    page.get_by_role("button", name="由我处理").click()
    page.get_by_label("结案说明").fill("学校已更正凭证。")
    page.get_by_role("button", name="结案").click()
    expect(page.get_by_role("main")).to_contain_text("学校已更正凭证。")
    assert not Break.objects.open().exists()
