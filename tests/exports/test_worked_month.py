"""The worked month of docs/ledger.md is what the ledger books, row by row and account by account, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.scenarios.playing import play
from config.scenarios.story import read
from ledger.models import Transfer
from ledger.money import yuan_text

ROOT = Path(__file__).parents[2]
_TITLE, CHINESE, ENGLISH = re.split(r"^## ", (ROOT / "docs/ledger.md").read_text(), flags=re.MULTILINE)

pytestmark = pytest.mark.django_db


def table(text: str, columns: int) -> list[list[str]]:
    """Return the rows of figures of the tables with that many columns: they end with an amount."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [row for row in rows if len(row) == columns and re.fullmatch(r"−?[\d,]+\.\d\d", row[-1])]


@pytest.mark.parametrize("text", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_every_row_and_balance_of_the_document_is_what_the_ledger_books(text: str) -> None:
    books = play(read(ROOT / "tests/scenarios/ledger-worked-month.yaml"))["books"]
    booked = Transfer.objects.order_by("pk").values_list("booked_on", "debit__code", "credit__code", "fen")

    transfers, balances = table(text, columns=6), table(text, columns=2)

    assert [[number, day, *accounts] for number, day, _event, *accounts in transfers] == [
        [str(number), str(day), debit, credit, yuan_text(fen)]
        for number, (day, debit, credit, fen) in enumerate(booked, start=1)
    ]
    assert balances == [[code, yuan_text(fen)] for code, fen in sorted(books.items())]
