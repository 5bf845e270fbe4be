"""A move as a case at the desk: who waits for whom, what each step changes, and what nobody may do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import SUSPENSE, District, Resident, User
from tests.factories import ResidentFactory, stamp
from tests.support.readers import browser, queries_of
from tests.support.town import MOVED_ON, TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.cases import Party, Step
from vouchers.models import Move, Voucher
from vouchers.portability import Plan
from vouchers.services.cases import act, request
from vouchers.services.cases import correct as put_right
from vouchers.services.foreseeing import foresee_correction, foresee_step
from vouchers.services.moving import MoveOrder
from vouchers.services.planning import planned

pytestmark = pytest.mark.django_db

LONG_AGO = date(2026, 5, 6)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def case(town: Town) -> Move:
    """Lin is said to have moved on to Pudong today, by the district left."""
    return ask(town.lin, to=town.pudong, by=town.of_jingan)


@pytest.fixture
def disputed(case: Move) -> Move:
    act(move=case, step=Step.DISPUTED, parties={Party.RECEIVING}, note="Nobody lives there.", stamp=stamp(TODAY))
    return case


def ask(person: Resident, *, to: District, by: User | None = None, booked_on: date = TODAY) -> Move:
    order = MoveOrder(resident=person, to=to.code, effective_on=TODAY, note="Rental contract")
    return request(orders=[order], stamp=stamp(booked_on, by=by))


def payer(town: Town) -> str:
    return Voucher.objects.get(pk=town.voucher.pk).payer


# The list


def test_a_case_waits_for_one_and_the_other_waits(town: Town, case: Move) -> None:
    ours, theirs = get(town.of_pudong, "moves"), get(town.of_jingan, "moves", waiting="others")

    assert [row.move for row in ours.context["cases"]] == [row.move for row in theirs.context["cases"]] == [case]
    assert "15 working days left, until 7 July 2026" in text_of(ours)
    assert "No moves here" in text_of(get(town.of_jingan, "moves"))


def test_who_is_overdue_stands_on_top(town: Town, case: Move) -> None:
    late = ask(ResidentFactory(district=town.jingan), to=town.pudong, booked_on=LONG_AGO)

    page = get(town.of_pudong, "moves")

    assert [row.move for row in page.context["cases"]] == [late, case]
    assert "Overdue: the last day was 26 May 2026" in text_of(page)


def test_a_disputed_case_stands_under_its_own_heading_and_waits_for_the_city(town: Town, disputed: Move) -> None:
    assert [row.move for row in get(town.city, "moves").context["cases"]] == [disputed]
    assert [row.move for row in get(town.of_jingan, "moves", waiting="disputed").context["cases"]] == [disputed]
    assert get(town.of_pudong, "moves").context["cases"] == []


def test_what_is_decided_is_listed_the_latest_first(town: Town, case: Move) -> None:
    act(move=case, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))

    page = get(town.of_jingan, "moves", waiting="decided")

    assert [row.move.effective_on for row in page.context["cases"]] == [TODAY, MOVED_ON]
    assert "Time left" not in text_of(page)


def test_a_district_lists_no_case_between_others(town: Town, case: Move) -> None:
    page = get(town.of_minhang, "moves", waiting="others")

    assert page.context["cases"] == []


def test_a_household_is_listed_once_by_all_its_names(town: Town) -> None:
    people = [town.lin, ResidentFactory(name="林母", district=town.jingan)]
    orders = [MoveOrder(resident=person, to="310115", effective_on=TODAY) for person in people]
    request(orders=orders, stamp=stamp(TODAY))

    page = get(town.of_pudong, "moves")

    assert [row.names for row in page.context["cases"]] == ["林小雨, 林母"]


def test_the_auditor_reads_all_cases_and_is_asked_nothing(town: Town, case: Move) -> None:
    page = get(town.auditor, "moves")

    assert [row.move for row in page.context["cases"]] == [case]
    assert "Waiting for us" not in text_of(page)
    assert "Confirm the move" not in text_of(get(town.auditor, "move", case.pk))


def test_a_list_asks_no_more_for_more_cases(town: Town, case: Move) -> None:
    client, address = browser(town.of_pudong), reverse("moves")
    few = queries_of(client, address)
    for _ in range(5):
        ask(ResidentFactory(district=town.jingan), to=town.pudong)

    assert queries_of(client, address) == few


# One case


def test_a_case_says_who_has_to_answer_by_when_and_what_follows(town: Town, case: Move) -> None:
    page = text_of(get(town.of_pudong, "move", case.pk))

    assert "林小雨 moved from Jing'an to Pudong on 15 June 2026" in page
    assert "Pudong has until 7 July 2026 to answer. If it says nothing, the move counts as confirmed." in page
    assert "Rental contract" in page
    assert str(town.of_jingan) in page


def test_a_request_whose_time_is_over_says_what_is_about_to_follow(town: Town) -> None:
    late = ask(town.lin, to=town.pudong, booked_on=LONG_AGO)

    page = text_of(get(town.of_jingan, "move", late.pk))

    assert "Pudong had until 26 May 2026 to answer and did not. The move is about to count as confirmed." in page


@pytest.mark.parametrize(
    ("who", "buttons"),
    [
        ("of_pudong", ["Confirm the move", "Dispute the move", "Correct the move"]),
        ("of_jingan", ["Withdraw the report", "Correct the move"]),
        ("city", ["Confirm the move", "Dispute the move", "Withdraw the report", "Correct the move"]),
    ],
)
def test_each_party_is_offered_the_steps_that_are_its_own(town: Town, case: Move, who: str, buttons: list[str]) -> None:
    page = text_of(get(getattr(town, who), "move", case.pk))

    every = ["Confirm the move", "Dispute the move", "Reject the move", "Withdraw the report", "Correct the move"]
    assert [button for button in every if f">{button}</a>" in page] == buttons


def test_a_decided_case_can_be_annulled_or_corrected_by_either_district(town: Town) -> None:
    page = text_of(get(town.of_minhang, "move", town.lin.moves.get().pk))

    assert "Annul the move" in page
    assert "Correct the move" in page
    assert "Confirm the move" not in page


# Its steps


def test_the_check_of_a_confirmation_shows_what_the_city_hands_over(town: Town, case: Move) -> None:
    page = text_of(get(town.of_pudong, "move_step", case.pk, "confirm"))

    assert "Confirm that 林小雨 lives in Pudong from 15 June 2026 on?" in page
    assert "From 15 June 2026 on Pudong pays." in page
    assert "394.52" in page
    assert payer(town) == SUSPENSE


def test_confirming_makes_the_new_district_pay(town: Town, case: Move) -> None:
    page = text_of(post(town.of_pudong, "move_step", case.pk, "confirm", note=""))

    assert "Pudong confirmed the move. Nobody has to do anything more." in page
    assert payer(town) == "310115"


def test_a_dispute_needs_its_grounds(town: Town, case: Move) -> None:
    page = text_of(post(town.of_pudong, "move_step", case.pk, "dispute", note=" "))

    assert "<title>Error: Dispute the move" in page
    assert "Say why, in a sentence or two." in page
    assert not case.steps.filter(step=Step.DISPUTED).exists()


def test_a_dispute_goes_to_the_city_with_its_grounds(town: Town, case: Move) -> None:
    page = text_of(post(town.of_pudong, "move_step", case.pk, "dispute", note="Nobody lives there."))

    assert "Pudong disputes the move. The city decides by 7 July 2026." in page
    assert "Nobody lives there." in page
    assert payer(town) == SUSPENSE


def test_the_city_rejects_and_the_district_left_pays_again(town: Town, disputed: Move) -> None:
    check = text_of(get(town.city, "move_step", disputed.pk, "reject"))
    page = text_of(post(town.city, "move_step", disputed.pk, "reject", note="No evidence."))

    assert "From 15 June 2026 on Jing'an pays." in check
    assert "The city rejected the move. It does not count." in page
    assert payer(town) == "310106"


def test_withdrawing_is_for_who_reported(town: Town, case: Move) -> None:
    post(town.of_jingan, "move_step", case.pk, "withdraw", note="A mistake")

    assert Move.objects.get(pk=case.pk).state == Step.WITHDRAWN
    assert payer(town) == "310106"


def test_annulling_shows_first_and_then_puts_the_payer_back(town: Town) -> None:
    move = town.lin.moves.get()

    check = text_of(get(town.of_minhang, "move_step", move.pk, "annul"))
    page = text_of(post(town.of_minhang, "move_step", move.pk, "annul", note=""))

    assert "Annul the move of 林小雨 to Jing'an?" in check
    assert "From 16 March 2026 on Minhang pays." in check
    assert "The move is annulled. It is as if it had never happened." in page
    assert payer(town) == "310112"


def test_a_step_of_somebody_else_is_refused_in_words(town: Town, case: Move) -> None:
    answer = post(town.of_jingan, "move_step", case.pk, "confirm", note="")

    assert "This step is for somebody else to take: the district moved to, the city." in text_of(answer)
    assert payer(town) == SUSPENSE


def test_a_step_that_comes_too_late_is_refused_in_words(town: Town, case: Move) -> None:
    act(move=case, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))

    page = text_of(browser(town.of_pudong).get(reverse("move_step", args=[case.pk, "dispute"]), follow=True))

    assert "This move is not waiting for that any more. It is: Confirmed. Nothing was changed." in page


def test_a_step_that_does_not_exist_is_not_there(town: Town, case: Move) -> None:
    assert get(town.city, "move_step", case.pk, "time_out").status_code == 404


@pytest.mark.parametrize("step", [Step.CONFIRMED, Step.DISPUTED, Step.WITHDRAWN])
def test_what_a_step_is_foreseen_to_change_is_what_it_changes(town: Town, case: Move, step: Step) -> None:
    act_of_the_day, every = stamp(TODAY), set(Party)

    foreseen = foresee_step(move=case, step=step, parties=every, stamp=act_of_the_day)
    act(move=case, step=step, parties=every, stamp=act_of_the_day)

    assert foreseen[0].after == plan_of(town)


def plan_of(town: Town) -> Plan:
    """Return what the voucher's plan is now."""
    return planned([Voucher.objects.select_related("programme", "ending").get(pk=town.voucher.pk)], as_of=TODAY)[
        town.voucher.pk
    ]


