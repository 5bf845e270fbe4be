"""What every page of a journey must hold: it can be read and used by everybody, on this screen."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize

PHONE: ViewportSize = {"width": 375, "height": 812}
TABLET: ViewportSize = {"width": 820, "height": 1180}


def is_within_reach(page: Page) -> bool:
    """Return True; raise AssertionError with what axe found, or when the page scrolls sideways or lacks its one h1."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"
    assert page.locator("h1").count() == 1, f"{page.url} has no single h1"
    return True
