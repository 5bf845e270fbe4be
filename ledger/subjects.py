"""What the subjects of transfers are called. The ledger has never heard of them: a room above tells it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Naming = Callable[[Collection[int]], Mapping[int, str]]

_namings: list[Naming] = []


def register(naming: Naming) -> None:
    """Let a room above say what the numbers it writes as subjects stand for."""
    _namings.append(naming)


def names_of(subjects: Collection[int]) -> dict[int, str]:
    """Return the names of those subjects that have one."""
    return {subject: name for naming in _namings for subject, name in naming(subjects).items()}
