"""Recording a move at the desk: asked, shown, done; alone or with a household."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from stdnum.cn import ric

from accounts.models import SUSPENSE, Authority, Guardianship
from tests.factories import ProgrammeFactory, ResidentFactory, VoucherFactory, stamp
from tests.support.town import MOVED_ON, TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.models import Funding, Move, Voucher
from vouchers.services.foreseeing import foresee_move
from vouchers.services.moving import MoveOrder, move

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


def answers(to: str, day: date, **others: str) -> dict[str, str]:
    return {"to": to, **day_boxes("effective_on", day), **others}


def test_the_check_page_says_who_pays_and_who_bears_what_and_records_nothing(town: Town) -> None:
    page = text_of(post(town.city, "resident_move", town.lin.number, **answers("310115", TODAY)))

    assert "From 15 June 2026 on, 林小雨 lives in Pudong" in page
    assert "Nothing changes in what the resident can spend." in page
    assert "From 15 June 2026 on Pudong pays." in page
    # 720.00 yuan for 365 days: 74 in Minhang, 91 in Jing'an, 200 in Pudong.
    assert "145.97" in page
    assert "394.52" in page
    assert Move.objects.count() == 1


def test_where_the_other_district_is_asked_the_check_page_says_that_the_city_bears_its_share(town: Town) -> None:
    page = text_of(post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", TODAY)))

    assert "Pudong is asked whether it agrees." in page
    assert "From 15 June 2026 on City suspense account pays." in page
    assert "394.52" in page
    assert not Authority.objects.filter(code=SUSPENSE).exists()


def test_the_figures_foreseen_are_those_that_the_move_brings(town: Town) -> None:
    act = stamp(TODAY)

    there = MoveOrder(resident=town.lin, to="310115", effective_on=TODAY)
    later = MoveOrder(resident=town.lin, to="310112", effective_on=date(2026, 12, 31))

    foreseen = foresee_move(orders=[there], confirmed=True, stamp=act)
    move(resident=town.lin, to="310115", effective_on=TODAY, stamp=act)

    again = foresee_move(orders=[later], confirmed=True, stamp=act)
    assert foreseen[0].after == again[0].before
    assert foreseen[0].after.costs == {"310112": 14_597, "310106": 17_951, "310115": 39_452}


def test_a_move_reported_by_the_district_left_waits_for_the_other_and_the_city_pays(town: Town) -> None:
    page = text_of(post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", TODAY, step="confirm")))

    assert "The move is reported. Pudong is asked whether it agrees; until then the city bears" in page
    assert "Pudong has until 7 July 2026 to answer." in page
    assert Voucher.objects.get(pk=town.voucher.pk).payer == SUSPENSE


def test_a_household_moves_as_one_case(town: Town) -> None:
    mother = ResidentFactory(name="林母", district=town.jingan)
    Guardianship.objects.create(guardian=mother, ward=town.lin)
    both = answers("310115", TODAY, together=str(mother.pk))

    check = text_of(post(town.of_jingan, "resident_move", town.lin.number, **both))
    post(town.of_jingan, "resident_move", town.lin.number, **both, step="confirm")

    assert "Moving together, as one case: 林小雨, 林母" in check
    assert mother.moves.get().together_with == town.lin.moves.get(effective_on=TODAY)


def test_somebody_who_is_no_family_cannot_be_made_to_come_along(town: Town) -> None:
    stranger = ResidentFactory(district=town.jingan)
    both = answers("310115", TODAY, together=str(stranger.pk), step="confirm")

    post(town.of_jingan, "resident_move", town.lin.number, **both)

    assert not stranger.moves.exists()


def test_while_a_case_is_open_the_page_of_another_move_leads_to_it(town: Town) -> None:
    post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", TODAY, step="confirm"))

    page = text_of(post(town.of_jingan, "resident_move", town.lin.number))

    assert "Another move of 林小雨, to Pudong from 15 June 2026 on, is still open. Wait until it is decided" in page
    assert "Withdraw the report" in page


def test_somebody_with_an_open_case_cannot_be_moved_in(town: Town) -> None:
    post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", TODAY, step="confirm"))

    page = text_of(post(town.of_minhang, "move_in", **answers("310112", date(2026, 7, 1), who=town.lin.number)))

    assert "Another move of 林小雨, to Pudong from 15 June 2026 on, is still open." in page


def test_a_move_to_come_changes_no_payer_before_its_day(town: Town) -> None:
    ahead = answers("310115", date(2026, 9, 1))

    check = text_of(post(town.of_jingan, "resident_move", town.lin.number, **ahead))
    post(town.of_jingan, "resident_move", town.lin.number, **ahead, step="confirm")

    assert "The move is still to come." in check
    assert Voucher.objects.get(pk=town.voucher.pk).payer == "310106"


def test_change_brings_the_question_back_with_what_was_typed(town: Town) -> None:
    page = text_of(post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", TODAY, step="change")))

    assert "Where does 林小雨 move?" in page
    assert 'value="310115" selected' in page
    assert 'name="effective_on_year" type="text" inputmode="numeric" autocomplete="off" value="2026"' in page


def test_inside_one_pool_nothing_changes_between_the_authorities(town: Town) -> None:
    health = ProgrammeFactory.create(code="health", name_en="Health", funded_by=Funding.POOL)
    VoucherFactory(resident=town.lin, programme=health, day=TODAY)

    page = text_of(post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", TODAY)))

    assert "Nothing changes between the authorities: City pays, before and after." in page


def test_a_move_that_the_rules_refuse_is_refused_on_the_first_page(town: Town) -> None:
    page = text_of(post(town.of_jingan, "resident_move", town.lin.number, **answers("310115", MOVED_ON)))

    assert "A move of 林小雨 to Jing'an takes effect on 16 March 2026 already." in page
    assert "<title>Error: Record a move" in page


def test_a_former_district_may_only_take_the_resident_back(town: Town) -> None:
    page = get(town.of_minhang, "resident_move", town.lin.number)

    choices = page.context["form"].fields["to"].queryset
    assert [district.code for district in choices] == ["310112"]


def test_a_district_sends_its_residents_anywhere_else(town: Town) -> None:
    page = get(town.of_jingan, "resident_move", town.lin.number)

    choices = page.context["form"].fields["to"].queryset
    assert [district.code for district in choices] == ["310112", "310115"]


# Moving in


BODY = "31011219900307123"
ID_NUMBER = BODY + ric.calc_check_digit(BODY + "0")


def test_a_whole_id_number_lets_somebody_move_in_from_elsewhere(town: Town) -> None:
    stranger = ResidentFactory(district=town.minhang, id_number=ID_NUMBER)
    typed = answers("310115", TODAY, who=ID_NUMBER)

    check = text_of(post(town.of_pudong, "move_in", **typed))
    post(town.of_pudong, "move_in", **typed, step="confirm")

    assert f"{stranger.name} lives in Pudong" in check
    assert stranger.moves.get().destination_id == "310115"


@pytest.mark.parametrize("who", ["林小雨", "R0000", "31011219900307"])
def test_a_name_or_part_of_a_number_finds_nobody_elsewhere(town: Town, who: str) -> None:
    page = text_of(post(town.of_pudong, "move_in", **answers("310115", TODAY, who=who)))

    assert "Nobody has this number." in page


def test_nobody_moves_into_a_district_that_is_not_the_administrator_s(town: Town) -> None:
    page = text_of(post(town.of_pudong, "move_in", **answers("310112", TODAY, who=town.lin.number, step="confirm")))

    assert "Select a valid choice." in page
    assert town.lin.moves.count() == 1
