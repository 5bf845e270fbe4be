"""The rules of social insurance: worked results, and properties that no history breaks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.insurance.options import Outcome, bearings, outcomes
from vouchers.insurance.parameters import SHARES, Sex, Share, credited, in_force, part_of, pooled
from vouchers.insurance.places import benefit_place, benefit_shares, is_temporary, sex_of, years_of
from vouchers.insurance.reckoning import Account, Holding, Passage, reckon

MINHANG, JINGAN, SUZHOU, HEFEI = "310112", "310106", "320500", "340100"
SHANGHAI = "310000"
#: Monthly wages of 3,500.00, 4,000.00, 4,125.00, 4,500.00 and 4,500.00 yuan: 247,500.00 in all.
WORKED = {2009: 350_000, 2010: 400_000, 2011: 412_500, 2012: 450_000, 2013: 450_000}


def months(wages: dict[int, int]) -> dict[date, int]:
    """Return the same wage base in each month of a year."""
    return {date(year, month, 1): fen for year, fen in wages.items() for month in range(1, 13)}


def moved(share: Share, *, to: str = SUZHOU) -> dict[int, Holding]:
    """Return what becomes of the worked example when it leaves Shanghai under ``share``."""
    accounts = [
        Account(id=1, pool=SHANGHAI, wages=months(WORKED), interest={2013: 123_456}),
        Account(id=2, pool=to, wages={}),
    ]
    return reckon(accounts=accounts, passages=[Passage(1, 2, date(2014, 3, 1), share)])


def test_the_worked_example_moves_29_700_of_the_pool_and_21_034_56_of_the_account() -> None:
    found = moved(Share.TWELVE)

    assert (found[1].passed_on_fen, found[1].pooled_passed_on_fen) == (2_103_456, 2_970_000)
    assert (found[2].individual_fen, found[2].in_pool_fen) == (2_103_456, 2_970_000)
    assert (found[1].individual_fen, found[1].in_pool_fen) == (0, 1_980_000)


@pytest.mark.parametrize(
    ("share", "individual", "of_the_pool"),
    [(Share.NONE, 2_103_456, 0), (Share.WHOLE, 2_103_456, 4_950_000), (Share.POOL, 0, 0)],
)
def test_every_other_rule_moves_what_it_says(share: Share, individual: int, of_the_pool: int) -> None:
    found = moved(share)[2]

    assert (found.individual_fen, found.in_pool_fen) == (individual, of_the_pool)


def test_inside_one_pool_everything_goes_along_and_is_remembered_as_of_this_pool() -> None:
    accounts = [
        Account(id=1, pool=SHANGHAI, wages=months({2010: 400_000})),
        Account(id=2, pool=SHANGHAI, wages=months({2011: 412_500})),
        Account(id=3, pool=SUZHOU, wages={}),
    ]
    passages = [Passage(1, 2, date(2011, 1, 1), Share.TWELVE), Passage(2, 3, date(2012, 1, 1), Share.TWELVE)]

    found = reckon(accounts=accounts, passages=passages)

    assert found[2].wages_by_year == {2010: 4_800_000, 2011: 4_950_000}
    assert found[3].in_pool_fen == 1_170_000
    assert (found[1].in_pool_fen, found[2].in_pool_fen) == (0, 780_000)


def test_what_came_from_another_pool_goes_on_whole() -> None:
    accounts = [
        Account(id=1, pool=SHANGHAI, wages=months({2010: 400_000})),
        Account(id=2, pool=SUZHOU, wages=months({2011: 412_500})),
        Account(id=3, pool=HEFEI, wages={}),
    ]
    passages = [Passage(1, 2, date(2011, 1, 1), Share.WHOLE), Passage(2, 3, date(2012, 1, 1), Share.TWELVE)]

    assert reckon(accounts=accounts, passages=passages)[3].in_pool_fen == 960_000 + 594_000


def test_a_share_is_never_more_than_what_was_pooled() -> None:
    accounts = [Account(id=1, pool=SHANGHAI, wages=months({2010: 2})), Account(id=2, pool=SUZHOU, wages={})]

    found = reckon(accounts=accounts, passages=[Passage(1, 2, date(2011, 1, 1), Share.TWELVE)])

    assert part_of(24, rate=1_200) == 3 and found[1].pooled_fen == 0
    assert found[2].in_pool_fen == 0


def test_the_account_is_credited_eleven_percent_until_2005_and_eight_from_2006() -> None:
    assert credited(100_000, month=date(2005, 12, 1)) == 11_000
    assert credited(100_000, month=date(2006, 1, 1)) == 8_000
    assert pooled(100_000, month=date(2005, 12, 1)) == 20_000


@pytest.mark.parametrize(("day", "share"), [(date(2009, 12, 31), Share.NONE), (date(2010, 1, 1), Share.TWELVE)])
def test_the_share_is_that_of_the_day(day: date, share: Share) -> None:
    line = in_force(SHARES, day=day)

    assert line is not None and line.value is share


def test_before_the_first_line_nothing_is_in_force() -> None:
    assert in_force(SHARES, day=date(1997, 12, 31)) is None


def test_interest_counts_each_month_by_what_it_held() -> None:
    # 2016 at 8.31 %: January's 80.00 earn 12 months, December's one: 8,000 × (12 + 1) × 8.31 % / 12 = 720.2 fen.
    account = Account(
        id=1,
        pool=SHANGHAI,
        wages={date(2016, 1, 1): 100_000, date(2016, 12, 1): 100_000},
        interest={2016: None, 2017: None},
    )

    found = reckon(accounts=[account], passages=[])[1]

    # 2017 at 7.12 % on 160.00 and the interest of 2016: 16,720 × 7.12 % = 1,190.5 fen.
    assert found.interest_by_year == {2016: 720, 2017: 1_190}


def test_a_transfer_in_mid_year_does_not_change_the_interest_of_the_year() -> None:
    wages = {date(2016, 1, 1): 1_200_000}
    stayed = Account(id=1, pool=SHANGHAI, wages=wages, interest={2016: None})
    arrived = Account(id=2, pool=SUZHOU, wages={}, interest={2016: None})

    alone = reckon(accounts=[stayed], passages=[])
    left = reckon(accounts=[stayed, arrived], passages=[Passage(1, 2, date(2016, 5, 20), Share.TWELVE)])

    assert alone[1].individual_fen == left[2].individual_fen == 96_000 + 7_978
    assert (left[1].interest_fen, left[2].interest_fen) == (2_659, 5_319)


@pytest.mark.parametrize(
    ("sex", "day", "temporary"),
    [
        (Sex.MALE, date(2013, 6, 14), False),
        (Sex.MALE, date(2013, 6, 15), True),
        (Sex.FEMALE, date(2003, 6, 14), False),
        (Sex.FEMALE, date(2003, 6, 15), True),
    ],
)
def test_the_relationship_stays_for_men_from_50_and_women_from_40(sex: Sex, day: date, temporary: bool) -> None:
    born = date(1963, 6, 15)

    found = is_temporary(sex=sex, born_on=born, day=day, to_pool=SUZHOU, registered_pool=HEFEI, insured_in=SHANGHAI)

    assert found is temporary


@pytest.mark.parametrize("to_pool", [HEFEI, SHANGHAI])
def test_nobody_gets_a_temporary_account_at_the_registered_place_or_inside_the_pool(to_pool: str) -> None:
    assert not is_temporary(
        sex=Sex.MALE,
        born_on=date(1950, 1, 1),
        day=date(2013, 1, 1),
        to_pool=to_pool,
        registered_pool=HEFEI,
        insured_in=SHANGHAI,
    )


@pytest.mark.parametrize(
    ("current", "months_by_pool", "place"),
    [
        (HEFEI, {SHANGHAI: 200, HEFEI: 12}, HEFEI),
        (SUZHOU, {SHANGHAI: 200, SUZHOU: 120}, SUZHOU),
        (SUZHOU, {HEFEI: 130, SHANGHAI: 120, SUZHOU: 119}, SHANGHAI),
        (SUZHOU, {SHANGHAI: 119, SUZHOU: 119}, HEFEI),
    ],
    ids=["registered and there", "ten years here", "last earlier ten years", "nowhere ten years"],
)
def test_the_pension_is_drawn_at_one_place(current: str, months_by_pool: dict[str, int], place: str) -> None:
    assert benefit_place(registered=HEFEI, current=current, months_by_pool=months_by_pool) == place


def test_a_benefit_is_shared_by_contribution_months() -> None:
    assert benefit_shares(100_001, months_by_pool={SHANGHAI: 60, SUZHOU: 120}) == {SHANGHAI: 33_334, SUZHOU: 66_667}


@given(
    fen=st.integers(0, 10**9),
    months_by_pool=st.dictionaries(st.sampled_from([SHANGHAI, SUZHOU, HEFEI]), st.integers(1, 500), min_size=1),
)
def test_the_shares_of_a_benefit_lose_no_fen(fen: int, months_by_pool: dict[str, int]) -> None:
    shares = benefit_shares(fen, months_by_pool=months_by_pool)

    assert sum(shares.values()) == fen and min(shares.values()) >= 0


@pytest.mark.parametrize(("number", "sex"), [("310112199003070019", Sex.MALE), ("31011219900307002X", Sex.FEMALE)])
def test_the_seventeenth_digit_tells_the_sex(number: str, sex: Sex) -> None:
    assert sex_of(number) is sex


def test_contribution_time_is_told_in_years_and_months() -> None:
    assert years_of(61) == (5, 1)


def test_four_rules_side_by_side_for_one_person() -> None:
    account = Account(id=1, pool=SHANGHAI, wages=months(WORKED), interest={2013: 123_456})

    found = {outcome.share: outcome for outcome in outcomes(reckon(accounts=[account], passages=[])[1])}

    assert [found[share].moves_fen for share in Share] == [0, 2_970_000, 4_950_000, 0]
    assert [found[share].lacks_fen for share in Share] == [4_950_000, 1_980_000, 0, 0]
    assert [found[share].individual_fen for share in Share] == [2_103_456, 2_103_456, 2_103_456, 0]


def outcome(lacks_fen: int) -> Outcome:
    return Outcome(share=Share.TWELVE, individual_fen=0, moves_fen=0, stays_fen=lacks_fen, lacks_fen=lacks_fen)


def test_what_one_pool_gains_others_bear() -> None:
    moves = [(SHANGHAI, HEFEI, outcome(700)), (SHANGHAI, SUZHOU, outcome(200)), (SUZHOU, SHANGHAI, outcome(50))]

    found = {code: bearing.gains_fen for code, bearing in bearings(moves).items()}

    assert found == {SHANGHAI: 850, SUZHOU: -150, HEFEI: -700}


POOLS = [SHANGHAI, SUZHOU, HEFEI]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Account], list[Passage]]:
    """Draw a life in up to five places, with passages from some to later ones, on any day and under any rule."""
    places = draw(st.lists(st.sampled_from(POOLS), min_size=1, max_size=5))
    years = st.dictionaries(st.integers(2016, 2024), st.none() | st.integers(0, 10**6), max_size=4)
    wages = st.dictionaries(
        st.builds(date, st.integers(1998, 2024), st.integers(1, 12), st.just(1)), st.integers(0, 10**7), max_size=6
    )
    accounts = [
        Account(id=number, pool=pool, wages=draw(wages), interest=draw(years)) for number, pool in enumerate(places)
    ]
    passages = [
        Passage(
            number,
            draw(st.integers(number + 1, len(places) - 1)),
            draw(st.dates(date(2010, 1, 1), date(2025, 1, 1))),
            draw(st.sampled_from(list(Share))),
        )
        for number in range(len(places) - 1)
        if draw(st.booleans())
    ]
    return accounts, passages


@given(history=histories())
def test_no_fen_is_lost_on_any_way(history: tuple[list[Account], list[Passage]]) -> None:
    accounts, passages = history

    found = reckon(accounts=accounts, passages=passages).values()

    assert sum(held.individual_fen for held in found) == sum(held.contributed_fen + held.interest_fen for held in found)
    assert sum(held.in_pool_fen for held in found) == sum(held.pooled_fen for held in found)
    assert min(min(held.individual_fen, held.in_pool_fen) for held in found) >= 0
