"""The queue of differences as people read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse

from ledger.break_reasons import CLAIM, MISSING_HERE
from ledger.models import Break, Job, ReconciliationRun
from ledger.services import breaks
from ledger.services.breaks import Found
from tests.factories import stamp
from tests.support.readers import browser, file_of, queries_of
from tests.support.town import TODAY, Town, build_town, get, on_the_day, post, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


def opened(key: str = "claim:2026-05:school-ja:r1", *, authority: str = "310106") -> Break:
    evidence = {"theirs": {"day": "2026-05-03", "amount_fen": 12_000, "key": "r1"}, "ours": {}}
    run = ReconciliationRun.objects.create(
        kind=CLAIM,
        scope="2026-05",
        started_at=stamp(TODAY).booked_on.isoformat() + "T00:00+08:00",
        cells=3,
        cells_differing=1,
        rows_compared=7,
        breaks_found=1,
        result={"known": 2, "gone": 1},
    )
    found = Found(CLAIM, MISSING_HERE.code, key, authority, 12_000, evidence)
    breaks.find(found=[found], run=run, stamp=stamp(TODAY))
    return Break.objects.get(key=key)


def test_the_queue_shows_reason_age_and_owner(town: Town) -> None:
    found = opened()
    breaks.assign(break_id=found.pk, owner=town.city, stamp=stamp(TODAY, by=town.city))

    page = text_of(get(town.auditor, "breaks"))

    assert "Look into 1 difference" in text_of(get(town.city, "desk"))
    assert "1 difference is open." in page
    assert "Missing here" in page and "Being looked at" in page and town.city.name in page
    assert "0 to 7 days" in page and "over 90 days" in page


def test_one_difference_says_what_either_side_says_and_what_to_do(town: Town) -> None:
    page = text_of(get(town.city, "break", opened().pk))

    assert "The provider claims it, but no redemption of this number stands in our books." in page
    assert "3 May 2026" in page and "120.00" in page
    assert "What closes it without a person" in page
    assert "A later run over the same rows no longer finds it" in page


def test_a_person_takes_it_and_closes_it_with_a_note(town: Town) -> None:
    found = opened()

    taken = text_of(post(town.city, "break_assign", found.pk))
    empty = text_of(post(town.city, "break_close", found.pk, note=""))
    closed = text_of(post(town.city, "break_close", found.pk, note="The school sent the receipt."))

    assert "You are looking at it now." in taken
    assert "Error" in empty
    assert "The school sent the receipt." in closed
    assert "0 differences are open." in text_of(get(town.city, "breaks"))


def test_a_correction_is_proposed_from_the_page(town: Town) -> None:
    found = opened()
    answers = {"debit": "310112/education/cost", "credit": "310106/education/cost", "amount": "120", "note": "Paid."}

    page = text_of(post(town.city, "break_propose", found.pk, **answers))

    assert "Your correction is proposed." in page
    assert "310112/education/cost" in page and "These figures are what is approved." in page
    assert Job.objects.get(kind=breaks.CORRECT).params["fen"] == 12_000


def test_an_account_that_no_correction_may_touch_is_named_at_its_field(town: Town) -> None:
    answers = {"debit": "310106/education/entitlement", "credit": "310106/education/cost", "amount": "1", "note": "x"}

    page = text_of(post(town.city, "break_propose", opened().pk, **answers))

    assert "310106/education/entitlement is no account that a correction may touch" in page
    assert not Job.objects.exists()


def test_another_districts_difference_does_not_exist(town: Town) -> None:
    found = opened()

    assert get(town.of_jingan, "break", found.pk).status_code == 200
    assert get(town.of_pudong, "break", found.pk).status_code == 404
    assert "No differences here" in text_of(get(town.of_pudong, "breaks"))


def test_only_the_city_works_on_differences(town: Town) -> None:
    found = opened()

    page = text_of(get(town.of_jingan, "break", found.pk))

    assert "Propose a correction" not in page
    assert [post(user, "break_assign", found.pk).status_code for user in (town.of_jingan, town.auditor)] == [403, 403]


def test_the_queue_is_narrowed_and_taken_away(town: Town) -> None:
    opened()
    opened("claim:2026-05:other:r2", authority="310112")

    narrowed = text_of(get(town.city, "breaks", authority="310112"))
    rows = file_of(browser(town.city), f"{reverse('breaks_csv')}?authority=310112").splitlines()

    assert narrowed.count("Missing here") >= 1
    assert len(rows) == 2
    assert "Minhang" in rows[1] and "120.00" in rows[1]


def test_a_run_can_be_read(town: Town) -> None:
    found = opened()
    assert found.run

    page = text_of(get(town.auditor, "run", found.run.pk))

    assert "Claims of providers, 2026-05" in page
    assert "Missing here" in page
    assert "Claims of providers" in text_of(get(town.auditor, "runs"))


def test_the_queue_asks_no_more_for_more_differences(town: Town) -> None:
    opened()
    before = queries_of(browser(town.city), reverse("breaks"))
    opened("claim:2026-05:other:r2")

    assert queries_of(browser(town.city), reverse("breaks")) == before
