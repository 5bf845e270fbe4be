"""From who owes whom to one net position for each authority. Values in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
