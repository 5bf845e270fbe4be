"""Each claim and each redemption ends in exactly one class, and the differences tie."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers import claim_matching as matching
from vouchers.claim_matching import CLASSES, Circumstances, Named, Pair, Side, class_of, repeated, totals_of

DAY = date(2026, 5, 4)
HERE = Side("education", DAY, 12_000)
DIED, EARLIER = date(2026, 5, 4), date(2026, 5, 3)

days = st.integers(1, 4).map(lambda day: date(2026, 5, day))
sides = st.builds(Side, st.sampled_from(["education", "health"]), days, st.integers(1, 3))
circumstances = st.builds(
    Circumstances,
    repeats=st.booleans(),
    died_on=st.none() | days,
    suspended_from=st.none() | days,
    is_accredited=st.booleans(),
    deadline=st.none() | days,
    sent_on=st.none() | days,
)
pairs = st.one_of(
    st.builds(Pair, sides, st.none() | sides, circumstances),
    st.builds(Pair, st.none(), sides, circumstances.map(lambda more: more._replace(repeats=False))),
)
claims = st.lists(
    st.builds(
        Named,
        row=st.just(0),
        programme=st.sampled_from(["education", "health"]),
        day=days,
        key=st.sampled_from("abcd"),
        fen=st.integers(1, 500),
    ),
    max_size=8,
).map(lambda lines: [line._replace(row=row) for row, line in enumerate(lines)])


@pytest.mark.parametrize(
    ("theirs", "ours", "more", "expected"),
    [
        (HERE, HERE, {}, matching.MATCHED),
        (HERE, None, {}, matching.MISSING_HERE),
        (None, HERE, {}, matching.MISSING_THERE),
        (HERE, HERE._replace(fen=1), {}, matching.AMOUNT_DIFFERS),
        (HERE, HERE._replace(day=EARLIER), {}, matching.DAY_DIFFERS),
        (HERE, HERE._replace(programme="health"), {}, matching.WRONG_PROGRAMME),
        (HERE, None, {"is_accredited": False}, matching.WRONG_PROGRAMME),
        (HERE, None, {"repeats": True}, matching.DUPLICATE),
        (HERE, None, {"deadline": DAY, "sent_on": date(2026, 5, 5)}, matching.LATE),
        (HERE, None, {"deadline": DAY, "sent_on": DAY}, matching.MISSING_HERE),
        (HERE, HERE, {"suspended_from": EARLIER}, matching.PROVIDER_SUSPENDED),
        (HERE, HERE, {"died_on": DIED}, matching.AFTER_DEATH),
        (HERE, HERE, {"died_on": date(2026, 5, 5)}, matching.MATCHED),
        (HERE, None, {"died_on": DIED}, matching.AFTER_DEATH),
    ],
)
def test_every_class_has_its_case(
    theirs: Side | None, ours: Side | None, more: dict[str, object], expected: str
) -> None:
    assert class_of(Pair(theirs, ours, Circumstances(**more))) == expected  # type: ignore[arg-type]


@given(pairs)
def test_each_pair_ends_in_one_class_and_only_equals_match(pair: Pair) -> None:
    found = class_of(pair)

    assert found in CLASSES
    assert (found == matching.MATCHED) <= (pair.theirs == pair.ours)
    assert (found == matching.MISSING_THERE) <= (pair.theirs is None)
    assert (found in (matching.MISSING_HERE, matching.LATE)) <= (pair.ours is None)


@given(st.lists(pairs, max_size=20))
def test_the_differences_are_what_is_claimed_less_what_the_books_hold(found: list[Pair]) -> None:
    theirs = sum(pair.theirs.fen for pair in found if pair.theirs)
    ours = sum(pair.ours.fen for pair in found if pair.ours)

    assert sum(pair.fen for pair in found) == theirs - ours


@given(claims)
def test_totals_count_every_claim_once(lines: list[Named]) -> None:
    totals = totals_of(lines)

    assert sum(total.number for total in totals) == len(lines)
    assert sum(total.fen for total in totals) == sum(line.fen for line in lines)
    assert len({(total.programme, total.day) for total in totals}) == len(totals)


@given(claims)
def test_all_but_the_first_of_a_number_repeat_it(lines: list[Named]) -> None:
    kept = [line.key for line in lines if line.row not in repeated(lines)]

    assert sorted(kept) == sorted({line.key for line in lines})
