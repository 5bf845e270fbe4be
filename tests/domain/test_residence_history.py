"""Where somebody lived, told from any set of facts, against asking day by day. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from accounts.residence_history import Merger, Reported, Spell, history

BEGIN = date(2015, 1, 1)
DAYS = [BEGIN + timedelta(days=number) for number in range(40)]
#: 310108 became part of 310106, as Zhabei did of Jing'an, and that of 310112 later.
MERGERS = {"310108": Merger("310106", DAYS[12]), "310106": Merger("310112", DAYS[27])}
OUTSIDE = ""

districts = st.sampled_from(["310101", "310106", "310108", "310112"])
firsts = st.builds(Reported, day=st.sampled_from(DAYS[:20]), district=districts, confirmed=st.just(True))
later = st.builds(
    Reported, day=st.sampled_from(DAYS), district=st.one_of(districts, st.just(OUTSIDE)), confirmed=st.booleans()
)
merged = st.sampled_from([{}, {"310108": MERGERS["310108"]}, MERGERS])


@st.composite
def facts(draw: st.DrawFn) -> tuple[Reported, list[Reported], dict[str, Merger]]:
    """A first residence, moves after it on days of their own, in any order, and mergers."""
    first = draw(firsts)
    moves = draw(st.lists(later, max_size=8, unique_by=lambda move: move.day))
    return first, [move for move in moves if move.day > first.day], draw(merged)


# The reference: what holds on one day


def believed(day: date, reported: Sequence[Reported], mergers: dict[str, Merger]) -> tuple[str, bool]:
    """Return where somebody lives on ``day`` by the latest report, and whether that one was confirmed."""
    latest = max(report for report in reported if report.day <= day)
    district = latest.district
    while district in mergers and mergers[district].day <= day:
        district = mergers[district].successor
    return district, latest.confirmed


def still_confirmed(before: tuple[str, bool], now: tuple[str, bool]) -> tuple[str, bool]:
    """Return the belief of a day after that of the day before: who lived there undisputed goes on living there."""
    return now[0], now[1] or before == (now[0], True)


def day_by_day(first: Reported, moves: list[Reported], mergers: dict[str, Merger]) -> list[tuple[str, bool]]:
    days = DAYS[DAYS.index(first.day) :]
    return list(accumulate((believed(day, [first, *moves], mergers) for day in days), still_confirmed))


def told_by(spells: Sequence[Spell], *, since: date) -> list[tuple[str, bool]]:
    """Return the same from spells; a day that none of them holds is outside, which nobody has to confirm."""
    return [
        next(
            ((s.district, s.confirmed) for s in spells if s.start <= day and (s.end is None or day < s.end)),
            (OUTSIDE, True),
        )
        for day in DAYS[DAYS.index(since) :]
    ]


def outside_is_outside(beliefs: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return [(district, confirmed or district == OUTSIDE) for district, confirmed in beliefs]


# What always holds


@given(facts())
def test_every_day_is_lived_where_the_latest_report_says(
    story: tuple[Reported, list[Reported], dict[str, Merger]],
) -> None:
    first, moves, mergers = story

    spells = history(first=first, moves=moves, mergers=mergers)

    assert told_by(spells, since=first.day) == outside_is_outside(day_by_day(first, moves, mergers))


@given(facts())
def test_spells_never_overlap_each_lasts_a_day_and_neighbours_differ(
    story: tuple[Reported, list[Reported], dict[str, Merger]],
) -> None:
    first, moves, mergers = story

    spells = history(first=first, moves=moves, mergers=mergers)

    assert spells[0].start == first.day
    assert all(spell.end is None or spell.start < spell.end for spell in spells)
    assert all(one.end is not None and one.end <= other.start for one, other in pairwise(spells))
    assert all(
        one.end != other.start or one.district != other.district or (not one.confirmed and other.confirmed)
        for one, other in pairwise(spells)
    )


@given(facts(), st.randoms())
def test_the_order_in_which_moves_were_recorded_changes_nothing(
    story: tuple[Reported, list[Reported], dict[str, Merger]], chance: Random
) -> None:
    first, moves, mergers = story
    shuffled = list(moves)
    chance.shuffle(shuffled)

    assert history(first=first, moves=shuffled, mergers=mergers) == history(first=first, moves=moves, mergers=mergers)


@given(facts(), st.sampled_from(DAYS))
def test_a_death_ends_what_was_and_takes_back_what_would_have_come(
    story: tuple[Reported, list[Reported], dict[str, Merger]], died_on: date
) -> None:
    first, moves, mergers = story
    whole = history(first=first, moves=moves, mergers=mergers)

    spells = history(first=first, moves=moves, mergers=mergers, ended_on=died_on)

    last = max(died_on, first.day + timedelta(days=1))
    assert spells[-1].end is not None
    assert spells[-1].end <= last
    assert all(spell.start < spell.end for spell in spells if spell.end)
    lived = (last - first.day).days
    assert told_by(spells, since=first.day)[:lived] == told_by(whole, since=first.day)[:lived]


# By hand


def test_living_in_one_district_is_confirmed_from_the_day_on_which_it_says_so() -> None:
    first = Reported(date(2025, 1, 1), "310112", True)
    claimed, agreed = Reported(date(2025, 3, 1), "310106", False), Reported(date(2025, 4, 1), "310106", True)

    spells = history(first=first, moves=[agreed, claimed], mergers={})

    assert spells == [
        Spell(date(2025, 1, 1), date(2025, 3, 1), "310112", True),
        Spell(date(2025, 3, 1), date(2025, 4, 1), "310106", False),
        Spell(date(2025, 4, 1), None, "310106", True),
    ]


def test_whoever_lived_in_zhabei_lives_in_jingan_from_the_day_of_the_merger_on() -> None:
    day = date(2015, 11, 4)
    first = Reported(date(2010, 1, 1), "310108", True)

    spells = history(first=first, moves=[], mergers={"310108": Merger("310106", day)})

    assert spells == [Spell(date(2010, 1, 1), day, "310108", True), Spell(day, None, "310106", True)]


def test_coming_back_after_a_time_outside_leaves_a_gap() -> None:
    first = Reported(date(2025, 1, 1), "310112", True)
    left, back = Reported(date(2025, 3, 1), OUTSIDE, True), Reported(date(2025, 6, 1), "310112", True)

    spells = history(first=first, moves=[back, left], mergers={})

    assert spells == [
        Spell(date(2025, 1, 1), date(2025, 3, 1), "310112", True),
        Spell(date(2025, 6, 1), None, "310112", True),
    ]
