"""What the subjects and programmes of transfers are called. A room above tells it: the ledger knows neither."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Naming = Callable[[Collection[int]], Mapping[int, str]]

_namings: list[Naming] = []
_programme_namings: list[Callable[[], Mapping[str, object]]] = []


def register(naming: Naming) -> None:
    """Let a room above say what the numbers it writes as subjects stand for."""
    _namings.append(naming)


def names_of(subjects: Collection[int]) -> dict[int, str]:
    """Return the names of those subjects that have one."""
    return {subject: name for naming in _namings for subject, name in naming(subjects).items()}


def register_programmes(naming: Callable[[], Mapping[str, object]]) -> None:
    """Let a room above say which programme a code stands for: something with a name in both languages."""
    _programme_namings.append(naming)


def programmes() -> dict[str, object]:
    """Return what has a name, by the code of a programme."""
    return {code: thing for naming in _programme_namings for code, thing in naming().items()}
