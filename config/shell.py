"""What stands around every page: language, text size, the demonstration note.

Read by ``{% shell as shell %}`` in base.html. Works without a request too,
because the page that says "something broke" is made without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language

LARGE_TEXT_COOKIE = "large_text"
ENGLISH, CHINESE = "en", "zh-hans"


@dataclass(frozen=True)
class Shell:
    """Facts about the frame of a page. An empty address means there is no such page here."""

    demo: bool
    large_text: bool
    html_language: str
    other_language: str
    other_html_language: str
    other_language_name: str
    path: str
    made_at: datetime
    home_url: str
    sign_out_url: str
    language_url: str
    text_size_url: str


def address(name: str) -> str:
    """Return the address of a named page, or nothing where the site has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def describe(request: HttpRequest | None) -> Shell:
    """Describe the frame of the page being made."""
    chinese = not (get_language() or CHINESE).startswith(ENGLISH)
    return Shell(
        demo=settings.DEMO,
        large_text=bool(request and request.COOKIES.get(LARGE_TEXT_COOKIE) == "1"),
        html_language="zh-Hans" if chinese else ENGLISH,
        other_language=ENGLISH if chinese else CHINESE,
        other_html_language=ENGLISH if chinese else "zh-Hans",
        other_language_name="English" if chinese else "中文",
        path=request.get_full_path() if request else "/",
        made_at=timezone.now(),
        home_url=address("home") or "/",
        sign_out_url=address("sign_out"),
        language_url=address("set_language") if request else "",
        text_size_url=address("text_size") if request else "",
    )
