"""Issuing to many: checked whole, confirmed, followed, and told in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Resident
from ledger.models import Job
from tests.factories import ResidentFactory, VoucherFactory, stamp
from tests.support.readers import browser, run
from tests.support.town import TODAY, Town, build_town, get, on_the_day, post, text_of
from vouchers.forms import files as file_forms
from vouchers.models import IssueBatch
from vouchers.services.batches import confirm, prepare_for_district
from vouchers.services.issuing import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def children(town: Town) -> list[Resident]:
    """Two of Jing'an, by number, who hold nothing yet."""
    return [ResidentFactory(name=name, district=town.jingan, born_on=date(2016, 2, 2)) for name in ("小一", "小二")]


@pytest.fixture
def prepared(town: Town, children: list[Resident]) -> IssueBatch:
    return prepare_for_district(
        offer=Offer.of(town.education), district=town.jingan, stamp=stamp(TODAY, by=town.of_jingan)
    )


def roster(*rows: str, heading: str = "resident_number") -> SimpleUploadedFile:
    return SimpleUploadedFile("pupils.csv", "\n".join([heading, *rows]).encode("utf-8-sig"))


def upload(town: Town, *rows: str) -> str:
    return text_of(post(town.of_jingan, "batch_new", programme=town.education.pk, roster=roster(*rows)))


# Checking


def test_a_good_file_becomes_a_batch_that_says_how_many_and_how_much_in_all(
    town: Town, children: list[Resident]
) -> None:
    page = upload(town, *(child.number for child in children))

    assert "Checked: 2 residents get a voucher each, 1,440.00 yuan in all. Nothing is issued yet." in page
    assert "Confirm and issue" in page
    assert not any(child.vouchers.exists() for child in children)


def test_every_problem_of_a_file_is_shown_at_once_by_its_row(town: Town, children: list[Resident]) -> None:
    grown_up = ResidentFactory(district=town.jingan, born_on=date(1990, 1, 1))
    first = children[0].number
    rows = roster(first, "R0000", first, grown_up.number, town.lin.number)

    page = post(town.of_jingan, "batch_new", programme=town.education.pk, roster=rows)

    assert [(problem.row, str(problem.text)) for problem in page.context["problems"]] == [
        (3, "No resident of your districts has this number."),
        (4, "The same resident stands in row 2 already."),
        (5, "This resident is not of the age that the programme is for."),
        (6, f"This resident holds voucher {town.voucher.number} for these days already."),
    ]
    assert "The file was not accepted: 4 rows need to be put right. Nothing was issued." in text_of(page)
    assert not IssueBatch.objects.exists()


def test_the_same_file_twice_is_refused_with_a_link_to_the_first(town: Town, children: list[Resident]) -> None:
    upload(town, children[0].number)

    page = upload(town, children[0].number)

    first = IssueBatch.objects.get()
    assert "This very file was uploaded for this programme already" in page
    assert reverse("batch", args=[first.pk]) in page


def test_the_template_is_taken_back_as_a_file_with_no_rows(town: Town) -> None:
    template = b"".join(get(town.of_jingan, "batch_template").streaming_content)  # type: ignore[attr-defined]

    answer = post(
        town.of_jingan,
        "batch_new",
        programme=town.education.pk,
        roster=SimpleUploadedFile("roster.csv", template),
    )

    assert template.startswith(b"\xef\xbb\xbf")
    assert "The file has no rows below its heading." in text_of(answer)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "Choose a CSV file."), (b"", "The file is empty."), (b"resident_number\n" * 9, "larger than 10 megabytes")],
)
def test_a_file_that_cannot_be_taken_is_refused_in_words(
    town: Town, content: bytes | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_forms, "MOST_BYTES", 100)
    files = {} if content is None else {"roster": SimpleUploadedFile("pupils.csv", content)}

    page = text_of(post(town.of_jingan, "batch_new", programme=town.education.pk, **files))

    assert words in page


def test_a_whole_district_gets_it_except_who_holds_it_already(town: Town, children: list[Resident]) -> None:
    page = text_of(
        post(town.of_jingan, "batch_new_for_district", programme=town.education.pk, district=town.jingan.code)
    )

    assert "Checked: 2 residents get a voucher each" in page
    assert "林小雨" not in page


