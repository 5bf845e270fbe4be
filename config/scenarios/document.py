"""YAML with line numbers: a thin shell over nodes that says where in the file something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ledger.months import month_of, parse_month

T = TypeVar("T")

#: More than any story needs: what holds itself by an alias, or doubles with each line, ends here.
DEEPEST, MOST_NODES = 20, 1_000_000
#: What YAML itself turns into numbers, truth values and nothing; everything else stays a text.
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "bool", "null")}


class Unreadable(Exception):
    """The file cannot be played. ``str()`` is ``file:line: what``."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}")


@dataclass(frozen=True)
class Place:
    """A node of one file, with what can be asked of it. Every question may raise Unreadable."""

    path: Path
    node: yaml.Node

    @classmethod
    def root(cls, path: Path) -> Place:
        """Read a file. Raises Unreadable when it is missing, not UTF-8, not YAML or empty."""
        try:
            node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(path, 1, getattr(error, "strerror", None) or "not UTF-8 text") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise Unreadable(path, line, f"not YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise Unreadable(path, 1, f"not YAML: {error}") from error
        except RecursionError:
            raise Unreadable(path, 1, "not YAML: it is nested too deeply") from None
        if node is None:
            raise Unreadable(path, 1, "the file is empty")
        place = cls(path, node)
        place._measure(depth=0, budget=MOST_NODES)
        return place

    def wrong(self, what: str) -> Unreadable:
        return Unreadable(self.path, self.node.start_mark.line + 1, what)

    def mapping(self) -> dict[str, Place]:
        """Return the values by key; a key that comes twice is refused."""
        found: dict[str, Place] = {}
        for key, value in self._pairs():
            if key.text() in found:
                raise key.wrong(f"{key.text()} is given twice")
            found[key.text()] = value
        return found

    def fields(self, *, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Place]:
        """Return a mapping that has every required key and none but these."""
        found, needed = self.mapping(), tuple(required)
        known = {*needed, *optional}
        for key, _ in self._pairs():
            if key.text() not in known:
                raise key.wrong(f"unknown key {key.text()}")
        for name in needed:
            if name not in found:
                raise self.wrong(f"missing key {name}")
        return found

    def items(self) -> list[Place]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("expected a list")
        return [Place(self.path, node) for node in self.node.value]

    def text(self, *, most: int | None = None) -> str:
        """Return a text of ``most`` characters at most."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.wrong("expected a text")
        text = str(self.node.value)
        if most is not None and len(text) > most:
            raise self.wrong(f"{text} has more than {most} characters")
        return text

    def day(self) -> date:
        return self._parsed(date.fromisoformat, "a day such as 2024-03-16")

    def month(self) -> date:
        return self._parsed(parse_month, "a month such as 2024-03")

    def month_with_a_next(self) -> date:
        """Return a month that may be closed: what comes later needs another one to fall in."""
        month = self.month()
        if month == month_of(date.max):
            raise self.wrong(f"{self.text()} has no month after it")
        return month

    def window(self) -> tuple[date, date]:
        """Return the two days of ``2024-01-01/2025-01-01``; the second is later."""
        start, end = self._parsed(_two_days, "two days such as 2024-01-01/2025-01-01")
        if end <= start:
            raise self.wrong("the window must last a day at least")
        return start, end

    def whole(self, *, least: int, most: int = 10**15) -> int:
        value = self.plain()
        if type(value) is not int:
            raise self.wrong("expected a whole number")
        if not least <= value <= most:
            raise self.wrong(f"{value} is not between {least} and {most}")
        return value

    def one_of(self, names: Iterable[str], *, kind: str) -> str:
        """Return a text that is one of ``names``, each a ``kind``."""
        name = self.text()
        if name not in names:
            raise self.wrong(f"{name} is no {kind} of this file")
        return name

    def plain(self) -> Any:
        """Return ordinary values, with every key a text."""
        if isinstance(self.node, yaml.MappingNode):
            return {name: place.plain() for name, place in self.mapping().items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [place.plain() for place in self.items()]
        return self._plain_scalar()

    def _plain_scalar(self) -> Any:
        if self.node.tag not in PLAIN_TAGS:
            return self.node.value
        try:
            return yaml.SafeLoader("").construct_object(self.node)
        except (KeyError, ValueError):
            raise self.wrong(f"{self.node.value} is not what its tag says") from None

    def _measure(self, *, depth: int, budget: int) -> int:
        """Refuse what no end could be found of; return how many more nodes there may be."""
        if depth > DEEPEST:
            raise self.wrong("it is nested too deeply, or holds itself")
        if budget < 0:
            raise self.wrong("the file is too large once its aliases are written out")
        nested = self.node.value if isinstance(self.node, yaml.CollectionNode) else ()
        for one in nested:
            for node in one if isinstance(one, tuple) else (one,):
                budget = Place(self.path, node)._measure(depth=depth + 1, budget=budget - 1)
        return budget

    def _pairs(self) -> list[tuple[Place, Place]]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("expected keys and values")
        return [(Place(self.path, key), Place(self.path, value)) for key, value in self.node.value]

    def _parsed(self, parse: Callable[[str], T], expected: str) -> T:
        text = self.text()
        try:
            return parse(text)
        except ValueError:
            raise self.wrong(f"{text} is not {expected}") from None


def _two_days(text: str) -> tuple[date, date]:
    start, end = text.split("/")
    return date.fromisoformat(start), date.fromisoformat(end)


def unique(places: Iterable[tuple[str, Place]], *, kind: str) -> Mapping[str, Place]:
    """Return places by name; a name that comes twice is refused."""
    found: dict[str, Place] = {}
    for name, place in places:
        if name in found:
            raise place.wrong(f"{kind} {name} is declared twice")
        found[name] = place
    return found
