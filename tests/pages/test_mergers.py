"""Merging districts on the pages of the city: what will move is shown, and a second person decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ledger.models import Job, JobState
from tests.factories import ProviderFactory, stamp
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.services.merging_districts import merge_districts

pytestmark = pytest.mark.django_db

ASKED = {"predecessor": "310112", "successor": "310106", **day_boxes("day", TODAY)}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


def test_what_will_move_is_shown_before_it_is_proposed(town: Town) -> None:
    ProviderFactory(district=town.minhang)

    shown = text_of(post(town.city, "district_mergers", **ASKED))

    assert "From 15 June 2026 on, Minhang is part of Jing'an" in shown
    assert 'People who live or lived there</dt><dd class="govuk-summary-list__value">1</dd>' in shown
    assert (
        'Months whose dues are not settled</dt><dd class="govuk-summary-list__value"><a class="govuk-link" href="/'
        in shown
    )
    assert not Job.objects.exists()


def test_it_waits_for_another_person_once_it_is_proposed(town: Town) -> None:
    shown = text_of(post(town.city, "district_mergers", step="confirm", **ASKED))

    job = Job.objects.get()
    assert (job.state, job.needs_approval, job.proposed_by) == (JobState.PROPOSED, True, town.city)
    assert "Merge a district into another: Minhang into Jing'an, from 15 June 2026 on" in shown


def test_different_pools_are_pointed_out(town: Town) -> None:
    town.minhang.pool_id = town.minhang.pk
    town.minhang.save()

    assert "The two belong to different pools" in text_of(post(town.city, "district_mergers", **ASKED))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"successor": "310112"}, "Minhang cannot become part of itself."),
        (day_boxes("day", TODAY + timedelta(days=1)), "The districts are two until 16 June 2026."),
        ({"predecessor": ""}, "Choose the district."),
    ],
)
def test_what_stands_in_the_way_is_said(town: Town, changed: dict[str, str], said: str) -> None:
    shown = text_of(post(town.city, "district_mergers", step="confirm", **{**ASKED, **changed}))

    assert said in shown
    assert not Job.objects.exists()


def test_a_district_that_was_merged_is_told_of_and_offered_no_more(town: Town) -> None:
    merge_districts(predecessor="310112", successor="310106", day=TODAY, stamp=stamp(TODAY))

    shown = text_of(get(town.city, "district_mergers"))

    assert "Minhang is part of Jing'an since 15 June 2026." in shown
    assert '<option value="310112"' not in shown
    assert '<option value="310106"' in shown


def test_the_history_of_people_still_names_the_old_district(town: Town) -> None:
    merge_districts(predecessor="310112", successor="310106", day=TODAY, stamp=stamp(TODAY))

    assert "Minhang" in text_of(get(town.of_jingan, "resident", town.lin.number))
