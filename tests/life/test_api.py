"""Life events through the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from accounts.services.residents import AlreadyRegistered, register
from tests.api.callers import NOON, TODAY, V1, City, a_city, caller
from tests.factories import DistrictFactory, ProgrammeFactory, ResidentFactory, administrator_of, stamp
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db

ID_NUMBER = "11010519491231002X"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def city() -> City:
    return a_city()


def test_a_death_is_recorded_and_taken_back(city: City) -> None:
    client = caller(administrator_of(city.home))
    body = {"resident": city.resident.number, "day": "2026-03-01"}

    recorded = client.post(f"{V1}/lives/deaths", body)
    again = client.post(f"{V1}/lives/deaths", body)
    status = Voucher.objects.get(pk=city.voucher.pk).status
    back = client.post(f"{V1}/lives/deaths/take-back", {"resident": city.resident.number, "note": "Namesake"})

    assert (recorded.status_code, recorded.json()["booked_on"], status) == (201, "2026-03-16", "died")
    assert (again.status_code, again.json()["code"]) == (409, "already_died")
    assert (back.status_code, Voucher.objects.get(pk=city.voucher.pk).status) == (200, "active")


def test_a_birth_answers_with_what_was_issued(city: City) -> None:
    programme = ProgrammeFactory.create(at_birth=True)
    body = {"guardian": city.resident.number, "name": "新生", "day": "2026-03-10"}

    answer = caller(administrator_of(city.home)).post(f"{V1}/lives/births", body)

    assert answer.status_code == 201
    [voucher] = answer.json()["vouchers"]
    assert (voucher["programme"], voucher["valid_from"]) == (programme.code, "2026-03-10")


def test_a_departure_ends_vouchers(city: City) -> None:
    body = {"resident": city.resident.number, "day": "2026-03-01"}

    answer = caller(administrator_of(city.home)).post(f"{V1}/lives/departures", body)

    assert (answer.status_code, Voucher.objects.get(pk=city.voucher.pk).status) == (201, "left")


def test_a_merge_leads_from_the_old_number_to_the_one_that_stands(city: City) -> None:
    double = ResidentFactory(district=city.home)
    client = caller(administrator_of(city.home))
    body = {"dropped": double.number, "kept": city.resident.number, "note": "Same birth certificate"}

    merged = client.post(f"{V1}/lives/merges", body)
    shown = client.get(f"{V1}/residents/{double.number}").json()
    back = client.post(f"{V1}/lives/merges/take-back", {"dropped": double.number, "note": "Twins"})

    assert (merged.status_code, merged.json()["kept"]) == (201, city.resident.number)
    assert shown["merged_into"] == city.resident.number
    assert back.status_code == 200
    assert client.get(f"{V1}/residents/{double.number}").json()["merged_into"] is None


def test_somebody_elses_resident_is_not_there(city: City) -> None:
    body = {"resident": city.resident.number, "day": "2026-03-01"}

    answer = caller(administrator_of(DistrictFactory())).post(f"{V1}/lives/deaths", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_double_registration_is_listed_and_answered_once(city: City) -> None:
    ResidentFactory(id_number=ID_NUMBER, district=city.home)
    with pytest.raises(AlreadyRegistered):
        register(name="林", district=DistrictFactory(), since=TODAY, id_number=ID_NUMBER, stamp=stamp(TODAY))
    client = caller(administrator_of(city.home))

    [found] = client.get(f"{V1}/doubles").json()["results"]
    answers = [client.post(f"{V1}/doubles/{found['id']}/answer", {"finding": "mistake"}).status_code for _ in range(2)]

    assert (found["finding"], found["known_in"]) == (None, city.home.code)
    assert answers == [200, 409]
