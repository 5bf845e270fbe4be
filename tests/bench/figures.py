"""How a measurement is made and written down."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``ratio`` of our rate to the limit's: more is better; ``wanted`` is what the project asks, if it does."""

    name: str
    ours: str
    limit: str
    ratio: float
    wanted: float | None = None

    @property
    def reached(self) -> bool:
        return self.wanted is None or self.ratio >= self.wanted


TITLES = ("what", "ours", "beside", "asked", "reached", "")
WIDTHS = (44, 14, 34, 7, 8, 3)


def table_row(cells: Sequence[str]) -> str:
    """Return one line of the plain table of figures."""
    first, *others = zip(cells, WIDTHS, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def in_words(figure: Figure) -> str:
    """Return the figure's line of the table."""
    asked = "" if figure.wanted is None else f"{figure.wanted:.2f}"
    verdict = "" if figure.wanted is None else "ok" if figure.reached else "NO"
    return table_row((figure.name, figure.ours, figure.limit, asked, f"{figure.ratio:.2f}", verdict))


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def calls_within(seconds: float, once: Callable[[int], None]) -> int:
    """Warm up, then count calls until the time is over."""
    for turn in range(20):
        once(turn)
    end, turn = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        once(turn)
        turn += 1
    return turn


class Rounds(NamedTuple):
    """What several works measured in turn, so that a slow moment of the machine meets them all; a row is a round."""

    rows: list[tuple[float, ...]]

    def median(self, work: int) -> float:
        return median(row[work] for row in self.rows)

    def ratio(self, ours: int, limit: int) -> float:
        """Return the median of the ratios within a round."""
        return median(row[ours] / row[limit] for row in self.rows)


def in_turn(*works: Callable[[], float], rounds: int) -> Rounds:
    """Measure each work once a round."""
    return Rounds([tuple(work() for work in works) for _ in range(rounds)])


class Medians(NamedTuple):
    """Of several rounds; ``ratio`` is that of ours to the limit within a round."""

    ours: float
    limit: float
    ratio: float


def interleaved(ours: Callable[[], float], limit: Callable[[], float], *, rounds: int) -> Medians:
    """Measure two works in turn."""
    measured = in_turn(ours, limit, rounds=rounds)
    return Medians(measured.median(0), measured.median(1), measured.ratio(0, 1))


def peak_megabytes() -> int:
    """Return the largest memory this process has had."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size // (1024 if sys.platform != "darwin" else 1024**2)