# Corrections


def right(to: str, day: date, **others: str) -> dict[str, str]:
    return {"to": to, **day_boxes("effective_on", day), "note": "", **others}


def test_a_correction_of_the_day_shows_the_difference_and_keeps_what_was_agreed(town: Town) -> None:
    move = town.lin.moves.get()
    answers = right("310106", date(2026, 4, 1))

    check = text_of(post(town.of_minhang, "move_correct", move.pk, **answers))
    page = text_of(post(town.of_minhang, "move_correct", move.pk, **answers, step="confirm"))

    # 90 days in Minhang instead of 74: 720.00 × 90 ÷ 365.
    assert "177.53" in check
    assert "林小雨 moved from Minhang to Jing'an on 1 April 2026" in page
    assert "Look at the move that it corrects" in page
    assert Move.objects.get(corrects=move).state == Step.CONFIRMED


@pytest.mark.parametrize(
    ("to", "day", "confirmed"),
    [("310106", date(2026, 4, 1), True), ("310115", MOVED_ON, False), ("310115", date(2026, 5, 1), True)],
)
def test_what_a_correction_is_foreseen_to_change_is_what_it_changes(
    town: Town, to: str, day: date, confirmed: bool
) -> None:
    act_of_the_day, move = stamp(TODAY), town.lin.moves.get()
    right: dict[str, Any] = {"to": to, "effective_on": day, "confirmed": confirmed, "parties": set(Party)}

    foreseen = foresee_correction(move=move, stamp=act_of_the_day, **right)
    put_right(move=move, stamp=act_of_the_day, **right)

    assert foreseen[0].after == plan_of(town)


