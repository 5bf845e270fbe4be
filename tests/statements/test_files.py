"""A statement to take away shows the same figures in every form, and says what holds us to them."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.models import Authority
from accounts.words import yuan_in_figures
from ledger.models import SealReason
from ledger.selectors.statements import statement
from ledger.services.sealing import seal
from ledger.statement_files import FORMATS, Document, document
from tests.support.visits import NEXT, City, month_of_visits, visit

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


@pytest.fixture
def city() -> City:
    """January settled, and in February one use recorded late; the month is sealed."""
    city = month_of_visits()
    city.settle()
    visit(city.vouchers["310101"], provider=city.providers["310113"], fen=123, key="late")
    city.close(NEXT)
    seal(reason=SealReason.CLOSE)
    return city


def put_into_words(code: str = "310101") -> Document:
    return document(statement(NEXT, authority=code), names=Authority.objects.in_bulk())


def amounts(shown: Document) -> list[int]:
    return [row.fen for section in shown.all_sections for row in section.rows]


def in_fen(cells: Iterable[Any]) -> list[int]:
    return [int(Decimal(str(cell)).scaleb(2)) for cell in cells]


def pdf_of(shown: Document) -> PdfReader:
    return PdfReader(io.BytesIO(FORMATS["pdf"].write(shown)))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


@LANGUAGES
def test_every_form_holds_the_same_figures(city: City, language: str) -> None:
    with override(language):
        shown = put_into_words()
        pdf = text_of(pdf_of(shown))
        sheet = load_workbook(io.BytesIO(FORMATS["xlsx"].write(shown))).active
        table = list(csv.DictReader(io.StringIO(FORMATS["csv"].write(shown).decode("utf-8-sig"))))
    column = list(table[0])[6]
    cells = [row[6] for row in sheet.iter_rows(min_row=2, values_only=True)]

    assert len(amounts(shown)) > 10
    assert in_fen(cell for cell in cells if cell is not None) == amounts(shown)
    assert in_fen(line[column] for line in table if line[column]) == amounts(shown)
    assert re.findall(r"[+−]?[\d,]+\.\d\d$", pdf, re.MULTILINE) == [
        ("+" if fen > 0 else "") + yuan_in_figures(fen) for fen in amounts(shown)
    ]


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv"])
def test_every_form_names_the_head_that_seals_it(city: City, form: str) -> None:
    with override("en"):
        shown = put_into_words()
        written = FORMATS[form].write(shown)
    readers: dict[str, Callable[[], str]] = {
        "csv": written.decode,
        "pdf": lambda: text_of(PdfReader(io.BytesIO(written))).replace("\n", ""),
        "xlsx": lambda: " ".join(
            str(cell) for row in load_workbook(io.BytesIO(written)).active.iter_rows(values_only=True) for cell in row
        ),
    }
    text = readers[form]()

    assert shown.statement.proof.head == 1
    assert [value for _label, value in shown.facts if value not in text] == []


@pytest.mark.parametrize(
    ("language", "lang", "title"),
    [("zh-hans", "zh-Hans", "310101区2026年2月对账单"), ("en", "en", "Statement of District 310101 for February 2026")],
)
def test_the_pdf_is_tagged_says_its_language_and_its_title(city: City, language: str, lang: str, title: str) -> None:
    with override(language):
        reader = pdf_of(put_into_words())
    root: Any = reader.trailer["/Root"]
    tags = str(root["/StructTreeRoot"]["/K"].get_object())

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == lang
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None and reader.metadata.title == title
    assert title in text_of(reader).replace("\n", "")
    assert tags


def test_a_late_correction_shows_the_month_it_belongs_to(city: City) -> None:
    with override("zh-hans"):
        shown = put_into_words()
        text = text_of(pdf_of(shown))

    assert re.search(r"2026年1月\s*1\s*−1.23", text)


def test_a_name_that_looks_like_a_formula_stays_a_name(city: City) -> None:
    Authority.objects.filter(pk="310113").update(name_zh="=1+1", name_en="=1+1")
    with override("en"):
        shown = put_into_words()
        table = FORMATS["csv"].write(shown).decode()
        sheet = load_workbook(io.BytesIO(FORMATS["xlsx"].write(shown))).active

    assert ",'=1+1," in table and ",=1+1," not in table
    assert {cell.data_type for cell in sheet["B"] if cell.value == "=1+1"} == {"s"}


def test_a_server_without_pango_says_what_to_type() -> None:
    code = (
        "import cffi\n"
        "def missing(*names): raise OSError('not here')\n"
        "cffi.FFI.dlopen = missing\n"
        "import django\n"
        "django.setup()\n"
        "from ledger.statement_files.pdf import NoPango, engine\n"
        "try:\n    engine()\n"
        "except NoPango as refusal:\n    print(refusal.code, refusal.details['command'])\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "pdf_needs_pango sudo apt-get install --yes libpango-1.0-0" in done.stdout
