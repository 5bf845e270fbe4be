"""The API's document: complete, the same as the code, and readable in a browser under our policy."""

from __future__ import annotations

import re
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page

from accounts.refusals import Refused
from tests.api.test_errors import codes_below
from tests.support.site import LiveSite

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"
RENEW = "manage.py spectacular --lang en --validate --fail-on-warn --file docs/openapi.yaml"
GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMMITTED.read_text())
    return loaded


def operations() -> list[dict[str, Any]]:
    return [operation for methods in document()["paths"].values() for operation in methods.values()]


def test_the_committed_document_says_what_the_code_does(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.yaml"

    call_command("spectacular", lang="en", validate=True, fail_on_warn=True, file=str(fresh))

    assert fresh.read_text() == COMMITTED.read_text(), f"Renew it: {RENEW}"


@pytest.mark.parametrize("operation", operations(), ids=itemgetter("operationId"))
def test_an_operation_has_a_name_a_summary_and_all_common_errors(operation: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"])
    assert operation["summary"]
    assert {"401", "403", "406", "429"} <= operation["responses"].keys()


def test_every_error_has_an_example_of_the_one_shape() -> None:
    examples = re.findall(r"value:\n +code: (\w+)\n +message: ", COMMITTED.read_text())

    assert {"balance_too_low", "key_reused", "already_issued", "not_your_move", "invalid", "throttled"} <= set(examples)


def test_the_guide_lists_every_code_that_the_document_shows() -> None:
    shown = set(re.findall(r"^ +code: (\w+)$", COMMITTED.read_text(), flags=re.MULTILINE))

    assert shown <= set(re.findall(r"`(\w+)`", GUIDE.read_text()))


def test_the_guide_lists_no_refusal_that_no_longer_exists() -> None:
    table = re.findall(r"^\| `(\w+)` \| \d", GUIDE.read_text(), flags=re.MULTILINE)
    framework = set(re.findall(r"^\| `(\w+)` \| \d+ \| framework", GUIDE.read_text(), flags=re.MULTILINE))

    assert set(table) - framework <= set(codes_below(Refused))


def test_the_viewer_brings_no_script_or_style_of_its_own_into_the_page(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()

    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    assert "http://" not in page and "https://" not in page


def test_the_viewer_shows_every_operation_in_a_browser(live_site: LiveSite, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(f"{live_site.url}/api/docs/")
    page.wait_for_selector(".opblock")

    assert page.locator(".opblock").count() == len(operations())
    assert complaints == []
