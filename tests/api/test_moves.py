"""Moves as cases over HTTP: reported by the resident or at a desk, answered, corrected, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import SUSPENSE, District, Resident, Role, User
from tests.api.callers import TODAY, V1, City, caller, rows
from tests.factories import DistrictFactory, ResidentFactory, UserFactory, account_of, administrator_of, stamp
from vouchers.cases import Party, Step
from vouchers.models import Move, Voucher
from vouchers.services.cases import act, request
from vouchers.services.moving import MoveOrder, move

pytestmark = pytest.mark.django_db

DAY = "2026-03-16"


@dataclass
class Scene:
    """The child of the city, who may move from ``here`` to ``there``, and those who ask."""

    child: Resident
    own: User
    here: User
    there: User
    district: District


@pytest.fixture
def scene(city: City) -> Scene:
    there = DistrictFactory()
    return Scene(
        child=city.resident,
        own=account_of(city.resident),
        here=administrator_of(city.home),
        there=administrator_of(there),
        district=there,
    )


@pytest.fixture
def case(scene: Scene) -> Move:
    order = MoveOrder(resident=scene.child, to=scene.district.code, effective_on=TODAY)
    return request(orders=[order], stamp=stamp(TODAY, by=scene.here))


def report(by: User, scene: Scene, **change: Any) -> Any:
    body = {"resident": scene.child.number, "to": scene.district.code, "effective_on": DAY, **change}
    return caller(by).post(f"{V1}/moves", body)


def take(by: User, case: Move, **body: Any) -> Any:
    return caller(by).post(f"{V1}/moves/{case.pk}/steps", body)


def correct(by: User, case: Move, **body: Any) -> Any:
    return caller(by).post(f"{V1}/moves/{case.pk}/correct", body)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_resident_reports_an_own_move_and_the_district_is_asked(scene: Scene, city: City) -> None:
    answer = report(scene.own, scene, note="Rental contract")

    assert answer.status_code == 201
    assert answer.json() | {"id": 0} == {
        "id": 0,
        "resident": scene.child.number,
        "origin": city.home.code,
        "destination": scene.district.code,
        "effective_on": DAY,
        "booked_on": DAY,
        "state": "requested",
        "due_on": "2026-04-07",
        "channel": "online",
        "note": "Rental contract",
        "together_with": None,
        "corrects": None,
        "annulled_on": None,
        "steps": [{"step": "requested", "note": "", "due_on": "2026-04-07", "booked_on": DAY}],
    }
    assert Voucher.objects.get(pk=city.voucher.pk).payer == SUSPENSE


def test_the_district_moved_to_confirms_by_reporting(scene: Scene) -> None:
    answer = report(scene.there, scene)

    assert (answer.json()["state"], answer.json()["due_on"]) == ("confirmed", None)


def test_a_household_moves_as_one_case(scene: Scene, city: City) -> None:
    ward = ResidentFactory(district=city.home, guardian=scene.child)

    answer = report(scene.own, scene, together=[ward.number])

    assert ward.moves.get().together_with_id == answer.json()["id"]


def test_nobody_moves_along_twice(scene: Scene) -> None:
    answer = report(scene.own, scene, together=[scene.child.number])

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["together"])


def test_a_resident_cannot_name_somebody_else(scene: Scene) -> None:
    answer = report(scene.own, scene, resident=ResidentFactory().number)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["resident"])


def test_what_stands_in_the_way_is_told_by_code(scene: Scene, case: Move) -> None:
    assert refusal(report(scene.here, scene, effective_on="2026-05-01")) == (409, "case_open")


@pytest.mark.parametrize(
    ("day", "code"),
    [("2019-01-01", "before_first_residence"), ("2026-02-01", "day_taken"), ("2028-01-01", "too_far_ahead")],
)
def test_the_days_of_a_move_are_judged_by_code(scene: Scene, day: str, code: str) -> None:
    move(resident=scene.child, to=DistrictFactory().code, effective_on=TODAY.replace(month=2, day=1), stamp=stamp())

    assert refusal(report(UserFactory(), scene, effective_on=day)) == (409, code)


def test_a_case_is_looked_at_by_its_number_and_is_not_there_for_others(scene: Scene, case: Move) -> None:
    assert caller(scene.own).get(f"{V1}/moves/{case.pk}").json()["state"] == "requested"
    assert caller(account_of(ResidentFactory())).get(f"{V1}/moves/{case.pk}").status_code == 404
    assert caller(UserFactory(role=Role.AUDITOR)).get(f"{V1}/moves/{case.pk}").status_code == 200


def test_a_confirmation_makes_the_new_district_pay(scene: Scene, case: Move, city: City) -> None:
    answer = take(scene.there, case, step="confirmed")

    assert [step["step"] for step in answer.json()["steps"]] == ["requested", "confirmed"]
    assert Voucher.objects.get(pk=city.voucher.pk).payer == scene.district.code


def test_a_dispute_needs_its_grounds_and_starts_the_city_s_clock(scene: Scene, case: Move) -> None:
    without, with_grounds = take(scene.there, case, step="disputed"), take(scene.there, case, step="disputed", note="?")

    assert (without.status_code, list(without.json()["fields"])) == (400, ["note"])
    assert (with_grounds.json()["state"], with_grounds.json()["due_on"]) == ("disputed", "2026-04-07")


def test_a_step_of_somebody_else_is_refused(scene: Scene, case: Move) -> None:
    assert refusal(take(scene.here, case, step="confirmed")) == (403, "not_yours")
    assert refusal(take(scene.own, case, step="disputed", note="?")) == (403, "not_yours")


def test_a_step_that_the_state_does_not_allow_is_refused(scene: Scene, case: Move) -> None:
    assert refusal(take(scene.there, case, step="annulled")) == (409, "step_not_possible")


@pytest.mark.parametrize("step", ["requested", "timed_out", "corrected", "moved"])
def test_steps_that_people_do_not_take_are_no_choice(scene: Scene, case: Move, step: str) -> None:
    answer = take(scene.there, case, step=step)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["step"])


def test_a_resident_withdraws_an_own_report_and_annuls_nothing(scene: Scene, case: Move) -> None:
    body = {"resident": scene.child.number, "effective_on": DAY}

    assert caller(scene.own).post(f"{V1}/moves/annul", body).status_code == 403
    assert take(scene.own, case, step="withdrawn").json()["annulled_on"] == DAY


def test_a_correction_answers_with_the_move_that_counts_now(scene: Scene, case: Move) -> None:
    act(move=case, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))

    answer = correct(scene.here, case, effective_on="2026-03-01")

    assert answer.status_code == 201
    assert (answer.json()["corrects"], answer.json()["state"]) == (case.pk, "confirmed")
    assert answer.json()["effective_on"] == "2026-03-01"


def test_what_was_agreed_is_not_corrected_by_the_resident(scene: Scene, case: Move) -> None:
    act(move=case, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))

    assert refusal(correct(scene.own, case, effective_on="2026-03-01")) == (403, "not_yours")


def test_a_third_district_may_look_and_has_no_say(scene: Scene, case: Move) -> None:
    third = DistrictFactory()
    before = MoveOrder(resident=scene.child, to=third.code, effective_on=TODAY.replace(month=2, day=1))
    act(move=case, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))
    request(orders=[before], confirmed=True, stamp=stamp(TODAY))
    administrator = administrator_of(third)

    assert caller(administrator).get(f"{V1}/moves/{case.pk}").status_code == 200
    assert refusal(take(administrator, case, step="annulled")) == (403, "not_your_move")


def test_moves_are_filtered_by_state(scene: Scene, case: Move) -> None:
    move(resident=ResidentFactory(), to=scene.district.code, effective_on=TODAY, stamp=stamp())
    client = caller(scene.there)

    states = {
        state: len(rows(client.get(f"{V1}/moves?state={state}"))) for state in ("requested", "confirmed", "disputed")
    }

    assert states == {"requested": 1, "confirmed": 1, "disputed": 0}


def test_a_list_of_cases_asks_no_more_for_more(scene: Scene, case: Move, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        move(resident=ResidentFactory(), to=scene.district.code, effective_on=TODAY, stamp=stamp())
    client = caller(UserFactory())

    with django_assert_num_queries(3):
        found = rows(client.get(f"{V1}/moves"))

    assert len(found) == 4
