"""The administrator's first page: what needs me today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import District, Resident, Role, User
from ledger.models import Job
from ledger.services.period_jobs import propose_closing
from tests.factories import ResidentFactory, UserFactory, stamp
from tests.support.readers import browser
from tests.support.town import TODAY, Town, build_town, get, on_the_day, text_of
from vouchers.cases import Party, Step
from vouchers.models import IssueBatch, Move
from vouchers.services.batches import confirm, prepare_for_district
from vouchers.services.cases import act, request
from vouchers.services.issuing import Offer
from vouchers.services.moving import MoveOrder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def colleague(town: Town) -> User:
    return UserFactory.create(role=Role.CITY_ADMINISTRATOR, name="李同事")


@pytest.fixture
def closing(colleague: User) -> Job:
    return propose_closing(month=date(2026, 1, 1), stamp=stamp(TODAY, by=colleague))


@pytest.fixture
def prepared(town: Town) -> IssueBatch:
    ResidentFactory(district=town.jingan, born_on=date(2016, 2, 2))
    return prepare_for_district(
        offer=Offer.of(town.education), district=town.jingan, stamp=stamp(TODAY, by=town.of_jingan)
    )


def test_a_colleague_s_proposal_waits_for_me(town: Town, closing: Job) -> None:
    page = text_of(get(town.city, "desk"))

    assert "Approve or refuse: Close a month: January 2026" in page
    assert "Proposed by 李同事" in page
    assert reverse("job", args=[closing.pk]) in page


def test_my_own_proposal_waits_for_somebody_else(town: Town, colleague: User, closing: Job) -> None:
    page = get(colleague, "desk")

    assert page.context["to_approve"] == []
    assert [work.job for work in page.context["waiting_for_others"]] == [closing]


def test_a_district_administrator_has_nothing_to_approve(town: Town, closing: Job) -> None:
    assert "Nothing waits for you" in text_of(get(town.of_jingan, "desk"))


def test_a_batch_that_was_checked_waits_for_its_maker_to_confirm_it(town: Town, prepared: IssueBatch) -> None:
    mine, others = text_of(get(town.of_jingan, "desk")), text_of(get(town.city, "desk"))

    assert f"Check and confirm batch {prepared.pk}: Education" in mine
    assert "Nothing waits for you" in others


def test_work_under_way_shows_how_far_it_is(town: Town, prepared: IssueBatch) -> None:
    confirm(batch_id=prepared.pk, stamp=stamp(TODAY, by=town.of_jingan))

    page = text_of(get(town.of_jingan, "desk"))

    assert "Work under way" in page
    assert "0 of 1 are done." in page
    assert reverse("batch", args=[prepared.pk]) in page


def test_parked_work_needs_a_person(town: Town, prepared: IssueBatch) -> None:
    job = confirm(batch_id=prepared.pk, stamp=stamp(TODAY, by=town.of_jingan))
    Job.objects.filter(pk=job.pk).update(state="parked")

    page = text_of(get(town.of_jingan, "desk"))

    assert "Parked, find out why: Issue a batch of vouchers" in page


def test_the_desk_asks_the_same_few_questions_however_much_waits(
    town: Town, colleague: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(town.city)
    waiting = {"kind": "close_period", "state": "proposed", "needs_approval": True, "proposed_by": colleague}
    months = [{"month": f"2026-0{month}"} for month in range(1, 6)]
    Job.objects.bulk_create([Job(key=month["month"], params=month, **waiting) for month in months])

    for district in (town.pudong, town.minhang, town.pudong):
        person = ResidentFactory(district=town.jingan)
        move = ask(person, to=district)
        act(move=move, step=Step.DISPUTED, parties={Party.RECEIVING}, note="?", stamp=stamp(TODAY))

    with django_assert_num_queries(14):
        page = client.get(reverse("desk"))

    assert len(page.context["to_approve"]) == 5
    assert len(page.context["moves"]) == 3


def ask(person: Resident, *, to: District) -> Move:
    """Ask ``to`` whether somebody moved there today."""
    order = MoveOrder(resident=person, to=to.code, effective_on=TODAY)
    return request(orders=[order], stamp=stamp(TODAY))


def test_a_move_waits_for_the_district_moved_to_with_the_days_left(town: Town) -> None:
    move = ask(town.lin, to=town.pudong)

    theirs, left = text_of(get(town.of_pudong, "desk")), text_of(get(town.of_jingan, "desk"))

    assert "Confirm or dispute a move: 林小雨" in theirs
    assert "15 working days left, until 7 July 2026" in theirs
    assert reverse("move", args=[move.pk]) in theirs
    assert "Nothing waits for you" in left


def test_a_disputed_move_waits_for_the_city(town: Town) -> None:
    move = ask(town.lin, to=town.pudong)
    act(move=move, step=Step.DISPUTED, parties={Party.RECEIVING}, note="?", stamp=stamp(TODAY))

    city, theirs = text_of(get(town.city, "desk")), text_of(get(town.of_pudong, "desk"))

    assert "Decide a disputed move: 林小雨, to Pudong" in city
    assert "Nothing waits for you" in theirs
