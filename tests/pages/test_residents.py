"""Finding residents, registering them, and all that is known of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from stdnum.cn import ric

from accounts.models import Resident
from tests.factories import ResidentFactory, stamp
from tests.support.readers import browser
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.services.moving import annul_move, move

pytestmark = pytest.mark.django_db

BORN = date(1990, 3, 7)
BODY = "31010619900307123"
ID_NUMBER = BODY + ric.calc_check_digit(BODY + "0")
SINCE = date(2024, 9, 1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


# The list


def test_a_district_administrator_lists_who_lives_or_lived_in_the_own_districts(town: Town) -> None:
    ResidentFactory(name="外区人", district=town.pudong)

    page = text_of(get(town.of_jingan, "residents"))

    assert "林小雨" in page
    assert "外区人" not in page


def test_a_name_or_a_resident_number_finds_somebody(town: Town) -> None:
    ResidentFactory(name="王大明", district=town.jingan)

    by_name = text_of(post(town.city, "residents", q="小雨"))
    by_number = text_of(post(town.city, "residents", q=town.lin.number.lower()))

    assert "林小雨" in by_name
    assert "林小雨" in by_number
    assert "王大明" not in by_name + by_number


def test_a_whole_id_number_leads_to_its_resident_and_never_stands_in_an_address(town: Town) -> None:
    found = ResidentFactory(name="王大明", district=town.jingan, id_number=ID_NUMBER)

    answer = browser(town.of_jingan).post(reverse("residents"), {"q": ID_NUMBER})

    assert answer["Location"] == reverse("resident", args=[found.number])


def test_a_mistyped_id_number_does_not_stand_in_an_address_either(town: Town) -> None:
    mistyped = ID_NUMBER[:-1] + "1"

    answer = browser(town.of_jingan).post(reverse("residents"), {"q": mistyped})

    assert answer.status_code == 200
    assert "Nobody was found" in text_of(answer)


def test_an_id_number_in_an_address_finds_nobody(town: Town) -> None:
    ResidentFactory(name="王大明", district=town.jingan, id_number=ID_NUMBER)

    assert "王大明" not in text_of(get(town.of_jingan, "residents", q=ID_NUMBER))


@pytest.mark.parametrize("address", ["/residents/%00/", "/vouchers/%00/story/", "/books/%00/", "/programmes/%00/"])
def test_a_character_that_no_number_has_leads_nowhere(town: Town, address: str) -> None:
    assert browser(town.city).get(address).status_code == 404


def test_the_id_number_of_a_stranger_finds_nobody(town: Town) -> None:
    ResidentFactory(name="外区人", district=town.pudong, id_number=ID_NUMBER)

    page = text_of(post(town.of_jingan, "residents", q=ID_NUMBER))

    assert "Nobody was found" in page
    assert "外区人" not in page


def test_the_list_shows_an_id_number_masked(town: Town) -> None:
    ResidentFactory(district=town.jingan, id_number=ID_NUMBER)

    page = text_of(get(town.city, "residents"))

    assert f"310***********{ID_NUMBER[-4:]}" in page
    assert ID_NUMBER not in page


def test_a_district_filters_by_where_people_live_today(town: Town) -> None:
    stayed: Resident = ResidentFactory(name="闵行人", district=town.minhang)

    page = text_of(get(town.city, "residents", district=town.minhang.code))

    assert stayed.name in page
    assert "林小雨" not in page


def test_the_list_asks_as_few_questions_for_a_full_page_as_for_one_row(
    town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(town.city)
    address = reverse("residents")
    with django_assert_num_queries(6):
        client.get(address)
    ResidentFactory.create_batch(30, district=town.jingan)

    with django_assert_num_queries(6):
        client.get(address)


# One resident


def test_a_resident_s_page_tells_where_the_person_lives_and_what_is_left(town: Town) -> None:
    page = text_of(get(town.of_jingan, "resident", town.lin.number))

    assert "Lives in Jing'an since 16 March 2026." in page
    assert town.voucher.number in page
    assert "720.00" in page


def test_a_move_to_come_is_announced(town: Town) -> None:
    move(resident=town.lin, to=town.pudong.code, effective_on=date(2026, 7, 1), stamp=stamp(TODAY))

    page = text_of(get(town.of_jingan, "resident", town.lin.number))

    assert "Moves to Pudong on 1 July 2026." in page
    assert "Takes effect later" in page


def test_an_annulled_move_stays_to_be_seen(town: Town) -> None:
    annul_move(resident=town.lin, effective_on=date(2026, 3, 16), stamp=stamp(TODAY))

    page = text_of(get(town.of_minhang, "resident", town.lin.number))

    assert "Annulled" in page
    assert "Lives in Minhang" in page


def test_the_former_district_may_look_but_not_issue(town: Town) -> None:
    page = text_of(get(town.of_minhang, "resident", town.lin.number))

    assert reverse("resident_move", args=[town.lin.number]) in page
    assert reverse("resident_issue", args=[town.lin.number]) not in page
    assert reverse("voucher_revoke", args=[town.voucher.number]) not in page


# Registering


def answers(town: Town, **others: object) -> dict[str, object]:
    return {"name": "陈晨", "id_number": ID_NUMBER, "district": town.jingan.code, **day_boxes("since", SINCE), **others}


def test_a_registered_resident_has_the_day_of_birth_of_the_id_number(town: Town) -> None:
    page = text_of(post(town.of_jingan, "resident_register", **answers(town)))

    resident = Resident.objects.get(name="陈晨")
    assert f"陈晨 is registered, with resident number {resident.number}." in page
    assert resident.born_on == BORN
    assert [(spell.district_id, spell.start) for spell in resident.residences.all()] == [(town.jingan.code, SINCE)]


def test_without_an_id_number_the_day_of_birth_is_enough(town: Town) -> None:
    post(town.of_jingan, "resident_register", **answers(town, id_number="", **day_boxes("born_on", BORN)))

    assert Resident.objects.get(name="陈晨").born_on == BORN


def test_a_guardian_is_named_by_the_resident_number(town: Town) -> None:
    guardian = ResidentFactory(district=town.pudong)

    post(town.of_jingan, "resident_register", **answers(town, guardian=guardian.number))

    assert Resident.objects.get(name="陈晨").guardianships.get().guardian == guardian


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Enter the name."),
        ({"id_number": "310106199003071230"[:17] + "Y"}, "This is no valid id number."),
        ({"id_number": ""}, "Enter the id number, or the day of birth where there is none."),
        (day_boxes("born_on", date(1991, 1, 1)), "The id number says another day of birth."),
        (day_boxes("since", date(2026, 6, 16)), "The date must not be after 15 June 2026."),
        (day_boxes("since", date(1980, 1, 1)), "Nobody can live somewhere before the day of birth, 7 March 1990."),
        ({"guardian": "R0000"}, "Nobody has this resident number."),
        ({"district": "310115"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(town: Town, wrong: dict[str, str], words: str) -> None:
    page = text_of(post(town.of_jingan, "resident_register", **answers(town, **wrong)))

    assert "<title>Error: Register a resident" in page
    assert words in page
    assert f'value="{SINCE.year}"' in page or "since_year" in wrong
    assert not Resident.objects.filter(name="陈晨").exists()


def test_somebody_known_already_is_led_to_the_move(town: Town) -> None:
    known = ResidentFactory(name="陈晨晨", district=town.pudong, id_number=ID_NUMBER)

    page = text_of(post(town.of_jingan, "resident_register", **answers(town)))

    assert f"is registered already, as resident {known.number}." in page
    assert reverse("move_in") in page
