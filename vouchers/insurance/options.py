"""The four rules side by side: what goes along out of a pool, who keeps what, and who bears the pension.

Whoever takes the relationship over pays for all its contribution years. What was pooled for these years and does not
come along is what that place lacks. Under POOL nobody lacks anything: each pool keeps its money and pays its part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vouchers.insurance.parameters import Share
from vouchers.insurance.reckoning import Holding, share_of


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one rule does to one person who leaves a pool, in fen."""

    share: Share
    individual_fen: int
    moves_fen: int
    stays_fen: int
    #: What the new place has to pay for and did not get.
    lacks_fen: int


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """What one rule does to one pool over many moves, in fen; ``gains_fen`` is negative for who bears."""

    kept_fen: int
    lacked_fen: int

    @property
    def gains_fen(self) -> int:
        """What it keeps for people who left, less what it lacks for people who came."""
        return self.kept_fen - self.lacked_fen


def outcomes(holding: Holding) -> list[Outcome]:
    """Return what each rule would do to somebody who leaves with what this account holds."""
    pooled = holding.pooled_here_fen + holding.inherited_fen
    individual = holding.contributed_fen + holding.interest_fen + holding.received_fen
    found = []
    for share in Share:
        moves = share_of(
            share,
            wages_by_year=holding.wages_by_year,
            pooled_here_fen=holding.pooled_here_fen,
            inherited_fen=holding.inherited_fen,
        )
        found.append(
            Outcome(
                share=share,
                individual_fen=0 if share is Share.POOL else individual,
                moves_fen=moves,
                stays_fen=pooled - moves,
                lacks_fen=0 if share is Share.POOL else pooled - moves,
            )
        )
    return found


def bearings(moves: Iterable[tuple[str, str, Outcome]]) -> dict[str, Bearing]:
    """Return what one rule does to each pool, from moves as (origin, destination, outcome), by code.

    What stays under POOL is not gained: its pool still pays for it. The gains of all pools sum to zero.
    """
    kept: dict[str, int] = {}
    lacked: dict[str, int] = {}
    for origin, destination, outcome in moves:
        for totals in (kept, lacked):
            totals.setdefault(origin, 0)
            totals.setdefault(destination, 0)
        kept[origin] += outcome.lacks_fen
        lacked[destination] += outcome.lacks_fen
    return {code: Bearing(kept_fen=kept[code], lacked_fen=lacked[code]) for code in sorted(kept)}
