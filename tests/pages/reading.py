"""Reading a page as a person does: its words, one space apart."""

from __future__ import annotations

from html import unescape
from typing import Protocol


class Page(Protocol):
    """What the test client gets."""

    @property
    def content(self) -> bytes: ...
    @property
    def status_code(self) -> int: ...


def text_of(page: Page) -> str:
    """Return the page's source with entities resolved and runs of spaces made one."""
    return " ".join(unescape(page.content.decode()).split())
