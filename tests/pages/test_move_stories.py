"""Moves as the person hears of them: every state of a case, in whole sentences, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils.translation import override

from accounts.models import District, DistrictMerger, Resident
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    stamp,
)
from tests.support.visits import visit
from vouchers.cases import Party, Step
from vouchers.models import CostRule, Funding, Move, Programme, Voucher
from vouchers.services import cases
from vouchers.services.histories import retell
from vouchers.services.moving import MoveOrder, move
from vouchers.services.planning import Cause
from vouchers.stories import Line, Teller
from vouchers.wallet import with_details

pytestmark = pytest.mark.django_db

MARCH_16, MARCH_20, TODAY = date(2026, 3, 16), date(2026, 3, 20), date(2026, 3, 30)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def jingan() -> District:
    return DistrictFactory(code="310106", name_en="Jing'an", name_zh="静安区")


@pytest.fixture
def pudong() -> District:
    return DistrictFactory(code="310115", name_en="Pudong", name_zh="浦东新区")


@pytest.fixture
def lin(jingan: District, pudong: District) -> Resident:
    minhang: District = DistrictFactory(code="310112", name_en="Minhang", name_zh="闵行区")
    return ResidentFactory(name="林小雨", district=minhang)


@pytest.fixture
def voucher(lin: Resident) -> Voucher:
    return VoucherFactory(resident=lin, programme=ProgrammeFactory.create(name_en="Education"))


def asked(*people: Resident, to: str = "310106", day: date = MARCH_16, confirmed: bool = False) -> Move:
    orders = [MoveOrder(resident=person, to=to, effective_on=day) for person in people]
    return cases.request(orders=orders, stamp=stamp(MARCH_16), confirmed=confirmed)


def step(moved: Move, taken: Step, party: Party, *, day: date = MARCH_20) -> None:
    cases.act(move=moved, step=taken, parties={party}, stamp=stamp(day))


def lines(voucher: Voucher, *, own: bool = True, today: date = TODAY) -> list[Line]:
    fresh = with_details(Voucher.objects.filter(pk=voucher.pk)).get()
    return Teller(fresh.resident, own, today).story_of(fresh)


def told(voucher: Voucher, *, day: date = MARCH_16, own: bool = True, language: str = "en") -> str:
    with override(language):
        [line] = [line for line in lines(voucher, own=own) if line.day == day]
    return line.text


def test_a_request_says_who_answers_by_when_and_that_the_city_pays_meanwhile(voucher: Voucher, lin: Resident) -> None:
    asked(lin)

    assert told(voucher) == (
        "On 16 March 2026 you moved from Minhang to Jing'an. Your voucher moved with you: 720.00 yuan were left."
        " Jing'an has until 7 April 2026 to answer; if it says nothing, the move counts as confirmed."
        " Meanwhile the city pays, and you can use your voucher as before. You need do nothing."
    )
    assert told(voucher, language="zh-hans") == (
        "2026年3月16日，您从闵行区搬到静安区。服务券随您转移，当时剩余720.00元。"
        "静安区须在2026年4月7日前（含当天）答复，逾期不答复视为确认。"
        "在此期间由市里支付，您的服务券照常使用。您无需办理任何手续。"
    )


def test_a_dispute_says_that_the_city_decides(voucher: Voucher, lin: Resident) -> None:
    step(asked(lin), Step.DISPUTED, Party.RECEIVING)

    assert "Jing'an disputes the move, and the city decides by 13 April 2026. Meanwhile the city pays" in told(voucher)
    assert "静安区对这次搬家有异议，市里将在2026年4月13日前（含当天）作出决定。" in told(voucher, language="zh-hans")


def test_a_confirmation_names_its_day_and_both_shares(voucher: Voucher, lin: Resident) -> None:
    step(asked(lin), Step.CONFIRMED, Party.RECEIVING)

    assert told(voucher).endswith(
        "From this day on Jing'an pays for it. Minhang bears 74 days, Jing'an 291."
        " It was confirmed on 20 March 2026. You need do nothing."
    )
    assert told(voucher, language="zh-hans").endswith(
        "从这一天起由静安区支付。闵行区承担74天，静安区承担291天。这次搬家已于2026年3月20日确认。您无需办理任何手续。"
    )


def test_silence_counts_as_agreement_from_the_day_the_time_was_over(voucher: Voucher, lin: Resident) -> None:
    moved = asked(lin)
    cases.time_out(moves=[moved], stamp=stamp(date(2026, 4, 8)))

    assert "Jing'an did not answer in time, so it counts as confirmed since 8 April 2026." in told(voucher)
    assert "静安区逾期没有答复，自2026年4月8日起视为确认。" in told(voucher, language="zh-hans")


OVER = [
    (
        Step.WITHDRAWN,
        Party.REQUESTER,
        "A move to Jing'an on 16 March 2026 was reported. The report was withdrawn on 20 March 2026. Nothing changed.",
        "曾报告自2026年3月16日起搬到静安区，已于2026年3月20日撤回，一切照旧。",
    ),
    (
        Step.ANNULLED,
        Party.RELEASING,
        "A move to Jing'an was recorded for 16 March 2026 and annulled on 20 March 2026."
        " It is as if it had never happened.",
        "曾登记自2026年3月16日起搬到静安区，已于2026年3月20日撤销，如同没有发生过。",
    ),
]


@pytest.mark.parametrize(("taken", "party", "english", "chinese"), OVER, ids=["withdrawn", "annulled"])
def test_what_counts_no_longer_says_so(
    voucher: Voucher, lin: Resident, taken: Step, party: Party, english: str, chinese: str
) -> None:
    step(asked(lin, confirmed=taken == Step.ANNULLED), taken, party)

    assert told(voucher) == english
    assert told(voucher, language="zh-hans") == chinese


def test_a_rejection_says_that_the_city_rejected_it(voucher: Voucher, lin: Resident) -> None:
    moved = asked(lin)
    step(moved, Step.DISPUTED, Party.RECEIVING)
    step(moved, Step.REJECTED, Party.CITY, day=TODAY)

    assert told(voucher) == (
        "A move to Jing'an on 16 March 2026 was reported. The city rejected it on 30 March 2026, so it does not count."
    )
    assert told(voucher, language="zh-hans") == "曾报告自2026年3月16日起搬到静安区，市里已于2026年3月30日驳回，不作数。"


def test_a_correction_and_what_it_corrects_name_each_other(voucher: Voucher, lin: Resident, pudong: District) -> None:
    moved = asked(lin, confirmed=True)
    cases.correct(
        move=moved, to=pudong.code, effective_on=MARCH_20, parties={Party.CITY}, stamp=stamp(TODAY), confirmed=True
    )

    assert told(voucher) == (
        "A move to Jing'an was recorded for 16 March 2026 and corrected on 30 March 2026."
        " The move to Pudong on 20 March 2026 counts instead."
    )
    assert "It takes the place of the move to Jing'an on 16 March 2026." in told(voucher, day=MARCH_20)
    assert told(voucher, language="zh-hans") == (
        "曾登记自2026年3月16日起搬到静安区，已于2026年3月30日更正，改以2026年3月20日搬到浦东新区为准。"
    )


def test_a_household_says_how_many_move_along(voucher: Voucher, lin: Resident) -> None:
    home = District.objects.get(pk="310112")
    asked(lin, ResidentFactory(district=home), ResidentFactory(district=home))

    assert "2 more people of the household are part of this move." in told(voucher)
    assert "同住的另外2人一起搬。" in told(voucher, language="zh-hans")


def test_who_leaves_the_area_is_told_until_when_the_voucher_holds(voucher: Voucher, lin: Resident) -> None:
    asked(lin, to="", day=date(2026, 9, 1), confirmed=True)

    assert told(voucher, day=date(2026, 9, 1)) == (
        "On 1 September 2026 you will move from Minhang to a place outside the area."
        " The voucher can be used until then; what is left on it goes back to those who pay for it."
    )
    assert told(voucher, day=date(2026, 9, 1), language="zh-hans") == (
        "2026年9月1日，您将从闵行区搬到本服务范围以外的地方。服务券可以用到那一天之前；剩余的金额将退回给支付方。"
    )


def test_who_comes_back_is_told_from_where(lin: Resident) -> None:
    asked(lin, to="", day=MARCH_16, confirmed=True)
    asked(lin, day=MARCH_20, confirmed=True)

    texts = [line.text for line in Teller(lin, True, TODAY).life([])]

    assert texts[:2] == [
        "On 20 March 2026 you moved to Jing'an from outside the area.",
        "On 16 March 2026 you moved from Minhang to a place outside the area.",
    ]


SHARES = [
    (CostRule.DAILY, "Minhang bears 74 days, Jing'an 291.", "闵行区承担74天，静安区承担291天。"),
    (CostRule.MONTHLY, "Minhang bears 3 head-count days, Jing'an 9.", "闵行区承担3个计数日，静安区承担9个计数日。"),
    (
        CostRule.BY_USE,
        "Minhang bears what was used until then, 100.00 yuan; Jing'an bears what is used after it.",
        "在此之前用掉的100.00元由闵行区承担，此后用掉的由静安区承担。",
    ),
]


def used_and_moved(lin: Resident, programme: Programme) -> Voucher:
    voucher: Voucher = VoucherFactory(resident=lin, programme=programme)
    clinic = ProviderFactory.create(programmes=[programme])
    visit(voucher, provider=clinic, fen=10_000, key="a", day=date(2026, 2, 1))
    move(resident=lin, to="310106", effective_on=MARCH_16, stamp=stamp(MARCH_16))
    return voucher


@pytest.mark.parametrize(("cost_rule", "english", "chinese"), SHARES, ids=[rule.value for rule, _en, _zh in SHARES])
def test_the_shares_are_told_as_the_cost_rule_has_them(
    lin: Resident, cost_rule: CostRule, english: str, chinese: str
) -> None:
    voucher = used_and_moved(lin, ProgrammeFactory.create(cost_rule=cost_rule))

    assert english in told(voucher)
    assert chinese in told(voucher, language="zh-hans")


def test_no_share_is_told_where_the_first_payer_bears_it_all(lin: Resident) -> None:
    voucher = used_and_moved(lin, ProgrammeFactory.create(cost_rule=CostRule.ORIGIN))

    assert "bears" not in told(voucher)
    assert "From this day on Jing'an pays for it." in told(voucher)


def test_the_days_of_a_spell_in_between_end_with_the_next_move(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310106", effective_on=MARCH_16, stamp=stamp(MARCH_16))
    move(resident=lin, to="310115", effective_on=MARCH_20, stamp=stamp(MARCH_20))

    assert "Minhang bears 74 days, Jing'an 4." in told(voucher)
    assert "Jing'an bears 4 days, Pudong 287." in told(voucher, day=MARCH_20)


def test_one_day_is_one_day(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310106", effective_on=date(2026, 1, 2), stamp=stamp(MARCH_16))

    assert "Minhang bears 1 day, Jing'an 364." in told(voucher, day=date(2026, 1, 2))


def test_a_payer_that_stays_stays_though_nobody_has_agreed_yet(lin: Resident) -> None:
    pooled = VoucherFactory(resident=lin, programme=ProgrammeFactory.create(funded_by=Funding.POOL))
    asked(lin)

    assert "City goes on paying for it." in told(pooled)
    assert "Meanwhile" not in told(pooled)


def test_only_an_open_move_and_the_last_one_can_be_objected_to(voucher: Voucher, lin: Resident) -> None:
    move(resident=lin, to="310106", effective_on=MARCH_16, stamp=stamp(MARCH_16))
    move(resident=lin, to="310115", effective_on=MARCH_20, stamp=stamp(MARCH_20))

    assert [line.objection for line in lines(voucher) if line.move] == [
        "If this is not right, tell the district office of Jing'an or of Pudong, at any time.",
        "",
    ]
    assert {line.objection for line in lines(voucher, own=False)} == {""}


def test_an_open_report_can_be_corrected_or_withdrawn(voucher: Voucher, lin: Resident) -> None:
    asked(lin)

    [line] = [line for line in lines(voucher) if line.move]

    assert line.objection == "If this is not right, correct the report or withdraw it until it is decided."


def test_a_district_that_became_part_of_another_is_named_by_both(
    voucher: Voucher, lin: Resident, jingan: District
) -> None:
    zhabei: District = DistrictFactory(code="310108", name_en="Zhabei", name_zh="闸北区")
    move(resident=lin, to=zhabei.code, effective_on=MARCH_16, stamp=stamp(MARCH_16))
    DistrictMerger.objects.create(predecessor=zhabei, successor=jingan, day=MARCH_20, booked_on=MARCH_20)
    retell(resident_ids=[lin.pk], cause=lambda _voucher: Cause("merger:1", MARCH_20), stamp=stamp(MARCH_20))

    assert told(voucher).startswith("On 16 March 2026 you moved from Minhang to Zhabei (now Jing'an).")
    assert "Minhang bears 74 days, Jing'an 291." in told(voucher)
    assert told(voucher, day=MARCH_20) == (
        "On 20 March 2026 Zhabei became part of Jing'an. Your vouchers hold as before, and you need do nothing."
    )
    assert told(voucher, day=MARCH_20, language="zh-hans") == (
        "2026年3月20日，闸北区并入静安区。您的服务券照常有效，您无需办理任何手续。"
    )


def test_the_wallet_says_the_city_pays_while_nobody_has_agreed(voucher: Voucher, lin: Resident) -> None:
    moved = asked(lin)

    fresh = with_details(Voucher.objects.filter(pk=voucher.pk)).get()
    news = Teller(lin, True, TODAY).what_a_move_means(moved, vouchers=[fresh])

    assert news == (
        "On 16 March 2026 you moved from Minhang to Jing'an. Your vouchers moved with you, and what is left on them is"
        " the same. Jing'an has until 7 April 2026 to answer; if it says nothing, the move counts as confirmed."
        " Meanwhile the city pays, and you can use your vouchers as before."
    )


def test_no_story_speaks_of_suspense(voucher: Voucher, lin: Resident) -> None:
    asked(lin)
    voucher.refresh_from_db()
    school = ProviderFactory.create(programmes=[voucher.programme])
    visit(voucher, provider=school, fen=100, key="a", day=MARCH_20)

    texts = " ".join(line.text for line in lines(voucher, today=MARCH_20 + timedelta(days=1)))

    assert "The city pays for it." in texts
    assert "suspense" not in texts.lower()