def test_a_move_that_is_not_the_last_can_be_corrected_after_another_district_acted(town: Town, case: Move) -> None:
    act(move=case, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))
    first = town.lin.moves.get(effective_on=MOVED_ON)

    post(town.of_minhang, "move_correct", first.pk, **right("310106", date(2026, 4, 1), step="confirm"))

    assert payer(town) == "310115"
    assert [move.effective_on for move in Move.objects.standing().order_by("effective_on")] == [
        date(2026, 4, 1),
        TODAY,
    ]


def test_a_correction_to_a_third_district_asks_that_district(town: Town) -> None:
    move = town.lin.moves.get()
    answers = right("310115", MOVED_ON)

    check = text_of(post(town.of_minhang, "move_correct", move.pk, **answers))
    post(town.of_minhang, "move_correct", move.pk, **answers, step="confirm")

    assert "Pudong is asked whether it agrees." in check
    assert Move.objects.get(corrects=move).state == Step.REQUESTED


def test_a_correction_that_changes_nothing_is_sent_back(town: Town) -> None:
    page = text_of(post(town.of_minhang, "move_correct", town.lin.moves.get().pk, **right("310106", MOVED_ON)))

    assert "This is what the move says already." in page


def test_a_correction_before_the_first_residence_is_refused_in_words(town: Town) -> None:
    answers = right("310106", date(2019, 1, 1))

    page = text_of(post(town.of_minhang, "move_correct", town.lin.moves.get().pk, **answers))

    assert "林小雨 is known here since 1 January 2020 only, in Minhang." in page


def test_change_brings_the_question_of_a_correction_back(town: Town) -> None:
    answers = right("310106", date(2026, 4, 1), step="change")

    page = text_of(post(town.of_minhang, "move_correct", town.lin.moves.get().pk, **answers))

    assert "What is right?" in page
    assert 'value="310106" selected' in page


def test_the_resident_s_page_links_each_move_to_its_case(town: Town, case: Move) -> None:
    page = text_of(get(town.of_jingan, "resident", town.lin.number))

    assert f'href="{reverse("move", args=[case.pk])}"' in page
    assert "Waiting for the receiving district" in page
