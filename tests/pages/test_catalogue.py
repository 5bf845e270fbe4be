"""Programmes and providers: seen by every administrator, written by the city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.factories import ProgrammeFactory, ProviderFactory, stamp
from tests.support.readers import browser
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.models import CostRule, Programme, Provider
from vouchers.services.catalogue import FixedOnceIssued, FixedOnceOwed, save_programme, save_provider
from vouchers.services.redeeming import redeem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


def answers(**others: object) -> dict[str, object]:
    return {
        "name_zh": "健康服务",
        "name_en": "Health service",
        "code": "health-2026",
        "sector": "health",
        "annual_fen": "90.50",
        **day_boxes("valid_from", date(2026, 1, 1)),
        **day_boxes("last_day", date(2026, 12, 31)),
        "funded_by": "pool",
        "cost_rule": "by_use",
        "visits": "open",
        "late_claim_days": "30",
        **others,
    }


# Programmes


def test_a_new_programme_is_stored_as_the_city_wrote_it(town: Town) -> None:
    page = text_of(post(town.city, "programme_new", **answers(min_age="0", max_age="6")))

    programme = Programme.objects.get(code="health-2026")
    assert "The programme is stored." in page
    assert "Residents from 0 to 6 years of age" in page
    assert (programme.annual_fen, programme.valid_from, programme.valid_until) == (
        9_050,
        date(2026, 1, 1),
        date(2027, 1, 1),
    )


def test_count_days_are_written_by_month(town: Town) -> None:
    monthly = answers(cost_rule="monthly", usual_count_day="12", other_count_days="9：15、 2:20")

    page = text_of(post(town.city, "programme_new", **monthly))

    assert Programme.objects.get(code="health-2026").count_days == {"default": 12, "9": 15, "2": 20}
    assert "Day 12 of each month" in page
    assert "in month 9, day 15" in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name_zh": ""}, "Enter the Chinese name."),
        ({"code": "Health 2026"}, "Use small letters, figures and hyphens only"),
        ({"code": "education"}, "Another programme has this code."),
        ({"annual_fen": "0"}, "The amount must be at least 0.01 yuan."),
        (day_boxes("last_day", date(2025, 12, 31)), "The last day must not be before the first."),
        ({"min_age": "10", "max_age": "9"}, "The oldest age must not be below the youngest."),
        ({"late_claim_days": "99999"}, "3660"),
        ({"min_age": "151"}, "150"),
        (day_boxes("last_day", date(9999, 12, 31)), "The date must not be after 31 December 2199."),
        ({"usual_count_day": "10"}, "Count days belong to the rule by head-count days."),
        ({"other_count_days": "9:15"}, "Count days belong to the rule by head-count days."),
        ({"cost_rule": "monthly", "usual_count_day": "32"}, "Enter a day of the month from 1 to 31."),
        ({"cost_rule": "monthly", "other_count_days": "13:1"}, "Enter month and day with a colon between"),
    ],
)
def test_a_programme_that_cannot_be_is_refused_in_words(town: Town, wrong: dict[str, str], words: str) -> None:
    page = text_of(post(town.city, "programme_new", **answers(**wrong)))

    assert "<title>Error: Open a programme" in page
    assert words in page
    assert not Programme.objects.exclude(code="education").exists()


def test_the_form_of_a_programme_shows_what_is_stored(town: Town) -> None:
    ProgrammeFactory.create(code="monthly", cost_rule=CostRule.MONTHLY, count_days={"default": 12, "9": 15, "10": 8})

    page = text_of(get(town.city, "programme_edit", "monthly"))

    assert 'name="last_day_day" type="text" inputmode="numeric" autocomplete="off" value="31"' in page
    assert 'value="9:15, 10:8"' in page
    assert 'value="720.00"' in page


def test_what_plans_rest_on_no_longer_changes_once_vouchers_are_issued(town: Town) -> None:
    changed = answers(code="education", name_en="Schooling", funded_by="district", cost_rule="origin")

    page = text_of(post(town.city, "programme_edit", "education", **changed))

    town.education.refresh_from_db()
    assert "so this can no longer change: cost rule." in page
    assert (town.education.cost_rule, town.education.name_en) == (CostRule.DAILY, "Education")


def test_names_and_amount_may_change_and_issued_vouchers_keep_theirs(town: Town) -> None:
    changed = answers(code="education", name_en="Schooling", funded_by="district", cost_rule="daily")

    post(town.city, "programme_edit", "education", **changed)

    town.education.refresh_from_db()
    town.voucher.refresh_from_db()
    assert (town.education.name_en, town.education.annual_fen) == ("Schooling", 9_050)
    assert town.voucher.amount_fen == 72_000


@pytest.mark.parametrize(
    ("field", "value"), [("code", "other"), ("cost_rule", "origin"), ("count_days", {"9": 1}), ("funded_by", "pool")]
)
def test_the_service_holds_each_field_that_issued_vouchers_rest_on(town: Town, field: str, value: object) -> None:
    setattr(town.education, field, value)

    with pytest.raises(FixedOnceIssued):
        save_programme(programme=town.education, stamp=stamp(TODAY))


def test_programmes_are_filtered_by_sector(town: Town) -> None:
    ProgrammeFactory.create(code="health", name_en="Health service", sector="health")

    page = text_of(get(town.auditor, "programmes", sector="health"))

    assert "Health service" in page
    assert reverse("programme", args=["education"]) not in page


def test_the_list_of_programmes_asks_the_same_few_questions_however_long_it_is(
    town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(town.city)
    ProgrammeFactory.create_batch(10)

    with django_assert_num_queries(4):
        client.get(reverse("programmes"))


# Providers


def provider_answers(town: Town, **others: object) -> dict[str, object]:
    return {
        "name_zh": "静安小学",
        "name_en": "Jing'an School",
        "code": "ja-school",
        "kind": "school",
        "district": town.jingan.code,
        "accredited_for": [town.education.pk],
        **others,
    }


def test_a_new_provider_is_accredited_for_what_the_city_ticked(town: Town) -> None:
    page = text_of(post(town.city, "provider_new", **provider_answers(town)))

    provider = Provider.objects.get(code="ja-school")
    assert "The provider is stored." in page
    assert list(provider.programmes.all()) == [town.education]


def test_taking_a_tick_away_ends_the_accreditation(town: Town) -> None:
    ProviderFactory(code="ja-school", district=town.jingan, programmes=[town.education])

    post(town.city, "provider_edit", "ja-school", **provider_answers(town, accredited_for=[]))

    assert not Provider.objects.get(code="ja-school").programmes.exists()


def test_a_provider_that_was_owed_something_keeps_its_code_and_district(town: Town) -> None:
    school: Provider = ProviderFactory(code="ja-school", district=town.jingan, programmes=[town.education])
    redeem(
        resident=town.lin,
        programme=town.education,
        provider=school,
        fen=100,
        day=TODAY,
        key="r1",
        stamp=stamp(TODAY),
    )

    page = text_of(post(town.city, "provider_edit", "ja-school", **provider_answers(town, district="310115")))

    assert "so this can no longer change: district." in page.lower()
    school.code = "other"
    with pytest.raises(FixedOnceOwed):
        save_provider(provider=school, programmes=[], stamp=stamp(TODAY))


def test_providers_are_filtered_by_kind_district_and_programme(town: Town) -> None:
    ProviderFactory(code="ja-school", name_en="Jing'an School", district=town.jingan, programmes=[town.education])
    ProviderFactory(code="pd-clinic", name_en="Pudong Clinic", district=town.pudong, kind="clinic")
    narrow = {"kind": "school", "district": town.jingan.code, "programme": town.education.pk}

    everything = text_of(get(town.of_pudong, "providers"))
    schools = get(town.of_pudong, "providers", **narrow)

    assert "Pudong Clinic" in everything
    assert "Pudong Clinic" not in text_of(schools)
    assert [(row.code, row.number_of_programmes) for row in schools.context["page"]] == [("ja-school", 1)]


def test_the_list_of_providers_asks_the_same_few_questions_however_long_it_is(
    town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(town.city)
    ProviderFactory.create_batch(10, district=town.jingan, programmes=[town.education])

    with django_assert_num_queries(6):
        client.get(reverse("providers"))
