"""Moves as cases: who may take which step, who pays meanwhile, and that nothing sticks to the city in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date
from itertools import permutations

import pytest
from django.db import transaction
from django.utils import translation

from accounts.models import SUSPENSE, District, DistrictMerger, Residence, Resident
from accounts.refusals import Refused
from accounts.selectors import spells_by_resident
from ledger.models import Transfer
from ledger.services.periods import close_period, settle_period
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    stamp,
)
from tests.model import books
from vouchers.cases import OPEN, Party, Step
from vouchers.models import CostRule, Funding, Move, Voucher
from vouchers.services import cases
from vouchers.services.moving import MoveOrder, annul_move, move
from vouchers.services.redeeming import redeem

pytestmark = pytest.mark.django_db

#: 36,500 fen for the 365 days of 2026 are 100 fen a day.
MARCH, APRIL, JUNE, JULY = (date(2026, month, 1) for month in (3, 4, 6, 7))
TODAY = date(2026, 7, 10)
BEFORE_MARCH, FROM_MARCH = 5_900, 30_600
MINHANG, JINGAN, PUDONG, HUQIU = "310112", "310106", "310115", "320505"


@pytest.fixture
def lin() -> Resident:
    """Somebody in Minhang; Jing'an and Pudong are of its pool, Huqiu is not."""
    home, *_ = [DistrictFactory(code=code) for code in (MINHANG, JINGAN, PUDONG)]
    DistrictFactory(code=HUQIU, pool="320500")
    return ResidentFactory(name="林", district=home)


def ask(*people: Resident, to: str = JINGAN, day: date = MARCH, confirmed: bool = False, on: date = TODAY) -> Move:
    orders = [MoveOrder(resident=person, to=to, effective_on=day) for person in people]
    return cases.request(orders=orders, confirmed=confirmed, stamp=stamp(on))


def take(move: Move, step: Step, party: Party, *, on: date = TODAY) -> None:
    cases.act(move=move, step=step, parties={party}, stamp=stamp(on))


def correct(move: Move, *, to: str | None = None, day: date | None = None, confirmed: bool = True) -> Move:
    return cases.correct(
        move=move, to=to, effective_on=day, confirmed=confirmed, parties={Party.CITY}, stamp=stamp(TODAY)
    )


def voucher_of(resident: Resident, *, cost_rule: str = CostRule.DAILY, funded_by: str = Funding.DISTRICT) -> Voucher:
    programme = ProgrammeFactory(annual_fen=36_500, cost_rule=cost_rule, funded_by=funded_by)
    return VoucherFactory(resident=resident, programme=programme)


def use(voucher: Voucher, *, at: str, day: date, fen: int) -> Transfer:
    provider = ProviderFactory(district=District.objects.get(pk=at), programmes=[voucher.programme])
    return redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=day,
        key=f"{at}/{day}",
        stamp=stamp(TODAY),
    )


def borne(voucher: Voucher) -> dict[str, int]:
    return books.balances(books.rows(), "cost")[voucher.pk]


def payer(voucher: Voucher) -> str:
    return Voucher.objects.get(pk=voucher.pk).payer


def homes(resident: Resident) -> list[tuple[str, date, bool]]:
    return [
        (spell.district_id, spell.start, spell.confirmed) for spell in spells_by_resident([resident.pk])[resident.pk]
    ]


def on_suspense() -> dict[str, int]:
    """Return every balance of the city's suspense authority that is not zero, dues included."""
    found: Counter[str] = Counter()
    for row in books.rows():
        for account, fen in ((row.debit, row.fen), (row.credit, -row.fen)):
            found[account.code] += fen if account.authority_id == SUSPENSE else 0
        for (authority, fen), (other, _) in zip(books.due(row), reversed(books.due(row)), strict=True):
            found[f"{SUSPENSE}/due/{other}"] += fen if authority == SUSPENSE else 0
    return {code: fen for code, fen in found.items() if fen}


