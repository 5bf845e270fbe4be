"""Something has stopped: the city sees it first, reads why, and tries it again."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django import Settings

from ledger.models import Job, Part, UpkeepKind
from ledger.services import jobs, upkeep
from tests.browser.reach import PHONE, is_within_reach
from tests.factories import UserFactory, stamp
from tests.support.readers import run
from tests.support.site import LiveSite

DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture
def stopped(live_site: LiveSite, settings: Settings) -> Job:
    """A seal that waits for a key, and a drill that failed."""
    settings.LEDGER_SIGNING_KEY = ""
    upkeep.seen(*Part, now=timezone.now())
    upkeep.record(
        kind=UpkeepKind.DRILL, began_at=timezone.now(), figures={}, problem="transfer 7: is not what was sealed"
    )
    return run(jobs.ask(kind="seal", key="seal:by_hand:1", params={"reason": "by_hand"}, stamp=stamp()))


def test_what_has_stopped_comes_first_and_is_tried_again_from_there(
    live_site: LiveSite, page: Page, stopped: Job
) -> None:
    live_site.sign_in(page.context, UserFactory())
    page.set_viewport_size(DESK)
    page.goto(f"{live_site.url}/operations/")
    expect(page.get_by_role("main")).to_contain_text("有2件事现在需要处理。")
    expect(page.get_by_role("row", name="封存账本")).to_contain_text("没有可用的签名密钥")
    expect(page.get_by_role("main")).to_contain_text("transfer 7: is not what was sealed")
    assert is_within_reach(page)

    page.set_viewport_size(PHONE)
    assert is_within_reach(page)

    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("封存账本")
    expect(page.get_by_role("main")).to_contain_text("现在重新尝试。")
