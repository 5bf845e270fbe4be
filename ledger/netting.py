"""From who owes whom to one net position for each authority. Values in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class Obligation(NamedTuple):
    """What ``debtor`` owes ``creditor`` from one month's transfers, in fen, gross."""

    debtor: str
    creditor: str
    fen: int


def positions(obligations: Iterable[Obligation]) -> dict[str, int]:
    """Return each authority's net, in fen: positive is to receive, negative to pay. They sum to zero."""
    net: dict[str, int] = defaultdict(int)
    for obligation in obligations:
        net[obligation.debtor] -= obligation.fen
        net[obligation.creditor] += obligation.fen
    assert sum(net.values()) == 0
    return dict(sorted(net.items()))


def bilateral(obligations: Iterable[Obligation]) -> list[Obligation]:
    """Return what is left once each pair has set off what it owes in both directions; sorted, nothing where all is."""
    net: dict[tuple[str, str], int] = defaultdict(int)
    for debtor, creditor, fen in obligations:
        net[debtor, creditor] += fen
        net[creditor, debtor] -= fen
    return [Obligation(debtor, creditor, fen) for (debtor, creditor), fen in sorted(net.items()) if fen > 0]


def direct_payments(net: Mapping[str, int]) -> list[Obligation]:
    """Return payments without a hub that settle positions: at most one fewer than there are authorities with one.

    The largest debtor pays the largest creditor as much as both allow, so each payment is somebody's last.
    """
    payers, receivers = _largest_first(net, sign=-1), _largest_first(net, sign=1)
    payments = []
    while payers and receivers:
        (owed, debtor), (due, creditor) = heappop(payers), heappop(receivers)
        fen = min(-owed, -due)
        payments.append(Obligation(debtor, creditor, fen))
        if owed + fen:
            heappush(payers, (owed + fen, debtor))
        if due + fen:
            heappush(receivers, (due + fen, creditor))
    assert not payers and not receivers, net
    return sorted(payments)


def _largest_first(net: Mapping[str, int], *, sign: int) -> list[tuple[int, str]]:
    """Return a heap of the authorities whose position has this sign, the largest amount on top, negated."""
    heap = [(-abs(fen), code) for code, fen in net.items() if fen * sign > 0]
    heapify(heap)
    return heap


class Way(NamedTuple):
    """One way to pay what is owed: in how many payments, and what those in debt pay in all, in fen."""

    code: str
    payments: int
    fen: int


def ways_to_pay(obligations: Sequence[Obligation], *, hub: str) -> list[Way]:
    """Return what paying takes gross, pair by pair, all together without a hub, and all together through it.

    Through the hub there is one payment for each position that is not zero, either to the hub or from it; what the hub
    itself is owed simply stays there.
    """
    pairs, net = bilateral(obligations), positions(obligations)
    to_pay = sum(fen for fen in net.values() if fen > 0)
    return [
        Way("gross", len(obligations), sum(o.fen for o in obligations)),
        Way("bilateral", len(pairs), sum(o.fen for o in pairs)),
        Way("direct", len(direct_payments(net)), to_pay),
        Way("hub", sum(fen != 0 for code, fen in net.items() if code != hub), to_pay),
    ]