def refused_as(act: Callable[[], object]) -> str | None:
    """Return the code of the refusal, or None; whatever was done is undone again."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except Refused as refusal:
        return refusal.code
    return None


def sentence_of(act: Callable[[], object]) -> str:
    with translation.override("en"), pytest.raises(Refused) as caught:
        act()
    with translation.override("en"):
        return str(caught.value)


# Who may take which step, written down a second time

R, C, T, D, W, J, A, X = Step
EVERYBODY, DISTRICTS = set(Party) - {Party.CLOCK}, set(Party) - {Party.CLOCK, Party.REQUESTER}
ASKER, THERE, HERE, CITY, CLOCK = Party
TABLE: dict[Step, dict[Step, set[Party]]] = {
    R: {C: {THERE, CITY}, D: {THERE}, T: {CLOCK}, W: {ASKER, CITY}, X: EVERYBODY},
    D: {C: {THERE, CITY}, J: {CITY}, W: {ASKER, CITY}, X: EVERYBODY},
    C: {A: DISTRICTS, X: DISTRICTS},
    T: {A: DISTRICTS, X: DISTRICTS},
    W: {},
    J: {},
    A: {},
    X: {},
}
#: How a case comes into each state.
WAYS: dict[Step, list[tuple[Step, Party]]] = {
    R: [],
    C: [(C, THERE)],
    T: [(T, CLOCK)],
    D: [(D, THERE)],
    W: [(W, ASKER)],
    J: [(D, THERE), (J, CITY)],
    A: [(C, THERE), (A, HERE)],
    X: [],
}


def case_in(state: Step, *people: Resident) -> Move:
    case = ask(*people)
    for step, party in WAYS[state]:
        take(case, step, party)
    if state is Step.CORRECTED:
        correct(case, to=PUDONG)
    return Move.objects.get(pk=case.pk)


def attempted(case: Move, step: Step, party: Party) -> str | None:
    if step is Step.CORRECTED:
        return refused_as(lambda: cases.correct(move=case, to=HUQIU, parties={party}, stamp=stamp(TODAY)))
    return refused_as(lambda: take(case, step, party))


def wanted(state: Step, step: Step, party: Party) -> str | None:
    parties = TABLE[state].get(step)
    return "step_not_possible" if parties is None else None if party in parties else "not_yours"


@pytest.mark.parametrize("state", Step)
def test_each_party_may_take_the_steps_of_the_table_and_no_others(lin: Resident, state: Step) -> None:
    case = case_in(state, lin)
    pairs = [(step, party) for step in Step for party in Party]

    answers = {pair: attempted(case, *pair) for pair in pairs}

    assert case.state == state
    assert answers == {pair: wanted(state, *pair) for pair in pairs}


@pytest.mark.parametrize("state", Step)
def test_a_case_counts_until_it_is_over_and_waits_while_nobody_agreed(lin: Resident, state: Step) -> None:
    case = case_in(state, lin)

    assert (case in Move.objects.standing()) is (state in {R, D, C, T})
    assert (case in Move.objects.open()) is (state in OPEN)
    assert (case in Move.objects.waiting()) is (state is R)


def test_nobody_drops_a_move_by_calling_it_corrected_without_another_in_its_place(lin: Resident) -> None:
    case = ask(lin)

    assert refused_as(lambda: take(case, Step.CORRECTED, Party.RELEASING)) == "step_not_possible"


# Who pays meanwhile


@pytest.mark.parametrize("disputed", [False, True])
def test_while_the_districts_argue_the_city_pays_and_the_resident_uses_the_voucher_as_ever(
    lin: Resident, disputed: bool
) -> None:
    voucher = voucher_of(lin)
    case_in(Step.DISPUTED if disputed else Step.REQUESTED, lin)

    use(voucher, at=JINGAN, day=MARCH, fen=400)

    voucher.refresh_from_db()
    assert (voucher.payer, voucher.remaining_fen) == (SUSPENSE, 36_100)
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, SUSPENSE: FROM_MARCH}
    assert homes(lin) == [(MINHANG, date(2020, 1, 1), True), (JINGAN, MARCH, False)]


@pytest.mark.parametrize("step", [(C, THERE), (T, CLOCK)])
def test_once_agreed_the_new_district_bears_what_the_city_bore(lin: Resident, step: tuple[Step, Party]) -> None:
    voucher = voucher_of(lin)
    case = ask(lin)

    take(case, *step)

    assert payer(voucher) == JINGAN
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, JINGAN: FROM_MARCH}
    assert homes(lin)[-1] == (JINGAN, MARCH, True)


@pytest.mark.parametrize("state", [W, J, A])
def test_once_it_is_over_the_old_district_bears_what_it_would_have_borne(lin: Resident, state: Step) -> None:
    voucher = voucher_of(lin)

    case_in(state, lin)

    assert payer(voucher) == MINHANG
    assert borne(voucher) == {MINHANG: 36_500}
    assert homes(lin) == [(MINHANG, date(2020, 1, 1), True)]


def close_months(*months: date) -> None:
    for month in months:
        close_period(month=month, approved_by=UserFactory(), stamp=stamp(TODAY))


def settle_everything() -> None:
    """Close and settle every month that has rows."""
    close_months(date(2026, 1, 1), JULY)
    for month in (date(2026, 1, 1), JULY):
        settle_period(month=month, approved_by=UserFactory(), stamp=stamp(date(2026, 8, 2)))


@pytest.mark.parametrize("cost_rule", CostRule.values)
@pytest.mark.parametrize("state", [C, T, W, J, A, X])
def test_whatever_is_decided_every_account_of_the_suspense_ends_at_zero(
    lin: Resident, state: Step, cost_rule: str
) -> None:
    voucher = voucher_of(lin, cost_rule=cost_rule)
    use(voucher, at=MINHANG, day=date(2026, 2, 1), fen=300)
    case = ask(lin)
    use(voucher, at=JINGAN, day=APRIL, fen=400)
    use(voucher, at=PUDONG, day=TODAY, fen=50)
    meanwhile = on_suspense()

    for step, party in WAYS[state]:
        take(case, step, party)
    if state is Step.CORRECTED:
        correct(case, day=APRIL)
    settle_everything()

    assert meanwhile
    assert on_suspense() == {}
    assert sum(borne(voucher).values()) == 36_500


def test_in_one_pool_a_pooled_programme_never_touches_the_suspense(lin: Resident) -> None:
    voucher = voucher_of(lin, funded_by=Funding.POOL)

    case = ask(lin)
    take(case, D, THERE)

    assert payer(voucher) == "310000"
    assert not Transfer.objects.filter(debit__authority=SUSPENSE).exists()
    assert not Transfer.objects.filter(credit__authority=SUSPENSE).exists()


def test_across_pools_the_suspense_stands_in_for_the_pool_that_was_asked(lin: Resident) -> None:
    voucher = voucher_of(lin, funded_by=Funding.POOL)

    case = ask(lin, to=HUQIU)
    asked = borne(voucher)
    take(case, C, THERE)

    assert asked == {"310000": BEFORE_MARCH, SUSPENSE: FROM_MARCH}
    assert borne(voucher) == {"310000": BEFORE_MARCH, "320500": FROM_MARCH}


def test_what_was_asked_for_days_ahead_changes_no_payer_before_its_day(lin: Resident) -> None:
    voucher = voucher_of(lin)

    ask(lin, day=date(2026, 9, 1))

    assert (payer(voucher), borne(voucher)) == (MINHANG, {MINHANG: 36_500})


def test_a_decision_after_the_month_closed_lands_in_the_next_and_leaves_the_closed_one_alone(lin: Resident) -> None:
    voucher = voucher_of(lin)
    case = ask(lin, on=date(2026, 3, 2))
    close_months(date(2026, 1, 1), MARCH)
    before = set(Transfer.objects.filter(period__lte=MARCH).values_list("pk", flat=True))

    take(case, C, THERE, on=date(2026, 3, 31))

    assert set(Transfer.objects.filter(period__lte=MARCH).values_list("pk", flat=True)) == before
    assert set(Transfer.objects.exclude(pk__in=before).values_list("period", flat=True)) == {APRIL}
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, JINGAN: FROM_MARCH}


def test_a_later_move_that_was_agreed_is_borne_by_its_district_while_an_earlier_claim_is_argued_about(
    lin: Resident,
) -> None:
    voucher = voucher_of(lin)
    ask(lin, to=PUDONG, day=APRIL, confirmed=True)

    ask(lin, to=JINGAN, day=MARCH)

    assert payer(voucher) == PUDONG
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, SUSPENSE: 3_100, PUDONG: 27_500}


def test_a_claim_to_have_come_earlier_is_in_suspense_only_until_the_day_that_was_agreed(lin: Resident) -> None:
    voucher = voucher_of(lin)
    ask(lin, to=PUDONG, day=date(2026, 2, 1), confirmed=True)
    ask(lin, to=JINGAN, day=APRIL, confirmed=True)

    ask(lin, to=JINGAN, day=MARCH)

    assert payer(voucher) == JINGAN
    assert borne(voucher) == {MINHANG: 3_100, PUDONG: 2_800, SUSPENSE: 3_100, JINGAN: 27_500}


def test_a_district_that_becomes_part_of_another_while_it_is_asked_leaves_all_its_days_with_the_city(
    lin: Resident,
) -> None:
    voucher = voucher_of(lin)
    zhabei, jingan = DistrictFactory(code="310108"), District.objects.get(pk=JINGAN)
    DistrictMerger.objects.create(predecessor=zhabei, successor=jingan, day=APRIL, booked_on=MARCH)

    case = ask(lin, to=zhabei.pk, day=MARCH)
    asked = borne(voucher)
    take(case, C, THERE)

    assert asked == {MINHANG: BEFORE_MARCH, SUSPENSE: FROM_MARCH}
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, JINGAN: FROM_MARCH}
    assert homes(lin)[1:] == [(zhabei.pk, MARCH, True), (JINGAN, APRIL, True)]


# Correcting


def test_a_move_before_others_of_other_districts_is_corrected_and_they_stay(lin: Resident) -> None:
    voucher = voucher_of(lin)
    first = ask(lin, to=JINGAN, day=MARCH, confirmed=True)
    ask(lin, to=PUDONG, day=JUNE, confirmed=True)

    correct(first, day=APRIL)

    assert payer(voucher) == PUDONG
    assert borne(voucher) == {MINHANG: 9_000, JINGAN: 6_100, PUDONG: 21_400}


def test_a_move_corrected_past_a_later_one_changes_places_with_it(lin: Resident) -> None:
    voucher = voucher_of(lin)
    first = ask(lin, to=JINGAN, day=MARCH, confirmed=True)
    ask(lin, to=PUDONG, day=JUNE, confirmed=True)

    correct(first, day=JULY)

    assert [(place, day) for place, day, _ in homes(lin)] == [
        (MINHANG, date(2020, 1, 1)),
        (PUDONG, JUNE),
        (JINGAN, JULY),
    ]
    assert borne(voucher) == {MINHANG: 15_100, PUDONG: 3_000, JINGAN: 18_400}


def test_a_correction_is_corrected_again_and_only_the_last_counts(lin: Resident) -> None:
    voucher = voucher_of(lin)
    first = ask(lin, to=JINGAN, day=MARCH, confirmed=True)

    second = correct(first, to=PUDONG)
    third = correct(second, day=APRIL)

    assert list(Move.objects.standing()) == [third]
    assert (third.corrects, second.corrects) == (second, first)
    assert borne(voucher) == {MINHANG: 9_000, PUDONG: 27_500}


def test_a_correction_back_to_what_it_was_brings_the_costs_back(lin: Resident) -> None:
    voucher = voucher_of(lin)
    first = ask(lin, confirmed=True)
    before = borne(voucher)

    correct(correct(first, to=HUQIU, day=JUNE), to=JINGAN, day=MARCH)

    assert borne(voucher) == before == {MINHANG: BEFORE_MARCH, JINGAN: FROM_MARCH}


def test_a_correction_that_the_new_district_has_to_answer_leaves_its_days_with_the_city(lin: Resident) -> None:
    voucher = voucher_of(lin)
    first = ask(lin, confirmed=True)

    second = correct(first, to=PUDONG, confirmed=False)

    assert (second.state, payer(voucher)) == (Step.REQUESTED, SUSPENSE)
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, SUSPENSE: FROM_MARCH}


def test_a_later_act_of_another_district_does_not_block_taking_a_move_back(lin: Resident) -> None:
    voucher = voucher_of(lin)
    first = ask(lin, to=JINGAN, day=MARCH, confirmed=True)
    ask(lin, to=PUDONG, day=JUNE, confirmed=True)

    take(first, A, HERE)

    assert borne(voucher) == {MINHANG: 15_100, PUDONG: 21_400}


@pytest.mark.parametrize("order", list(permutations([(JINGAN, MARCH), (PUDONG, APRIL), (HUQIU, JUNE)])))
def test_moves_imported_in_any_order_end_in_the_same_homes_and_costs(
    lin: Resident, order: tuple[tuple[str, date], ...]
) -> None:
    voucher = voucher_of(lin)

    for place, day in order:
        ask(lin, to=place, day=day, confirmed=True)

    assert [(place, day) for place, day, _ in homes(lin)][1:] == [(JINGAN, MARCH), (PUDONG, APRIL), (HUQIU, JUNE)]
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, JINGAN: 3_100, PUDONG: 6_100, HUQIU: 21_400}


def test_what_was_believed_on_a_day_can_still_be_asked(lin: Resident) -> None:
    case = ask(lin, on=date(2026, 3, 10))
    take(case, D, THERE, on=date(2026, 3, 20))
    take(case, J, CITY, on=date(2026, 4, 20))

    def known(day: date) -> list[tuple[str, bool]]:
        rows = Residence.objects.filter(resident=lin).known_on(day).order_by("start")
        return list(rows.values_list("district", "confirmed"))

    assert known(date(2026, 3, 9)) == [(MINHANG, True)]
    assert known(date(2026, 4, 19)) == [(MINHANG, True), (JINGAN, False)]
    assert known(date(2026, 4, 20)) == [(MINHANG, True)]


# A household


def household_of(lin: Resident) -> list[Resident]:
    return [lin, *(ResidentFactory(district=District.objects.get(pk=MINHANG)) for _ in range(2))]


def states(moves: Collection[Move]) -> list[Step]:
    return [Move.objects.get(pk=move.pk).state for move in moves]


def test_a_household_moves_as_one_case_and_is_decided_at_once(lin: Resident) -> None:
    people = household_of(lin)
    vouchers = [voucher_of(person) for person in people]

    case = ask(*people)
    take(case, C, THERE)

    moves = list(Move.objects.order_by("pk"))
    assert [move.leader_id for move in moves] == [case.pk] * 3
    assert states(moves) == [C] * 3
    assert [payer(voucher) for voucher in vouchers] == [JINGAN] * 3


def test_any_member_stands_for_the_whole_case(lin: Resident) -> None:
    people = household_of(lin)
    ask(*people)

    take(Move.objects.get(resident=people[2]), W, ASKER)

    assert states(list(Move.objects.all())) == [W] * 3


def test_a_household_with_one_who_cannot_move_is_refused_whole(lin: Resident) -> None:
    there = ResidentFactory(name="陈", district=District.objects.get(pk=JINGAN))

    assert refused_as(lambda: ask(lin, there)) == "same_district"
    assert not Move.objects.exists()


def test_who_is_named_twice_in_a_household_moves_once(lin: Resident) -> None:
    voucher = voucher_of(lin)

    ask(lin, lin, confirmed=True)

    assert Move.objects.filter(resident=lin).count() == 1
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, JINGAN: FROM_MARCH}


def test_the_rest_of_a_household_is_corrected_without_whom_a_single_act_took_out(lin: Resident) -> None:
    people = household_of(lin)
    case = ask(*people, confirmed=True)
    annul_move(resident=lin, effective_on=MARCH, stamp=stamp(TODAY))

    corrected = correct(Move.objects.get(resident=people[1]), to=PUDONG)

    assert states([case]) == [A]
    assert {move.resident for move in Move.objects.standing()} == set(people[1:])
    assert corrected.resident == people[1]


def test_a_move_that_is_over_is_decided_no_more_though_others_of_its_case_stand(lin: Resident) -> None:
    case = ask(*household_of(lin), confirmed=True)
    annul_move(resident=lin, effective_on=MARCH, stamp=stamp(TODAY))

    assert refused_as(lambda: take(case, A, HERE)) == "step_not_possible"
    assert refused_as(lambda: correct(case, to=PUDONG)) == "step_not_possible"


# Clocks


def test_silence_is_agreement_only_for_those_who_are_still_asked(lin: Resident) -> None:
    waiting, disputed, decided = (ask(person) for person in household_of(lin))
    take(disputed, D, THERE)
    take(decided, C, THERE)

    cases.time_out(moves=[waiting, disputed, decided], stamp=stamp(TODAY))

    assert states([waiting, disputed, decided]) == [T, D, C]


def test_a_request_has_fifteen_working_days_and_a_dispute_fifteen_more(lin: Resident) -> None:
    case = ask(lin, on=date(2026, 3, 2))  # a Monday
    take(case, D, THERE, on=date(2026, 3, 23))

    dues = list(case.steps.order_by("pk").values_list("due_on", flat=True))

    # 6 April 2026 is a day off for Qingming.
    assert dues == [date(2026, 3, 23), date(2026, 4, 14)]
    assert not Move.objects.overdue(day=date(2026, 12, 1)).exists()


# Refusals, in words


def test_an_open_case_stands_in_the_way_of_another_and_is_named(lin: Resident) -> None:
    ask(lin)

    sentence = sentence_of(lambda: ask(lin, to=PUDONG, day=APRIL))

    assert sentence == (
        f"Another move of 林, to District {JINGAN} from 1 March 2026 on, is still open. "
        "Wait until it is decided, or have it withdrawn or corrected."
    )


@pytest.mark.parametrize(
    ("to", "day", "sentence"),
    [
        ("999999", MARCH, "999999 is not a district that takes part."),
        ("310000", MARCH, "310000 is not a district that takes part."),
        (MINHANG, MARCH, f"林 lives in District {MINHANG} on 1 March 2026 already."),
        (
            JINGAN,
            date(2020, 1, 1),
            f"林 is known here since 1 January 2020 only, in District {MINHANG}. A move has to be later than that.",
        ),
        (
            JINGAN,
            date(2027, 7, 12),
            "12 July 2027 is too far ahead: a move can be reported up to a year before it.",
        ),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(lin: Resident, to: str, day: date, sentence: str) -> None:
    assert sentence_of(lambda: ask(lin, to=to, day=day)) == sentence


def test_two_moves_never_take_effect_on_one_day(lin: Resident) -> None:
    ask(lin, confirmed=True)

    sentence = sentence_of(lambda: ask(lin, to=PUDONG, confirmed=True))

    assert sentence == (
        f"A move of 林 to District {JINGAN} takes effect on 1 March 2026 already. To change it, correct that move."
    )


def test_a_plain_move_does_not_take_the_day_of_one_that_changed_nothing_in_the_end(lin: Resident) -> None:
    away, back = ask(lin, confirmed=True), ask(lin, to=MINHANG, day=JUNE, confirmed=True)
    take(away, A, HERE)

    refusal = refused_as(lambda: move(resident=lin, to=JINGAN, effective_on=JUNE, stamp=stamp(TODAY)))

    assert back in Move.objects.standing()
    assert refusal == "move_overlaps"


def test_a_step_for_somebody_else_says_for_whom(lin: Resident) -> None:
    case = ask(lin)

    sentence = sentence_of(lambda: take(case, C, HERE))

    assert sentence == "This step is for somebody else to take: the district moved to, the city."


def test_a_step_that_came_too_late_says_what_the_case_is_by_now(lin: Resident) -> None:
    case = case_in(Step.CONFIRMED, lin)

    sentence = sentence_of(lambda: take(case, D, THERE))

    assert sentence == "This move is not waiting for that any more. It is: Confirmed. Nothing was changed."


def test_no_move_on_that_day_is_said_in_words(lin: Resident) -> None:
    sentence = sentence_of(lambda: cases.standing_on(resident=lin, day=MARCH))

    assert sentence == "No move of 林 that counts takes effect on 1 March 2026."


def test_a_correction_is_refused_as_a_move_would_be_and_changes_nothing(lin: Resident) -> None:
    voucher = voucher_of(lin)
    case = ask(lin, confirmed=True)
    ask(lin, to=PUDONG, day=JUNE, confirmed=True)

    refusals = [
        refused_as(lambda: correct(case, to=MINHANG)),
        refused_as(lambda: correct(case, day=JUNE)),
        refused_as(lambda: correct(case, day=date(2019, 1, 1))),
    ]

    assert refusals == ["same_district", "day_taken", "before_first_residence"]
    assert borne(voucher) == {MINHANG: BEFORE_MARCH, JINGAN: 9_200, PUDONG: 21_400}


def test_a_correction_to_be_answered_waits_until_the_other_case_is_decided(lin: Resident) -> None:
    agreed = ask(lin, confirmed=True)
    ask(lin, to=PUDONG, day=JUNE)

    assert refused_as(lambda: correct(agreed, day=APRIL, confirmed=False)) == "case_open"
    assert refused_as(lambda: correct(agreed, day=APRIL)) is None
