"""Comparing what came out with what a story expects. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict


class Mismatch(TypedDict):
    at: str
    expected: Any
    got: Any


def mismatches(*, expected: Mapping[str, Any], state: Mapping[str, Any]) -> list[Mismatch]:
    """Return each difference. A part that is given is compared whole, except books: only the codes named."""
    return [{"at": at, "expected": wanted, "got": got} for at, wanted, got in _pairs(expected, state) if wanted != got]


def _pairs(expected: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for part, wanted in expected.items():
        if part == "books":
            for code, balance in wanted.items():
                yield f"books/{code}", balance, state["books"].get(code, 0)
        else:
            yield part, wanted or type(state[part])(), state[part]
