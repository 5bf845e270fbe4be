"""How a measurement is made and written down."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``ratio`` of our rate to the limit's: more is better, ``wanted`` is what the project asks of itself."""

    name: str
    ours: str
    limit: str
    ratio: float
    wanted: float

    @property
    def reached(self) -> bool:
        return self.ratio >= self.wanted


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Medians(NamedTuple):
    """Of several rounds; ``ratio`` is that of ours to the limit within a round."""

    ours: float
    limit: float
    ratio: float


def interleaved(ours: Callable[[], float], limit: Callable[[], float], *, rounds: int) -> Medians:
    """Measure both in turn, so that a slow moment of the machine meets both."""
    pairs = [(ours(), limit()) for _ in range(rounds)]
    return Medians(
        median(pair[0] for pair in pairs),
        median(pair[1] for pair in pairs),
        median(pair[0] / pair[1] for pair in pairs),
    )


def peak_megabytes() -> int:
    """Return the largest memory this process has had."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size // (1024 if sys.platform != "darwin" else 1024**2)
