"""The people whom a visitor of the demonstration can become, each with something to look at.

Days are told by months before the present one, so that every story lies in the present benefit year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.demo.people import Home, Population
from config.demo.timeline import Timeline

JINGAN, PUTUO, YANGPU, MINHANG, BAOSHAN = "310106", "310107", "310110", "310112", "310113"
PUDONG, XUHUI, SONGJIANG, CHANGNING, SUZHOU = "310115", "310104", "310117", "310105", "320505"


@dataclass(frozen=True, kw_only=True)
class Going:
    """A move and the day on which it was recorded, perhaps taken back later."""

    to: str
    effective_on: date
    booked_on: date
    annulled_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Treated:
    """A visit to a health centre, in the own district if no other is named; amount in fen."""

    day: date
    fen: int
    booked_on: date
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Child:
    name: str
    woman: bool
    age: int


@dataclass(frozen=True, kw_only=True)
class Story:
    """``age`` in completed years when the benefit year begins; ``revoked_on`` is for the living allowance."""

    name: str
    woman: bool
    age: int
    lives_in: str
    sign_in: str = ""
    registered_in: str = "上海"
    supported: bool = False
    children: Sequence[Child] = ()
    moves: Sequence[Going] = ()
    treated: Sequence[Treated] = ()
    revoked_on: date | None = None


def stories(timeline: Timeline) -> list[Story]:
    """Return the stories, the same people whatever the seed."""
    return [
        _moved_in_mid_term(timeline),
        _moved_back(timeline),
        _recorded_late(timeline),
        _left_the_pool(timeline),
        _guardian(timeline),
        _used_up(timeline),
        _moves_ahead(timeline),
        _annulled(timeline),
        _revoked(timeline),
    ]


def settle_in(story: Story, *, population: Population, timeline: Timeline) -> list[int]:
    """Add the household of a story; return its places in the list of people, the one told of first."""
    home = Home(
        number=len(population.people),
        lives_in=story.lives_in,
        since=timeline.start - timedelta(days=800),
        registered_in=story.registered_in,
        supported=story.supported,
    )
    first = _add(population, home, somebody=story, timeline=timeline)
    children = [_add(population, home, somebody=child, timeline=timeline, guardian=first) for child in story.children]
    return [first, *children]


def _add(
    population: Population, home: Home, *, somebody: Story | Child, timeline: Timeline, guardian: int | None = None
) -> int:
    """Add somebody whose birthday lies four to seven months after the first day of the benefit year."""
    year, order = timeline.year.start, len(population.people)
    born_on = date(year.year - somebody.age - 1, year.month, 1) + timedelta(days=125 + 7 * order)
    return population.add(home, name=somebody.name, woman=somebody.woman, born_on=born_on, guardian=guardian)


def _moved_in_mid_term(timeline: Timeline) -> Story:
    moved = timeline.day(ago=2, day=16)
    return Story(
        sign_in="lin",
        name="林小雨",
        woman=True,
        age=9,
        lives_in=MINHANG,
        registered_in="安徽",
        supported=True,
        moves=[Going(to=JINGAN, effective_on=moved, booked_on=moved + timedelta(days=2))],
        treated=[_seen(timeline, ago=4, day=9, fen=1_200), _seen(timeline, ago=1, day=13, fen=900)],
    )


def _moved_back(timeline: Timeline) -> Story:
    there, back = timeline.day(ago=5, day=8), timeline.day(ago=3, day=21)
    return Story(
        sign_in="wang",
        name="王建国",
        woman=False,
        age=61,
        lives_in=PUDONG,
        moves=[
            Going(to=XUHUI, effective_on=there, booked_on=there + timedelta(days=1)),
            Going(to=PUDONG, effective_on=back, booked_on=back + timedelta(days=3)),
        ],
        treated=[
            _seen(timeline, ago=5, day=3, fen=800),
            _seen(timeline, ago=4, day=17, fen=1_500),
            _seen(timeline, ago=2, day=5, fen=1_000),
        ],
    )


def _recorded_late(timeline: Timeline) -> Story:
    return Story(
        sign_in="he",
        name="何芳",
        woman=True,
        age=34,
        lives_in=BAOSHAN,
        registered_in="河南",
        moves=[Going(to=YANGPU, effective_on=timeline.day(ago=4, day=8), booked_on=timeline.day(ago=1, day=20))],
        treated=[
            _seen(timeline, ago=5, day=20, fen=1_000),
            _seen(timeline, ago=4, day=24, fen=1_800),
            _seen(timeline, ago=2, day=11, fen=600, sent_after=32),
        ],
    )


def _left_the_pool(timeline: Timeline) -> Story:
    left = timeline.day(ago=3, day=5)
    return Story(
        sign_in="zhou",
        name="周敏",
        woman=True,
        age=42,
        lives_in=SONGJIANG,
        registered_in="江苏",
        supported=True,
        moves=[Going(to=SUZHOU, effective_on=left, booked_on=left + timedelta(days=6))],
        treated=[_seen(timeline, ago=4, day=12, fen=1_100), _seen(timeline, ago=2, day=19, fen=1_300)],
    )


def _guardian(timeline: Timeline) -> Story:
    return Story(
        sign_in="chen",
        name="陈丽",
        woman=True,
        age=38,
        lives_in=PUTUO,
        registered_in="安徽",
        children=[Child(name="陈一诺", woman=True, age=8), Child(name="陈一鸣", woman=False, age=13)],
        treated=[_seen(timeline, ago=3, day=14, fen=1_000, at=CHANGNING)],
    )


def _used_up(timeline: Timeline) -> Story:
    return Story(
        sign_in="zhao",
        name="赵强",
        woman=False,
        age=55,
        lives_in=CHANGNING,
        treated=[
            _seen(timeline, ago=5, day=6, fen=2_000),
            _seen(timeline, ago=3, day=12, fen=1_800),
            _seen(timeline, ago=1, day=9, fen=1_200),
        ],
    )


def _moves_ahead(timeline: Timeline) -> Story:
    return Story(
        sign_in="sun",
        name="孙浩",
        woman=False,
        age=29,
        lives_in=YANGPU,
        registered_in="其他省份",
        moves=[
            Going(to=PUDONG, effective_on=timeline.today + timedelta(days=12), booked_on=timeline.today),
        ],
        treated=[_seen(timeline, ago=2, day=7, fen=1_500)],
    )


def _annulled(timeline: Timeline) -> Story:
    moved = timeline.day(ago=3, day=10)
    return Story(
        name="吴桂英",
        woman=True,
        age=70,
        lives_in=BAOSHAN,
        moves=[
            Going(
                to=JINGAN,
                effective_on=moved,
                booked_on=moved + timedelta(days=1),
                annulled_on=timeline.day(ago=2, day=9),
            )
        ],
        treated=[_seen(timeline, ago=3, day=18, fen=1_400)],
    )


def _revoked(timeline: Timeline) -> Story:
    return Story(
        name="郑伟",
        woman=False,
        age=47,
        lives_in=MINHANG,
        supported=True,
        revoked_on=timeline.day(ago=2, day=20),
    )


def _seen(timeline: Timeline, *, ago: int, day: int, fen: int, at: str = "", sent_after: int = 0) -> Treated:
    """Return a visit whose claim was sent so many days later."""
    seen = timeline.day(ago=ago, day=day)
    return Treated(day=seen, fen=fen, booked_on=seen + timedelta(days=sent_after), at=at)
