"""The words of the service are complete in Chinese, and amounts and days are written as people write them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import override

from accounts import words

ROOMS = ("accounts", "config", "ledger", "vouchers")
CATALOGUE = Path("config/locale/zh_Hans/LC_MESSAGES/django.po")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The committed catalogue, brought up to date with every string in a copy of the code."""
    copy = tmp_path_factory.mktemp("extraction")
    for room in ROOMS:
        shutil.copytree(settings.BASE_DIR / room, copy / room, ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(settings.BASE_DIR / "manage.py", copy)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--verbosity", "0"]
    subprocess.run(command, cwd=copy, check=True, env={**os.environ, "TESTING": "1", "VAR_DIR": str(copy / "var")})
    with (copy / CATALOGUE).open("rb") as file:
        return read_po(file, locale="zh_Hans")


def is_translated(message: Message) -> bool:
    """Say whether a message has a Chinese sentence that somebody has looked at."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms) and not message.fuzzy


def test_every_string_is_translated_into_chinese(catalogue: Catalog) -> None:
    missing = [message.id for message in catalogue if message.id and not is_translated(message)]

    assert missing == []


def test_the_catalogue_holds_no_string_that_nothing_says(catalogue: Catalog) -> None:
    assert [message.id for message in catalogue.obsolete.values()] == []


def test_translations_fill_the_same_places_as_their_originals(catalogue: Catalog) -> None:
    wrong = [(message.id, str(error)) for message, errors in catalogue.check() for error in errors]

    assert wrong == []


@pytest.mark.parametrize(
    ("fen", "written"), [(0, "0.00"), (5, "0.05"), (123456, "1,234.56"), (-87400210, "\N{MINUS SIGN}874,002.10")]
)
def test_fen_are_written_as_yuan_with_a_real_minus_sign(fen: int, written: str) -> None:
    assert words.yuan_in_figures(fen) == written


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [("zh-hans", "2026年3月16日", "2026年3月"), ("en", "16 March 2026", "March 2026")],
)
def test_days_and_months_are_written_in_the_language_of_the_page(language: str, day: str, month: str) -> None:
    with override(language):
        written = words.day_in_words(date(2026, 3, 16)), words.month_in_words(date(2026, 3, 16))

    assert written == (day, month)


@pytest.mark.parametrize(("language", "written"), [("zh-hans", "2026年3月17日 00:05"), ("en", "17 March 2026, 00:05")])
def test_a_moment_is_told_in_shanghai_time(language: str, written: str) -> None:
    with override(language):
        assert words.moment_in_words(datetime(2026, 3, 16, 16, 5, tzinfo=UTC)) == written
