"""An auditor asks whether the books tie, who owes whom and why, and follows one figure down to a voucher's story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import Role
from tests.browser.reach import PHONE, is_within_reach
from tests.factories import UserFactory
from tests.support.site import LiveSite
from tests.support.visits import City, month_of_visits

DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-02-10 10:00+08:00"):
        yield


@pytest.fixture
def city(live_site: LiveSite) -> City:
    """A settled January of visits between four districts."""
    city = month_of_visits()
    city.settle()
    return city


@pytest.fixture
def auditor(live_site: LiveSite, city: City, page: Page) -> Page:
    page.set_viewport_size(DESK)
    live_site.sign_in(page.context, UserFactory.create(role=Role.AUDITOR, name="郑审"))
    page.goto(live_site.url)
    return page


def test_a_figure_leads_from_the_matrix_to_the_story_of_one_voucher(auditor: Page, city: City) -> None:
    # The first page is the list of months
    expect(auditor.get_by_role("heading", level=1)).to_have_text("账期")
    assert is_within_reach(auditor)

    # A month: state, positions that sum to zero, the matrix, nothing left
    auditor.get_by_role("link", name="2026年1月").click()
    expect(auditor.get_by_role("row", name="合计").first).to_contain_text("0.00")
    expect(auditor.get_by_role("main")).to_contain_text("本账期所有往来和清算科目均为 0.00。")
    assert is_within_reach(auditor)

    # A cell of the matrix leads to its causes
    auditor.get_by_role("region", name="谁应付谁").get_by_role("link", name="120.00").click()
    expect(auditor.get_by_role("heading", level=1)).to_have_text("310101区应付310112区")
    assert is_within_reach(auditor)

    # a cause to its transfers
    auditor.get_by_role("link", name="核销").click()
    expect(auditor.get_by_role("main")).to_contain_text("共1笔分录，合计120.00元。")
    assert is_within_reach(auditor)

    # a transfer to its four legs
    auditor.get_by_role("table").get_by_role("link").click()
    expect(auditor.get_by_role("row", name="合计")).to_contain_text("240.00")
    assert is_within_reach(auditor)

    # and to the story of the voucher, where the plan agrees with the books
    auditor.get_by_role("link", name="查看来龙去脉").click()
    expect(auditor.get_by_role("heading", level=1)).to_contain_text(city.vouchers["310101"].number)
    expect(auditor.get_by_role("main")).to_contain_text("账簿与按现有事实计算的结果一致。")
    assert is_within_reach(auditor)

    # Each plan is worked out, and the voucher leads back to the settlement it went into
    auditor.get_by_text("以前的分担方案").click()
    expect(auditor.get_by_role("main")).to_contain_text("与账一致")
    expect(auditor.get_by_role("link", name="310101区应付310112区")).to_be_visible()
    expect(auditor.get_by_role("row", name="310101区应付310112区")).to_contain_text("已结清")
    assert is_within_reach(auditor)
    auditor.set_viewport_size(PHONE)
    assert is_within_reach(auditor)


def test_every_book_is_proved_and_taken_away(auditor: Page, tmp_path: Path) -> None:
    auditor.get_by_role("link", name="试算平衡表").click()
    assert is_within_reach(auditor)
    auditor.get_by_role("link", name="310112区").click()
    expect(auditor.get_by_role("main")).to_contain_text("借贷相等")
    assert is_within_reach(auditor)

    with auditor.expect_download() as download:
        auditor.get_by_role("link", name="下载 CSV").click()
    download.value.save_as(tmp_path / "book.csv")

    assert download.value.suggested_filename == "trial-balance-310112-2026-02.csv"
    assert (tmp_path / "book.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_same_month_is_read_on_a_phone_and_in_english(auditor: Page) -> None:
    auditor.set_viewport_size(PHONE)
    auditor.get_by_role("link", name="2026年1月").click()
    assert is_within_reach(auditor)

    auditor.get_by_text("310101区共应付200.00元").click()
    expect(auditor.get_by_role("link", name="120.00")).to_be_visible()
    assert is_within_reach(auditor)

    auditor.get_by_role("button", name="English").click()
    expect(auditor.get_by_role("heading", level=1)).to_have_text("January 2026")
    expect(auditor.get_by_role("main")).to_contain_text("Every due and every clearing account of this month is 0.00.")
    assert is_within_reach(auditor)


@pytest.mark.parametrize("address", ["/jobs/", "/transfers/", "/books/310101/", "/periods/2026-02/"])
def test_the_other_pages_are_within_reach_on_a_phone(auditor: Page, live_site: LiveSite, address: str) -> None:
    auditor.set_viewport_size(PHONE)
    auditor.goto(f"{live_site.url}{address}")

    assert is_within_reach(auditor)
