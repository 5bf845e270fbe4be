"""How large a prefund is to be, and when its use is alarming. Values in, values out, in fen.

Six months of last year's cross-district spend; 70 % used is yellow, 90 % red (rule of the national settlement of
medical bills elsewhere, as its weak mirrors give it).
"""

from __future__ import annotations

from enum import StrEnum

from ledger.money import half_up


class Level(StrEnum):
    CALM = "calm"
    YELLOW = "yellow"
    RED = "red"


#: From this share of the prefund on, in percent.
ALARMS = ((90, Level.RED), (70, Level.YELLOW))


def target_fen(*, last_year_fen: int) -> int:
    """Return six months of what was spent in a year, in fen."""
    return half_up(numerator=last_year_fen, denominator=2)


def level(*, used_fen: int, prefund_fen: int) -> Level:
    """Return how alarming it is that ``used_fen`` of ``prefund_fen`` stand open; without a prefund, any use is red."""
    if used_fen <= 0:
        return Level.CALM
    return next((found for percent, found in ALARMS if used_fen * 100 >= prefund_fen * percent), Level.CALM)
