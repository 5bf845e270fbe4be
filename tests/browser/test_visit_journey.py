"""At a clinic of another district: the clerk is told why not, the resident files on the phone, the clerk takes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect

from tests.browser.reach import PHONE, TABLET, is_within_reach
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    account_of,
    clerk_of,
    stamp,
)
from tests.support.site import LiveSite
from vouchers.models import Provider, Sector, Visits, Voucher
from vouchers.services.catalogue import set_visit_terms
from vouchers.visits import Terms


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00"):
        yield


@pytest.fixture
def voucher(live_site: LiveSite) -> Voucher:
    """1,000 yuan for health of somebody in Minhang; elsewhere 80 % of a bill is paid, 60 % without a referral."""
    home = DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang")
    health = ProgrammeFactory.create(
        code="health",
        name_zh="基本医疗",
        name_en="Health",
        sector=Sector.HEALTH,
        annual_fen=100_000,
        visits=Visits.FILED,
    )
    terms = Terms(80, deductible_fen=0, points_off_referred=10, points_off_unreferred=20)
    set_visit_terms(programme=health, since=date(2026, 1, 1), terms=terms, stamp=stamp())
    return VoucherFactory(resident=ResidentFactory(name="林小雨", district=home), programme=health)


@pytest.fixture
def clinic(voucher: Voucher) -> Provider:
    jingan = DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")
    return ProviderFactory(name_zh="静安诊所", name_en="Clinic", district=jingan, programmes=[voucher.programme])


@pytest.fixture
def phone(live_site: LiveSite, page: Page, voucher: Voucher, clinic: Provider) -> Page:
    page.set_viewport_size(PHONE)
    live_site.sign_in(page.context, account_of(voucher.resident))
    page.goto(live_site.url)
    return page


@pytest.fixture
def tablet(live_site: LiveSite, browser: Browser, clinic: Provider) -> Iterator[Page]:
    context = browser.new_context(viewport=TABLET, locale="zh-CN", timezone_id="Asia/Shanghai")
    live_site.sign_in(context, clerk_of(clinic))
    page = context.new_page()
    page.goto(live_site.url)
    yield page
    context.close()


def test_refused_at_the_counter_filed_on_the_phone_and_taken(phone: Page, tablet: Page, voucher: Voucher) -> None:
    tablet.get_by_label("券号").fill(voucher.number)
    tablet.get_by_label("金额", exact=True).fill("48.89")
    tablet.get_by_role("button", name="继续").click()
    expect(tablet.get_by_role("alert")).to_contain_text("须先办理静安区的异地备案")
    assert is_within_reach(tablet)

    phone.get_by_role("link", name="在其他区使用").click()
    assert is_within_reach(phone)
    phone.get_by_role("button", name="办理异地备案").or_(phone.get_by_role("link", name="办理异地备案")).click()
    phone.get_by_label("在哪个区使用？").select_option(label="静安区")
    assert is_within_reach(phone)
    phone.get_by_role("button", name="继续").click()
    phone.get_by_label("长期在当地居住").check()
    assert is_within_reach(phone)
    phone.get_by_role("button", name="继续").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("也在静安区使用服务券吗？")
    assert is_within_reach(phone)
    phone.get_by_role("button", name="提交备案").click()
    expect(phone.get_by_role("status")).to_contain_text("备案已登记")
    assert is_within_reach(phone)

    tablet.get_by_role("button", name="继续").click()
    expect(tablet.get_by_role("alert")).to_contain_text("请填写账单总额和其中的目录内金额")
    tablet.get_by_label("账单总额").fill("64.29")
    tablet.get_by_label("其中目录内金额").fill("61.11")
    assert is_within_reach(tablet)
    tablet.get_by_role("button", name="继续").click()
    expect(tablet.locator("main")).to_contain_text("15.40")
    assert is_within_reach(tablet)
    tablet.get_by_role("button", name="核销 48.89 元").or_(tablet.get_by_role("button", name="48.89")).click()
    expect(tablet.get_by_role("status")).to_contain_text("账单中由居民自付15.40元")
    assert is_within_reach(tablet)
