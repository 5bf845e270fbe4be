"""A resident reports a move, one question a page, follows it, puts a mistake right, takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import SUSPENSE, Resident, User
from tests.factories import ResidentFactory, UserFactory, account_of, stamp
from tests.support.readers import browser
from tests.support.town import MOVED_ON, TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.cases import Party, Step
from vouchers.models import Move, MoveChannel, Voucher
from vouchers.services.cases import act
from vouchers.services.reporting import report_move

pytestmark = pytest.mark.django_db

ALL = ["where", "when", "evidence"]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def lin(town: Town) -> User:
    return account_of(town.lin)


@pytest.fixture
def child(town: Town) -> Resident:
    return ResidentFactory(name="林小朵", district=town.jingan, guardian=town.lin)


@pytest.fixture
def reported(town: Town, lin: User) -> Move:
    return report_move(resident=town.lin, to="310115", effective_on=TODAY, stamp=stamp(TODAY, by=lin))


def answers(to: str = "310115", day: date = TODAY, **others: Any) -> dict[str, Any]:
    return {"to": to, **day_boxes("effective_on", day), "note": "A contract", "answered": ALL, **others}


def question_of(page: Any) -> str:
    name: str = page.context["name"]
    return name


def test_the_wallet_leads_to_the_report(town: Town, lin: User) -> None:
    assert f'href="{reverse("my_move_report")}"' in text_of(get(lin, "wallet"))


def test_each_page_asks_one_question_and_keeps_what_was_answered(town: Town, lin: User) -> None:
    first = get(lin, "my_move_report")
    second = post(lin, "my_move_report", to="310115", answered=["where"])
    third = post(lin, "my_move_report", to="310115", **day_boxes("effective_on", TODAY), answered=["where", "when"])

    assert [question_of(page) for page in (first, second, third)] == ALL
    assert [list(page.context["form"].fields) for page in (first, second, third)] == [
        ["to"],
        ["effective_on"],
        ["note"],
    ]
    assert '<input type="hidden" name="to" value="310115">' in text_of(third)
    assert '<input type="hidden" name="effective_on_year" value="2026">' in text_of(third)
    assert "Question 1 of 3" in text_of(first)


def test_who_moves_is_asked_where_somebody_is_in_care(town: Town, lin: User, child: Resident) -> None:
    page = get(lin, "my_move_report")

    assert question_of(page) == "who"
    assert list(page.context["form"].fields["people"].queryset) == [town.lin, child]


def test_a_wrong_answer_is_asked_again_with_what_was_typed(town: Town, lin: User) -> None:
    typed = {"to": "310115", "effective_on_year": "2026", "effective_on_month": "13", "effective_on_day": "1"}

    page = post(lin, "my_move_report", **typed, answered=["where", "when"])

    assert question_of(page) == "when"
    assert "There is no such day." in text_of(page)
    assert 'value="13"' in text_of(page)


def test_the_check_page_says_in_plain_words_what_happens_then_and_reports_nothing(town: Town, lin: User) -> None:
    page = text_of(post(lin, "my_move_report", **answers()))

    assert "Your vouchers go along, with all that is left on them." in page
    assert "Nothing has to be applied for, here or there." in page
    assert "Pudong has until 7 July 2026 to answer. If it says nothing, the move counts as confirmed." in page
    assert "Meanwhile your benefits continue as before." in page
    assert town.lin.moves.count() == 1


@pytest.mark.parametrize("name", ALL)
def test_each_answer_can_be_changed_from_the_check_page(town: Town, lin: User, name: str) -> None:
    page = post(lin, "my_move_report", **answers(), again=name)

    assert question_of(page) == name
    assert page.context["form"].is_bound
    assert ("answered", name) in page.context["typed"]


def test_a_report_opens_a_case_and_the_city_pays_meanwhile(town: Town, lin: User) -> None:
    page = text_of(post(lin, "my_move_report", **answers(), step="confirm"))

    move = town.lin.moves.get(effective_on=TODAY)
    assert "Your move is reported. You need do nothing more." in page
    assert "Pudong has until 7 July 2026 to answer." in page
    assert (move.state, move.channel, move.note) == (Step.REQUESTED, MoveChannel.ONLINE, "A contract")
    assert Voucher.objects.get(pk=town.voucher.pk).payer == SUSPENSE


def test_a_child_moves_along_in_one_case(town: Town, lin: User, child: Resident) -> None:
    both = [str(child.pk), str(town.lin.pk)]

    post(lin, "my_move_report", **answers(people=both, answered=["who", *ALL]), step="confirm")

    assert child.moves.get().together_with == town.lin.moves.get(effective_on=TODAY)


def test_a_child_alone_can_move(town: Town, lin: User, child: Resident) -> None:
    post(lin, "my_move_report", **answers(people=[str(child.pk)], answered=["who", *ALL]), step="confirm")

    assert child.moves.get().destination_id == "310115"
    assert town.lin.moves.count() == 1


def test_nobody_reports_a_move_of_somebody_else(town: Town, lin: User, child: Resident) -> None:
    stranger = ResidentFactory(district=town.jingan)

    page = post(lin, "my_move_report", **answers(people=[str(stranger.pk)], answered=["who", *ALL]), step="confirm")

    assert question_of(page) == "who"
    assert not stranger.moves.exists()


@pytest.mark.parametrize(
    ("to", "day", "question", "words"),
    [
        ("310106", TODAY, "where", "林小雨 lives in Jing'an on 15 June 2026 already."),
        ("310115", MOVED_ON, "when", "takes effect on 16 March 2026 already. To change it, correct that move."),
        ("310115", date(2019, 1, 1), "when", "is known here since 1 January 2020 only"),
        ("310115", date(2028, 1, 1), "when", "is too far ahead"),
    ],
)
def test_a_refusal_stands_at_the_question_it_is_about(
    town: Town, lin: User, to: str, day: date, question: str, words: str
) -> None:
    page = post(lin, "my_move_report", **answers(to, day))

    assert question_of(page) == question
    assert words in text_of(page)


def test_while_a_move_is_open_it_is_shown_instead_of_the_questions(lin: User, reported: Move) -> None:
    page = browser(lin).get(reverse("my_move_report"), follow=True)

    assert page.redirect_chain[-1][0] == reverse("my_move", args=[reported.pk])
    assert "This move has to be decided first." in text_of(page)


def test_a_sign_in_without_a_resident_has_nothing_to_report() -> None:
    answer = get(UserFactory.create(role="resident"), "my_move_report")

    assert answer.headers["Location"] == reverse("wallet")


# The case


def test_the_wallet_says_that_a_move_is_open(lin: User, reported: Move) -> None:
    page = text_of(get(lin, "wallet"))

    assert "See how the move to Pudong stands" in page
    assert f'href="{reverse("my_move", args=[reported.pk])}"' in page


def test_a_case_tells_what_happened_what_comes_next_and_how_to_object(lin: User, reported: Move) -> None:
    page = text_of(get(lin, "my_move", reported.pk))

    assert "林小雨 moved from Jing'an to Pudong on 15 June 2026" in page
    assert "Pudong has until 7 July 2026 to answer." in page
    assert "correct the report or withdraw it here until it is decided" in page
    assert "Withdraw the report" in page


def test_a_dispute_is_shown_with_its_grounds_and_benefits_go_on(lin: User, reported: Move) -> None:
    act(move=reported, step=Step.DISPUTED, parties={Party.RECEIVING}, note="Which house?", stamp=stamp(TODAY))

    page = text_of(get(lin, "my_move", reported.pk))

    assert "Pudong disputes the move. The city decides by 7 July 2026." in page
    assert "Which house?" in page
    assert "Meanwhile your benefits continue as before." in page


def test_what_was_agreed_is_objected_to_at_the_district_office(lin: User, reported: Move) -> None:
    act(move=reported, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))

    page = text_of(get(lin, "my_move", reported.pk))

    assert "tell the district office of Jing'an or Pudong" in page
    assert "Withdraw the report" not in page


def test_what_was_rejected_says_what_can_be_done(lin: User, reported: Move) -> None:
    act(move=reported, step=Step.DISPUTED, parties={Party.RECEIVING}, stamp=stamp(TODAY))
    act(move=reported, step=Step.REJECTED, parties={Party.CITY}, note="No contract.", stamp=stamp(TODAY))

    page = text_of(get(lin, "my_move", reported.pk))

    assert "The city rejected the move. It does not count." in page
    assert "report the move again with what proves it" in page


def test_a_typing_mistake_is_corrected_and_no_money_is_talked_about(town: Town, lin: User, reported: Move) -> None:
    right = {"to": "310112", **day_boxes("effective_on", TODAY), "note": ""}

    check = text_of(post(lin, "my_move_correct", reported.pk, **right))
    page = text_of(post(lin, "my_move_correct", reported.pk, **right, step="confirm"))

    assert "Bears" not in check
    assert "林小雨 moved from Jing'an to Minhang on 15 June 2026" in page
    assert Move.objects.get(corrects=reported).state == Step.REQUESTED


def test_a_report_is_withdrawn_after_a_question(town: Town, lin: User, reported: Move) -> None:
    question = text_of(get(lin, "my_move_withdraw", reported.pk))
    page = text_of(post(lin, "my_move_withdraw", reported.pk, note=""))

    assert "Withdraw the report that 林小雨 moves to Pudong?" in question
    assert "The report was withdrawn. The move does not count." in page
    assert Voucher.objects.get(pk=town.voucher.pk).payer == "310106"


def test_what_was_agreed_cannot_be_withdrawn(lin: User, reported: Move) -> None:
    act(move=reported, step=Step.CONFIRMED, parties={Party.RECEIVING}, stamp=stamp(TODAY))

    page = text_of(post(lin, "my_move_withdraw", reported.pk, note=""))

    assert "This move is not waiting for that any more. It is: Confirmed." in page


@pytest.mark.parametrize("page", ["my_move", "my_move_correct", "my_move_withdraw"])
def test_a_move_that_is_not_yours_looks_like_one_that_is_not_there(town: Town, reported: Move, page: str) -> None:
    somebody = account_of(ResidentFactory(district=town.jingan))

    assert get(somebody, page, reported.pk).status_code == get(somebody, page, 999_999).status_code == 404


def test_a_guardian_may_look_at_the_move_of_a_ward(town: Town, lin: User, child: Resident) -> None:
    move = report_move(resident=child, to="310115", effective_on=TODAY, stamp=stamp(TODAY, by=town.city))

    assert get(lin, "my_move", move.pk).status_code == 200


@pytest.mark.parametrize("page", ["my_move", "my_move_correct", "my_move_withdraw"])
def test_these_pages_are_for_residents(town: Town, reported: Move, page: str) -> None:
    assert get(town.city, page, reported.pk).status_code == 403
    assert get(town.city, "my_move_report").status_code == 403
