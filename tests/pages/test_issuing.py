"""Giving one resident a voucher, and taking one back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from accounts.models import Resident
from tests.factories import ProgrammeFactory, ResidentFactory, stamp
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.models import Programme, Voucher
from vouchers.services.issuing import Offer
from vouchers.services.offering import BirthdayUnknown, NotOfAge, ProgrammeOver, issue_to_eligible

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def child(town: Town) -> Resident:
    return ResidentFactory(name="小朋友", district=town.jingan, born_on=date(2016, 2, 2))


@pytest.fixture
def health(town: Town) -> Programme:
    return ProgrammeFactory.create(code="health", name_zh="健康", name_en="Health", annual_fen=9_000)


def test_only_what_the_resident_can_have_is_offered_and_why_not_the_rest(town: Town, health: Programme) -> None:
    grown_up = ResidentFactory(name="大人", district=town.jingan, born_on=date(1992, 1, 1))

    page = get(town.of_jingan, "resident_issue", grown_up.number)

    assert list(page.context["form"].fields["programme"].queryset) == [health]
    assert "大人 is 34 years old on 1 January 2026, and Education is for other ages." in text_of(page)


def test_a_voucher_held_already_is_given_as_the_reason(town: Town) -> None:
    page = text_of(get(town.of_jingan, "resident_issue", town.lin.number))

    assert f"林小雨 holds voucher {town.voucher.number} of Education for these days already." in page
    assert "There is nothing to issue" in page


def test_a_programme_that_is_over_is_not_offered(town: Town, child: Resident) -> None:
    ProgrammeFactory.create(
        code="last-year", name_en="Last year", valid_from=date(2025, 1, 1), valid_until=date(2026, 1, 1)
    )

    page = text_of(get(town.of_jingan, "resident_issue", child.number))

    assert "Last year ended on 1 January 2026." in page


def test_the_check_page_shows_the_voucher_and_issues_nothing(town: Town, child: Resident) -> None:
    page = text_of(post(town.of_jingan, "resident_issue", child.number, programme=town.education.pk))

    assert "Issue this voucher?" in page
    assert "720.00 yuan" in page
    assert "1 January 2026 – 31 December 2026" in page
    assert not child.vouchers.exists()


def test_a_confirmed_voucher_is_issued_by_whoever_confirmed(town: Town, child: Resident) -> None:
    page = text_of(post(town.of_jingan, "resident_issue", child.number, programme=town.education.pk, step="confirm"))

    voucher = child.vouchers.get()
    assert f"Voucher {voucher.number} of 720.00 yuan is issued." in page
    assert (voucher.amount_fen, voucher.payer, voucher.issued_on) == (72_000, "310106", TODAY)


def test_another_amount_and_other_days_may_be_given(town: Town, child: Resident) -> None:
    special = {**day_boxes("valid_from", TODAY), **day_boxes("last_day", date(2026, 6, 30)), "fen": "12.5"}

    post(town.of_jingan, "resident_issue", child.number, programme=town.education.pk, step="confirm", **special)

    voucher = child.vouchers.get()
    assert (voucher.amount_fen, voucher.valid_from, voucher.valid_until) == (1_250, TODAY, date(2026, 7, 1))


def test_a_window_that_ends_before_it_begins_is_refused(town: Town, child: Resident) -> None:
    special = {**day_boxes("valid_from", TODAY), **day_boxes("last_day", date(2026, 6, 14))}

    page = text_of(post(town.of_jingan, "resident_issue", child.number, programme=town.education.pk, **special))

    assert "The last day must not be before the first." in page
    assert '<details class="govuk-details" open>' in page


def test_the_service_refuses_who_is_not_of_age(town: Town) -> None:
    grown_up = ResidentFactory(district=town.jingan, born_on=date(1992, 1, 1))

    with pytest.raises(NotOfAge):
        issue_to_eligible(resident=grown_up, offer=Offer.of(town.education), stamp=stamp(TODAY))


def test_the_service_refuses_an_unknown_day_of_birth_where_age_counts(town: Town, health: Programme) -> None:
    unknown = ResidentFactory(district=town.jingan)

    issue_to_eligible(resident=unknown, offer=Offer.of(health), stamp=stamp(TODAY))
    with pytest.raises(BirthdayUnknown):
        issue_to_eligible(resident=unknown, offer=Offer.of(town.education), stamp=stamp(TODAY))


def test_nothing_is_issued_once_its_days_are_over(town: Town) -> None:
    child = ResidentFactory(district=town.jingan, born_on=date(2015, 5, 1))

    with pytest.raises(ProgrammeOver):
        issue_to_eligible(resident=child, offer=Offer.of(town.education), stamp=stamp(town.education.valid_until))


# Revoking


def test_revoking_says_what_goes_back_and_ends_the_voucher(town: Town) -> None:
    question = text_of(get(town.of_jingan, "voucher_revoke", town.voucher.number))
    answer = text_of(post(town.of_jingan, "voucher_revoke", town.voucher.number, **day_boxes("day", TODAY)))

    assert "The 720.00 yuan that remain go back to those who funded the voucher." in question
    assert "The voucher is revoked from 15 June 2026 on." in answer
    assert Voucher.objects.get(pk=town.voucher.pk).status == "revoked"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 6, 16), "The date must not be after 15 June 2026."),
        (date(2025, 12, 31), "This voucher is valid from 1 January 2026 on, not on 31 December 2025."),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(town: Town, day: date, words: str) -> None:
    page = text_of(post(town.of_jingan, "voucher_revoke", town.voucher.number, **day_boxes("day", day)))

    assert words in page
    assert Voucher.objects.get(pk=town.voucher.pk).status == "active"


def test_a_voucher_that_has_ended_cannot_be_revoked_again(town: Town) -> None:
    post(town.of_jingan, "voucher_revoke", town.voucher.number, **day_boxes("day", TODAY))

    assert get(town.of_jingan, "voucher_revoke", town.voucher.number).status_code == 404
