"""A program that is not ours reads the journal, finds no mistake and comes to our balances, to the fen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.scenarios.playing import play
from config.scenarios.story import read
from ledger import selectors
from ledger.exports import FORMATS, extract, save
from ledger.models import Transfer
from tests.exports import hledger
from tests.factories import administrator_of, stamp
from tests.support.visits import MONTH, NEXT, City, month_of_visits, visit
from vouchers.services.moving import move
from vouchers.services.redeeming import reverse

pytestmark = pytest.mark.django_db

TODAY = date(2026, 2, 10)
SCENARIOS = Path(__file__).parents[1] / "scenarios"
#: Between them: every cost rule and pool, a settlement through the hub, facts recorded late, an expiry and a reversal.
STORIES = (
    "netting-four-authorities",
    "pooled-programmes-with-every-rule",
    "recorded-late-after-closing",
    "wrong-claim-put-right-after-the-end",
)


@pytest.fixture
def city() -> City:
    """Four districts, a month settled, and in the next one a move, a visit and a reversal."""
    city = month_of_visits()
    city.settle()
    day = date(2026, 2, 3)
    move(resident=city.vouchers["310101"].resident, to="310115", effective_on=day, stamp=stamp(day))
    visit(city.vouchers["310115"], provider=city.providers["310101"], fen=701, key="a,b: c;d", day=day)
    reverse(key="visit-5", day=day, stamp=stamp(day))
    return city


def journal(path: Path, *, period: date | None = None) -> Path:
    save(extract=extract(period=period, today=TODAY), form=FORMATS["hledger"], path=path)
    return path


def test_hledger_finds_no_mistake_in_the_whole_ledger(city: City, tmp_path: Path) -> None:
    found = hledger.check(journal(tmp_path / "ledger.journal"))

    assert (found.returncode, found.stderr) == (0, "")


def test_hledger_would_have_found_a_mistake(city: City, tmp_path: Path) -> None:
    path = journal(tmp_path / "ledger.journal")
    path.write_text(path.read_text().replace("120.00 CNY", "120.01 CNY", 1))

    assert hledger.check(path).returncode == 1


@pytest.mark.parametrize("story", STORIES)
def test_hledger_comes_to_the_balances_that_a_story_ends_with(story: str, tmp_path: Path) -> None:
    books = play(read(SCENARIOS / f"{story}.yaml"))["books"]

    path = journal(tmp_path / "ledger.journal")

    assert hledger.balances(path) == books
    assert hledger.check(path).returncode == 0


@pytest.mark.parametrize("month", [MONTH, NEXT])
def test_each_month_is_a_journal_of_its_own(city: City, tmp_path: Path, month: date) -> None:
    whole = journal(tmp_path / "ledger.journal")

    one = journal(tmp_path / "month.journal", period=month)

    assert hledger.balances(one) == hledger.balances(whole, f"tag:period={month:%Y-%m}") != {}


def test_a_voucher_is_found_in_the_journal_by_its_number(city: City, tmp_path: Path) -> None:
    voucher = city.vouchers["310115"]

    found = hledger.balances(journal(tmp_path / "ledger.journal"), f"tag:voucher={voucher.number}", "cost")

    assert found == {"310115/health/cost": 30_000}


def test_a_district_gets_its_own_book_and_no_other(city: City, tmp_path: Path) -> None:
    reader = administrator_of(city.districts["310112"])
    path = tmp_path / "ledger.journal"

    save(extract=extract(period=None, today=TODAY, reader=reader), form=FORMATS["hledger"], path=path)

    assert hledger.check(path).returncode == 0
    assert hledger.balances(path) == selectors.books(authority="310112")


def test_a_key_cannot_break_out_of_its_place(city: City, tmp_path: Path) -> None:
    row = Transfer.objects.get(key__contains="a,b: c;d", debit__kind="entitlement")

    text = journal(tmp_path / "ledger.journal").read_text()

    assert f"({row.pk}) redeem" in text
    assert "a%2Cb%3A%20c%3Bd" in text and "a,b" not in text
