"""Administrators record what becomes of people, and see before what it does; residents are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from accounts.models import AuditEvent, Death, DoubleRegistration, Resident
from accounts.services.residents import AlreadyRegistered, register
from tests.factories import ProgrammeFactory, ProviderFactory, ResidentFactory, VoucherFactory, account_of, stamp
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.models import Voucher
from vouchers.services.deaths import record_death
from vouchers.services.merging import merge_residents
from vouchers.services.redeeming import redeem
from vouchers.wallet import holders_of

pytestmark = pytest.mark.django_db

ID_NUMBER = "11010519491231002X"
MAY = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


def test_a_death_shows_what_goes_back_and_what_was_used_since_before_it_is_recorded(town: Town) -> None:
    school = ProviderFactory(programmes=[town.education])
    redeem(
        resident=town.lin,
        programme=town.education,
        provider=school,
        fen=30_000,
        day=date(2026, 5, 20),
        key="k",
        stamp=stamp(date(2026, 5, 20)),
    )
    answers = {**day_boxes("day", MAY), "note": "派出所通知"}

    asked = text_of(post(town.of_jingan, "resident_death", town.lin.number, **answers))
    nothing_yet = Death.objects.exists()
    done = text_of(post(town.of_jingan, "resident_death", town.lin.number, **answers, step="confirm"))

    assert "420.00" in asked and "300.00" in asked and not nothing_yet
    assert "Died on 4 May 2026" in done
    assert Voucher.objects.get(pk=town.voucher.pk).status == "died"


def test_a_death_of_somebody_elses_resident_is_refused_in_words(town: Town) -> None:
    answers = {**day_boxes("day", MAY), "note": "", "step": "confirm"}

    answer = text_of(post(town.of_minhang, "resident_death", town.lin.number, **answers))

    assert "you do not act for" in answer
    assert not Death.objects.exists()


def test_a_death_is_taken_back_with_a_reason(town: Town) -> None:
    record_death(resident=town.lin, day=MAY, stamp=stamp(MAY))

    without = text_of(post(town.of_jingan, "resident_death_take_back", town.lin.number, note=""))
    post(town.of_jingan, "resident_death_take_back", town.lin.number, note="同名他人")

    assert "Error" in without
    assert not Death.objects.standing().exists()
    assert Voucher.objects.get(pk=town.voucher.pk).remaining_fen == 72_000


def test_a_household_leaves_together(town: Town) -> None:
    child = ResidentFactory(name="林小小", district=town.jingan, guardian=town.lin)
    answers = {**day_boxes("day", TODAY), "together": [child.pk], "note": "", "step": "confirm"}

    post(town.of_jingan, "resident_leave", town.lin.number, **answers)

    assert [person.moves.filter(destination=None).count() for person in (town.lin, child)] == [1, 1]


def test_a_birth_says_what_is_given_and_leads_to_the_child(town: Town) -> None:
    ProgrammeFactory.create(code="milk", name_en="Milk", at_birth=True, annual_fen=12_300)
    answers = {"name": "林新生", **day_boxes("day", MAY), "id_number": ""}

    asked = text_of(post(town.of_jingan, "resident_birth", town.lin.number, **answers))
    done = text_of(post(town.of_jingan, "resident_birth", town.lin.number, **answers, step="confirm"))

    assert "Milk" in asked and "123.00" in asked
    child = Resident.objects.get(name="林新生")
    assert child.number in done
    assert child.vouchers.get().valid_from == MAY


def test_a_merge_shows_both_entries_and_the_fate_of_each_voucher(town: Town) -> None:
    double = ResidentFactory(name="林小雨", district=town.jingan, born_on=town.lin.born_on)
    VoucherFactory(resident=double, programme=town.education)
    health = VoucherFactory(resident=double, programme=ProgrammeFactory.create(code="health"))
    answers = {"kept": town.lin.number, "note": "同一出生证"}

    asked = text_of(post(town.of_jingan, "resident_merge", double.number, **answers))
    post(town.of_jingan, "resident_merge", double.number, **answers, step="confirm")

    assert town.voucher.number in asked and double.number in asked and health.number in asked
    page = text_of(get(town.of_jingan, "resident", double.number))
    assert town.lin.number in page
    assert double.number in text_of(get(town.of_jingan, "resident", town.lin.number))


def test_a_merged_entry_offers_no_more_than_taking_it_back(town: Town) -> None:
    double = ResidentFactory(district=town.jingan)
    merge_residents(dropped=double, kept=town.lin, stamp=stamp(TODAY))

    page = text_of(get(town.of_jingan, "resident", double.number))

    assert "/merge/back/" in page
    assert "/death/" not in page and "/issue/" not in page


def test_a_resident_reads_how_a_voucher_of_the_other_entry_ended(town: Town) -> None:
    double = ResidentFactory(name="林小雨", district=town.jingan)
    VoucherFactory(resident=double, programme=town.education)
    merge_residents(dropped=double, kept=town.lin, stamp=stamp(TODAY))

    history = text_of(get(account_of(town.lin), "wallet_history", of=double.number))

    assert "registered twice" in history


def test_a_wallet_opened_by_the_other_sign_in_speaks_to_the_person_who_stands(town: Town) -> None:
    double = ResidentFactory(name="林小雨", district=town.jingan)
    merge_residents(dropped=double, kept=town.lin, stamp=stamp(TODAY))

    [holder] = holders_of(account_of(double), day=TODAY)

    assert (holder.resident, holder.own) == (town.lin, True)
    assert [card.voucher for card in holder.current] == [town.voucher]


def test_a_double_registration_is_listed_for_both_districts_and_answered(town: Town) -> None:
    ResidentFactory(id_number=ID_NUMBER, district=town.jingan)
    with pytest.raises(AlreadyRegistered):
        register(name="林", district=town.pudong, since=TODAY, id_number=ID_NUMBER, stamp=stamp(TODAY))
    found = DoubleRegistration.objects.get()

    listed = [text_of(get(user, "doubles")) for user in (town.of_jingan, town.of_pudong, town.of_minhang)]
    post(town.of_pudong, "double", found.pk, finding="mistake", note="抄错一位")

    assert ["110***********002X" in page for page in listed] == [True, True, False]
    assert ID_NUMBER not in "".join(listed)
    assert AuditEvent.objects.filter(verb="answer_double").count() == 1
    assert "110***********002X" in text_of(get(town.of_pudong, "doubles"))
