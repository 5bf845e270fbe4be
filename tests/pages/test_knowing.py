"""The pages that say what was known when, and the file of all that was believed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import reverse

from tests.factories import account_of, stamp
from tests.support.readers import browser
from tests.support.town import MOVED_ON, TODAY, Town, build_town, day_boxes, get, on_the_day, text_of
from vouchers.beliefs import chart
from vouchers.cases import Party
from vouchers.models import Move
from vouchers.services import cases
from vouchers.services.knowing import beliefs_of

pytestmark = pytest.mark.django_db

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 4)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    """On 4 May it turned out that Lin had moved on 1 April, and to Pudong, which has not confirmed it yet."""
    town = build_town()
    cases.correct(
        move=Move.objects.get(resident=town.lin),
        to=town.pudong.code,
        effective_on=APRIL,
        parties={Party.CITY},
        confirmed=False,
        stamp=stamp(MAY),
    )
    return town


def asked(as_of: date, known_on: date) -> dict[str, str]:
    return {**day_boxes("as_of", as_of), **day_boxes("known_on", known_on)}


def test_a_person_is_told_as_of_one_day_as_known_on_another(town: Town) -> None:
    before = text_of(get(town.auditor, "resident_known", town.lin.number, **asked(APRIL, APRIL)))
    after = text_of(get(town.auditor, "resident_known", town.lin.number, **asked(MOVED_ON, MAY)))

    assert "As of 1 April 2026, by what was known on 1 April 2026, 林小雨 lives in Jing'an." in before
    assert "As of 16 March 2026, by what was known on 4 May 2026, 林小雨 lives in Minhang." in after


def test_without_a_question_today_answers(town: Town) -> None:
    page = text_of(get(town.auditor, "resident_known", town.lin.number))

    assert (
        "As of 15 June 2026, by what was known on 15 June 2026, 林小雨 lives in Pudong, which has not confirmed it yet."
    ) in page


def test_the_chart_has_both_times(town: Town) -> None:
    found = chart(beliefs_of(town.lin))

    assert found.columns == [date(2020, 1, 1), MOVED_ON, MAY]
    assert [(row.since, [cell and cell.district_id for cell in row.cells]) for row in found.rows] == [
        (date(2020, 1, 1), ["310112", "310112", "310112"]),
        (MOVED_ON, ["310112", "310106", "310112"]),
        (APRIL, ["310112", "310106", "310115"]),
    ]


def test_a_voucher_is_told_with_its_payer_its_rest_and_its_plan(town: Town) -> None:
    page = text_of(get(town.auditor, "voucher_known", town.voucher.number, **asked(APRIL, APRIL)))

    assert (
        "As of 1 April 2026, by what was known on 1 April 2026, Jing'an pays, and 720.00 of 720.00 yuan are left."
    ) in page
    assert "On 16 March 2026 291 of 365 days are left: 720.00 × 291 ÷ 365 = 574.03 yuan." in page


def test_what_no_district_has_confirmed_the_city_pays(town: Town) -> None:
    page = text_of(get(town.auditor, "voucher_known", town.voucher.number))

    assert "the city pays until a district has confirmed, and 720.00 of 720.00 yuan are left." in page


def test_a_voucher_that_was_not_issued_yet_says_since_when_to_ask(town: Town) -> None:
    early = date(2025, 12, 1)

    page = text_of(get(town.auditor, "voucher_known", town.voucher.number, **asked(early, TODAY)))

    assert "was issued on 1 January 2026, and that was recorded on 1 January 2026. Ask about days since then." in page


def test_nobody_knows_what_will_be_known_tomorrow(town: Town) -> None:
    page = text_of(get(town.auditor, "resident_known", town.lin.number, **asked(APRIL, date(2026, 6, 16))))

    assert "The date must not be after 15 June 2026." in page
    assert "by what was known on" not in page


def test_the_answers_are_chinese_in_chinese(town: Town) -> None:
    address = reverse("voucher_known", args=[town.voucher.number], query=asked(APRIL, APRIL))

    page = text_of(browser(town.auditor).get(address, headers={"accept-language": "zh-hans"}))

    assert "截至2026年4月1日，按2026年4月1日已知的情况，由静安区支付，共720.00元，剩余720.00元。" in page


def test_the_file_has_every_belief_with_both_times(town: Town) -> None:
    answer = get(town.auditor, "resident_residences", town.lin.number)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    rows = list(csv.reader(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()))

    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}district code")
    assert [row[:1] + row[2:7] for row in rows[1:]] == [
        ["310112", "2020-01-01", "", "yes", "2020-01-01", "2026-03-16"],
        ["310112", "2020-01-01", "2026-03-16", "yes", "2026-03-16", "2026-05-04"],
        ["310112", "2020-01-01", "2026-04-01", "yes", "2026-05-04", ""],
        ["310106", "2026-03-16", "", "yes", "2026-03-16", "2026-05-04"],
        ["310115", "2026-04-01", "", "no", "2026-05-04", ""],
    ]


def test_the_story_names_every_step_its_author_and_what_was_not_confirmed(town: Town) -> None:
    page = text_of(get(town.auditor, "voucher_story", town.voucher.number))

    assert (
        "A move to Jing'an was recorded for 16 March 2026 and corrected on 4 May 2026."
        " The move to Pudong on 1 April 2026 counts instead."
    ) in page
    assert "Corrected by another: booked on 4 May 2026, recorded 15 June 2026, 10:00 by 用户" in page
    assert "It takes the place of the move to Jing'an on 16 March 2026." in page
    assert "The district had not confirmed it, so the city bore what the district would." in page
    assert "Not confirmed" in page


@pytest.mark.parametrize("name", ["resident_known", "resident_residences", "voucher_known"])
def test_only_who_may_see_the_person_gets_the_pages(town: Town, name: str) -> None:
    """Lin never lived in Jing'an, as it turned out."""
    number = {"voucher_known": town.voucher.number}.get(name, town.lin.number)
    people = [town.city, town.auditor, town.of_minhang, town.of_pudong, town.of_jingan, account_of(town.lin)]

    assert [get(user, name, number).status_code for user in people] == [200, 200, 200, 200, 404, 403]


@pytest.mark.parametrize("name", ["resident", "voucher_story"])
def test_the_question_stands_on_the_pages_of_person_and_voucher(town: Town, name: str) -> None:
    number = {"voucher_story": town.voucher.number}.get(name, town.lin.number)

    assert "Ask what was known on another day" in text_of(get(town.auditor, name, number))