def test_an_administrator_cannot_issue_to_another_district(town: Town, children: list[Resident]) -> None:
    page = text_of(
        post(town.of_pudong, "batch_new_for_district", programme=town.education.pk, district=town.jingan.code)
    )

    assert "Select a valid choice." in page
    assert not IssueBatch.objects.exists()


def test_where_nobody_is_eligible_the_page_says_so(town: Town) -> None:
    page = text_of(
        post(town.of_pudong, "batch_new_for_district", programme=town.education.pk, district=town.pudong.code)
    )

    assert "Nobody in this district is eligible and without such a voucher." in page


# Confirming, following, the result


def test_confirming_shows_the_progress_of_the_job(town: Town, prepared: IssueBatch) -> None:
    page = text_of(post(town.of_jingan, "batch", prepared.pk))

    assert "The batch is confirmed." in page
    assert f'data-poll-url="{reverse("batch_progress", args=[prepared.pk])}"' in page
    assert '<progress class="th-progress__bar" value="0" max="2"' in page


def test_confirming_twice_makes_one_job(town: Town, prepared: IssueBatch) -> None:
    post(town.of_jingan, "batch", prepared.pk)
    post(town.of_jingan, "batch", prepared.pk)

    assert Job.objects.count() == 1


def test_the_progress_is_the_job_s_row_and_says_when_it_is_over(town: Town, prepared: IssueBatch) -> None:
    job = confirm(batch_id=prepared.pk, stamp=stamp(TODAY, by=town.of_jingan))
    before = get(town.of_jingan, "batch_progress", prepared.pk).json()

    run(job)

    after = get(town.of_jingan, "batch_progress", prepared.pk).json()
    assert (before["done"], before["total"], before["finished"]) == (0, 2, False)
    assert (after["done"], after["total"], after["finished"]) == (2, 2, True)
    assert after["text"] == "2 of 2 are done."


def test_a_batch_not_confirmed_has_no_progress(town: Town, prepared: IssueBatch) -> None:
    assert get(town.of_jingan, "batch_progress", prepared.pk).status_code == 404


def test_the_result_counts_by_outcome_and_ties_to_the_whole(
    town: Town, prepared: IssueBatch, children: list[Resident]
) -> None:
    VoucherFactory(resident=children[1], programme=town.education, day=TODAY)
    run(confirm(batch_id=prepared.pk, stamp=stamp(TODAY, by=town.of_jingan)))

    page = get(town.of_jingan, "batch", prepared.pk)

    counted = {outcome.value: (number, fen) for outcome, number, fen in page.context["outcomes"]}
    assert counted == {"waiting": (0, 0), "issued": (1, 72_000), "already_issued": (1, 72_000)}
    assert (page.context["total"], page.context["total_fen"]) == (2, 144_000)


def test_the_result_can_be_taken_away_and_runs_no_formula(
    town: Town, prepared: IssueBatch, children: list[Resident]
) -> None:
    Resident.objects.filter(pk=children[0].pk).update(name="=1+1")
    run(confirm(batch_id=prepared.pk, stamp=stamp(TODAY, by=town.of_jingan)))

    answer = get(town.of_jingan, "batch_result", prepared.pk)

    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "\ufeffrow,resident_number,name,outcome,voucher number",
        f"1,{children[0].number},'=1+1,Issued,{children[0].vouchers.get().number}",
        f"2,{children[1].number},小二,Issued,{children[1].vouchers.get().number}",
    ]


def test_a_parked_batch_says_why_and_where_to_try_again(town: Town, prepared: IssueBatch) -> None:
    job = confirm(batch_id=prepared.pk, stamp=stamp(TODAY, by=town.of_jingan))
    Job.objects.filter(pk=job.pk).update(state="parked", error="It broke.")

    page = text_of(get(town.of_jingan, "batch", prepared.pk))

    assert "It broke." in page
    assert reverse("job", args=[job.pk]) in page


def test_the_list_asks_as_few_questions_for_many_batches_as_for_one(
    town: Town, prepared: IssueBatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(town.city)
    address = reverse("batches")
    with django_assert_num_queries(4):
        client.get(address)
    prepare_for_district(offer=Offer.of(town.education), district=town.jingan, stamp=stamp(TODAY, by=town.city))

    with django_assert_num_queries(4):
        page = client.get(address)

    assert unescape(page.content.decode()).count("To be confirmed") == 2
