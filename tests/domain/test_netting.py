"""What netting saves: the same debts paid gross, pair by pair, and all together."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.netting import Obligation, bilateral, direct_payments, positions, ways_to_pay

CODES = [f"3101{number:02d}" for number in range(8)]
pairs = st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)).filter(lambda pair: pair[0] != pair[1])
obligations = st.dictionaries(pairs, st.integers(1, 10**12)).map(
    lambda owed: [Obligation(debtor, creditor, fen) for (debtor, creditor), fen in owed.items()]
)


@given(obligations)
def test_who_pays_directly_pays_and_receives_the_own_position_and_nothing_else(owed: list[Obligation]) -> None:
    net = positions(owed)

    paid = positions(direct_payments(net))

    assert paid == {code: fen for code, fen in net.items() if fen}


@given(obligations)
def test_without_a_hub_all_is_paid_in_at_most_one_payment_fewer_than_there_are_authorities(
    owed: list[Obligation],
) -> None:
    net = positions(owed)
    involved = [code for code, fen in net.items() if fen]

    payments = direct_payments(net)

    assert len(payments) <= max(0, len(involved) - 1)
    assert sum(payment.fen for payment in payments) == sum(fen for fen in net.values() if fen > 0)
    assert all(payment.fen > 0 for payment in payments)


@given(obligations)
def test_setting_off_pair_by_pair_changes_no_position_and_leaves_one_direction_to_each_pair(
    owed: list[Obligation],
) -> None:
    left = bilateral(owed)

    pairs_left = [frozenset((debtor, creditor)) for debtor, creditor, _fen in left]
    assert len(pairs_left) == len(set(pairs_left))
    assert {code: fen for code, fen in positions(left).items() if fen} == {
        code: fen for code, fen in positions(owed).items() if fen
    }


@given(obligations)
def test_each_way_of_netting_needs_no_more_money_and_no_more_payments_than_the_one_before(
    owed: list[Obligation],
) -> None:
    ways = [owed, bilateral(owed), direct_payments(positions(owed))]

    assert all(sum(o.fen for o in less) <= sum(o.fen for o in more) for more, less in pairwise(ways))
    assert len(ways[1]) <= len(ways[0])


def test_a_round_of_equal_debts_needs_no_payment_at_all() -> None:
    owed = [Obligation("a", "b", 7), Obligation("b", "c", 7), Obligation("c", "a", 7)]

    assert bilateral(owed) == sorted(owed)
    assert direct_payments(positions(owed)) == []


def test_the_largest_pay_the_largest() -> None:
    assert direct_payments({"a": -9, "b": -1, "c": 4, "d": 6}) == [
        Obligation("a", "c", 3),
        Obligation("a", "d", 6),
        Obligation("b", "c", 1),
    ]


def test_what_the_hub_is_owed_itself_takes_no_payment_of_its_own() -> None:
    owed = [Obligation("a", "b", 7), Obligation("b", "hub", 2)]

    assert ways_to_pay(owed, hub="hub") == [
        ("gross", 2, 9),
        ("bilateral", 2, 9),
        ("direct", 2, 7),
        ("hub", 2, 7),
    ]
