"""Residents and their moves over HTTP."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Resident, Role
from tests.api.callers import V1, City, caller, rows
from tests.factories import DistrictFactory, ResidentFactory, UserFactory, account_of, administrator_of, stamp
from vouchers.services.moving import move

pytestmark = pytest.mark.django_db

ID_NUMBER = "11010519491231002X"


def test_a_resident_is_registered_and_gets_a_number(city: City) -> None:
    body = {"name": "林小雨", "district": city.home.code, "since": "2026-03-01", "id_number": ID_NUMBER}

    answer = caller(administrator_of(city.home)).post(f"{V1}/residents", body)

    found = Resident.objects.get(number=answer.json()["number"])
    assert answer.status_code == 201
    assert answer.json() == {
        "number": found.number,
        "name": "林小雨",
        "born_on": "1949-12-31",
        "id_number_masked": "110***********002X",
        "lives_in": city.home.code,
        "residences": [{"district": city.home.code, "start": "2026-03-01", "end": None}],
        "died_on": None,
        "merged_into": None,
    }


def test_a_child_is_registered_with_a_guardian_who_then_sees_it(city: City) -> None:
    body = {"name": "小雨", "district": city.home.code, "since": "2026-03-01", "born_on": "2020-01-01"}

    answer = caller(UserFactory()).post(f"{V1}/residents", {**body, "guardian": city.resident.number})

    seen = rows(caller(account_of(city.resident)).get(f"{V1}/residents"))
    assert [row["number"] for row in seen] == [answer.json()["number"], city.resident.number]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"born_on": "2020-01-01"}, "id_number"),
        ({"id_number": None}, "id_number"),
        ({"since": "2026-03-17"}, "since"),
        ({"guardian": "R0"}, "guardian"),
        ({"district": "999999"}, "district"),
    ],
)
def test_a_registration_says_what_is_wrong_with_a_field(city: City, change: dict[str, str], field: str) -> None:
    body = {"name": "林", "district": city.home.code, "since": "2026-03-01", "id_number": ID_NUMBER, **change}

    answer = caller(administrator_of(city.home)).post(f"{V1}/residents", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id_number": "110105194912310021"}, 422, "invalid_id_number"),
        ({"since": "1940-01-01"}, 422, "born_later"),
    ],
)
def test_the_rules_of_registering_are_told_by_code(city: City, change: dict[str, str], status: int, code: str) -> None:
    body = {"name": "林", "district": city.home.code, "since": "2026-03-01", "id_number": ID_NUMBER, **change}

    answer = caller(UserFactory()).post(f"{V1}/residents", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nobody_is_registered_in_a_district_of_others(city: City) -> None:
    body = {"name": "林", "district": city.home.code, "since": "2026-03-01", "id_number": ID_NUMBER}

    answer = caller(administrator_of(DistrictFactory())).post(f"{V1}/residents", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["district"])


def test_the_same_person_is_not_registered_twice(city: City) -> None:
    known = ResidentFactory(id_number=ID_NUMBER)
    body = {"name": "林", "district": city.home.code, "since": "2026-03-01", "id_number": ID_NUMBER}

    answer = caller(UserFactory()).post(f"{V1}/residents", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_registered")
    assert answer.json()["details"] == {"number": known.number}


def test_an_id_number_finds_somebody_of_another_district_and_is_never_told() -> None:
    known = ResidentFactory(id_number=ID_NUMBER)

    answer = caller(administrator_of(DistrictFactory())).post(f"{V1}/residents/find", {"id_number": ID_NUMBER})

    assert answer.json() == {"number": known.number, "name": known.name, "id_number_masked": "110***********002X"}


def test_an_id_number_that_nobody_has_is_404() -> None:
    answer = caller(UserFactory()).post(f"{V1}/residents/find", {"id_number": ID_NUMBER})

    assert (answer.status_code, answer.json()["code"]) == (404, "nobody_known")


@pytest.mark.parametrize("text", [ID_NUMBER, ID_NUMBER[:-1] + "1"])
def test_an_id_number_is_refused_in_an_address_even_when_mistyped(text: str) -> None:
    answer = caller(UserFactory()).get(f"{V1}/residents?search={text}")

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["search"])


def test_residents_are_searched_by_name_and_by_where_they_live_today(city: City) -> None:
    ResidentFactory(name="陈大文", district=city.home)
    client = caller(UserFactory())

    assert [row["name"] for row in rows(client.get(f"{V1}/residents?search=大文"))] == ["陈大文"]
    assert len(rows(client.get(f"{V1}/residents?lives_in={city.home.code}"))) == 2


def test_a_move_is_recorded_and_the_new_district_pays(city: City) -> None:
    there = DistrictFactory()
    body = {"resident": city.resident.number, "to": there.code, "effective_on": "2026-03-16"}

    answer = caller(administrator_of(there)).post(f"{V1}/moves", body)

    voucher = caller(UserFactory()).get(f"{V1}/vouchers/{city.voucher.number}").json()
    assert answer.status_code == 201
    assert (answer.json()["origin"], answer.json()["destination"]) == (city.home.code, there.code)
    assert (voucher["payer"], voucher["remaining_fen"]) == (there.code, 72_000)


def test_the_district_somebody_moves_into_may_record_it(city: City) -> None:
    there = DistrictFactory()
    body = {"resident": city.resident.number, "to": there.code, "effective_on": "2026-03-16"}

    assert caller(administrator_of(there)).post(f"{V1}/moves", body).status_code == 201


def test_a_third_district_records_no_move_between_others(city: City) -> None:
    there, third = DistrictFactory(), DistrictFactory()
    body = {"resident": city.resident.number, "to": there.code, "effective_on": "2026-03-16"}

    answer = caller(administrator_of(third)).post(f"{V1}/moves", body)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_move")
    assert not city.resident.moves.exists()


@pytest.mark.parametrize(
    ("to", "day", "status", "code"),
    [
        ("999999", "2026-03-16", 422, "not_a_member"),
        ("home", "2026-03-16", 409, "same_district"),
        ("there", "2019-01-01", 409, "before_first_residence"),
    ],
)
def test_the_rules_of_moving_are_told_by_code(city: City, to: str, day: str, status: int, code: str) -> None:
    districts = {"home": city.home.code, "there": DistrictFactory().code}
    body = {"resident": city.resident.number, "to": districts.get(to, to), "effective_on": day}

    answer = caller(UserFactory()).post(f"{V1}/moves", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_last_move_is_annulled_and_stays_in_the_list(city: City) -> None:
    move(resident=city.resident, to=DistrictFactory().code, effective_on=date(2026, 2, 1), stamp=stamp())
    client = caller(administrator_of(city.home))

    answer = client.post(f"{V1}/moves/annul", {"resident": city.resident.number, "effective_on": "2026-02-01"})

    assert (answer.status_code, answer.json()["annulled_on"]) == (200, "2026-03-16")
    assert [row["annulled_on"] for row in rows(client.get(f"{V1}/moves"))] == ["2026-03-16"]


def test_a_move_between_other_districts_is_not_annulled_by_the_next_one(city: City) -> None:
    first, second = DistrictFactory(), DistrictFactory()
    move(resident=city.resident, to=first.code, effective_on=date(2026, 2, 1), stamp=stamp())
    move(resident=city.resident, to=second.code, effective_on=date(2026, 3, 1), stamp=stamp())

    answer = caller(administrator_of(city.home)).post(
        f"{V1}/moves/annul", {"resident": city.resident.number, "effective_on": "2026-03-01"}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_move")


def test_a_move_that_never_was_cannot_be_annulled(city: City) -> None:
    answer = caller(UserFactory()).post(
        f"{V1}/moves/annul", {"resident": city.resident.number, "effective_on": "2026-03-01"}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_move")


def test_moves_are_filtered_by_where_and_when(city: City) -> None:
    there = DistrictFactory()
    move(resident=city.resident, to=there.code, effective_on=date(2026, 2, 1), stamp=stamp())
    client = caller(UserFactory(role=Role.AUDITOR))

    assert len(rows(client.get(f"{V1}/moves?destination={there.code}&effective_from=2026-02-01"))) == 1
    assert rows(client.get(f"{V1}/moves?origin={there.code}")) == []
    assert rows(client.get(f"{V1}/moves?effective_before=2026-02-01")) == []
