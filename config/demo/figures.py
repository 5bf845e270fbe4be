"""The figures of the demonstration, read from ``city.yaml``, where each stands beside its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import yaml

from vouchers.eligibility import age_on, is_of_age

FILE = Path(__file__).with_name("city.yaml")

#: The kinds of provider, with the one programme each is accredited for and its names in Chinese and English.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "school": ("education", "演示学校", "Demonstration School"),
    "clinic": ("health", "演示社区卫生服务中心", "Demonstration Health Centre"),
    "office": ("social_security", "演示社会救助所", "Demonstration Assistance Office"),
}


@dataclass(frozen=True, kw_only=True)
class Area:
    """A district; ``weight`` says how many people live there in comparison, ``residents`` what the census counted."""

    code: str
    zh: str
    en: str
    pool: Mapping[str, str]
    weight: int
    residents: int = 0
    register: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A provider to be."""

    code: str
    kind: str
    district: str
    zh: str
    en: str

    @property
    def programme(self) -> str:
        return KINDS[self.kind][0]


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """A programme to be; ``upper`` gives those of an age and older another amount. Amounts in fen for a whole year."""

    code: str
    zh: str
    en: str
    buys_zh: str
    buys_en: str
    source: str
    annual_fen: int
    cost_rule: str
    funded_by: str
    min_age: int | None = None
    max_age: int | None = None
    upper: Mapping[str, int] | None = None
    means_tested: bool = False

    def annual_fen_for(self, *, born_on: date, supported: bool, day: date) -> int:
        """Return what somebody gets when vouchers are issued from ``day`` on; 0 if the programme is for others."""
        if not is_of_age(born_on=born_on, day=day, min_age=self.min_age, max_age=self.max_age):
            return 0
        if self.means_tested and not supported:
            return 0
        if self.upper and age_on(day, born_on=born_on) >= self.upper["age"]:
            return self.upper["annual_fen"]
        return self.annual_fen


@dataclass(frozen=True, kw_only=True)
class Figures:
    areas: Sequence[Area]
    registers: Mapping[str, int]
    benefits: Sequence[Benefit]
    places: Sequence[Place]
    habits: Mapping[str, int]

    def happens(self, habit: str, rng: Random) -> bool:
        """Draw whether something that happens so many times in a thousand happens now."""
        return rng.randrange(1000) < self.habits[habit]

    def benefit(self, code: str) -> Benefit:
        return next(benefit for benefit in self.benefits if benefit.code == code)

    def somewhere(self, rng: Random, *, but: str = "") -> Area:
        """Draw a district by its weight, another one than ``but``."""
        areas = [area for area in self.areas if area.code != but]
        return rng.choices(areas, weights=[area.weight for area in areas])[0]

    def place(self, *, district: str, programme: str, number: int) -> Place:
        """Return the provider that somebody with this number goes to in a district."""
        places = [place for place in self.places if (place.district, place.programme) == (district, programme)]
        return places[number % len(places)]


def read_figures() -> Figures:
    """Read the city."""
    text = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    areas = [Area(**line, pool=text["city"], weight=line["residents"]) for line in text["districts"]]
    areas += [Area(**line) for line in text["outside"]]
    return Figures(
        areas=areas,
        registers=text["registers"],
        benefits=[Benefit(**line) for line in text["programmes"]],
        places=_places(areas, number=text["providers"]),
        habits=text["habits"],
    )


def _places(areas: Sequence[Area], *, number: int) -> list[Place]:
    """One of each kind everywhere; each further one where most residents share a provider."""
    count = {(area.code, kind): 1 for area in areas for kind in KINDS}
    weights = {area.code: area.weight for area in areas}
    while sum(count.values()) < number:
        most = max(count, key=lambda key: weights[key[0]] / count[key])
        count[most] += 1
    names = {area.code: area for area in areas}
    return [
        _place(names[code], kind=kind, number=position)
        for (code, kind), total in count.items()
        for position in range(1, total + 1)
    ]


def _place(area: Area, *, kind: str, number: int) -> Place:
    _programme, zh, en = KINDS[kind]
    return Place(
        code=f"{kind}-{area.code}-{number}",
        kind=kind,
        district=area.code,
        zh=f"{area.zh}{'第' + '一二三四五六'[number - 1] if number > 1 else ''}{zh}",
        en=f"{area.en} {f'No. {number} ' if number > 1 else ''}{en}",
    )
