"""A file of moves on the page: checked whole, confirmed, followed, and told in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Resident
from ledger.models import Job
from tests.factories import ResidentFactory, administrator_of, stamp
from tests.support.readers import browser, run
from tests.support.town import TODAY, Town, build_town, get, on_the_day, post, text_of
from vouchers.models import Move, MoveBatch
from vouchers.services.move_batches import prepare

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def pupils(town: Town) -> list[Resident]:
    return [ResidentFactory(name=name, district=town.minhang) for name in ("小一", "小二")]


def file_of(*pupils: Resident, to: str = "静安区") -> SimpleUploadedFile:
    rows = [f"{pupil.number},闵行区,{to},2026-06-15" for pupil in pupils]
    text = "\n".join(["居民编号,迁出区,迁入区,生效日期", *rows])
    return SimpleUploadedFile("intake.csv", text.encode("utf-8-sig"))


def upload(town: Town, *pupils: Resident, to: str = "静安区") -> str:
    return text_of(post(town.of_jingan, "move_batch_new", moves=file_of(*pupils, to=to)))


def prepared(town: Town, *pupils: Resident) -> MoveBatch:
    content = file_of(*pupils).read()
    return prepare(file_name="intake.csv", content=content, stamp=stamp(TODAY, by=town.of_jingan))


def test_a_good_file_waits_to_be_confirmed(town: Town, pupils: list[Resident]) -> None:
    page = upload(town, *pupils)

    assert "Checked: 2 moves can be recorded." in page
    assert "Confirm and record" in page
    assert not Move.objects.filter(resident__in=pupils).exists()


def test_a_bad_file_is_refused_row_by_row(town: Town, pupils: list[Resident]) -> None:
    page = upload(town, *pupils, to="没有区")

    assert "The file was not accepted: 2 rows need to be put right. Nothing was recorded." in page
    assert "There is no district “没有区”." in page
    assert not MoveBatch.objects.exists()


def test_the_same_file_leads_to_the_first(town: Town, pupils: list[Resident]) -> None:
    batch = prepared(town, *pupils)

    page = upload(town, *pupils)

    assert f"This very file was uploaded already, as file of moves {batch.pk}." in page
    assert f"Look at file of moves {batch.pk}, which is this very file" in page


def test_a_confirmed_file_tells_what_came_of_each_row(town: Town, pupils: list[Resident]) -> None:
    batch = prepared(town, *pupils)
    post(town.of_jingan, "move_batch", batch.pk)
    run(Job.objects.get(kind="move_batch"))

    page = text_of(get(town.of_jingan, "move_batch", batch.pk))
    result = browser(town.of_jingan).get(reverse("move_batch_result", args=[batch.pk]))

    assert "Recorded" in page
    assert list(Move.objects.filter(resident__in=pupils).values_list("destination_id", flat=True)) == ["310106"] * 2
    assert b"".join(result).decode("utf-8-sig").splitlines()[1].startswith(f"2,{pupils[0].number},310106,2026-06-15")


def test_another_districts_file_does_not_exist(town: Town, pupils: list[Resident]) -> None:
    batch = prepared(town, *pupils)
    stranger = browser(administrator_of(town.pudong))

    addresses = [("move_batch", batch.pk), ("move_batch", batch.pk + 1), ("move_batch_result", batch.pk)]

    assert [stranger.get(reverse(name, args=[pk])).status_code for name, pk in addresses] == [404, 404, 404]


def test_the_list_asks_no_more_for_more_files(
    town: Town, pupils: list[Resident], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for pupil in pupils:
        prepared(town, pupil)
    client = browser(town.of_jingan)

    with django_assert_num_queries(4):  # session, user, how many, files
        client.get(reverse("move_batches"))
    assert "intake.csv" in client.get(reverse("move_batches")).content.decode()
