"""Synthetic people in households. Pure: a source of chance in, people out.

No id number can be anybody's. Each is well-formed, check digit and all, but begins with 310000, the code of the whole
city, while a real one begins with the code of a county or an urban district (GB 11643-1999).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from faker import Faker
from stdnum.cn import ric

from config.demo.figures import Figures

AREA_NOBODY_WAS_BORN_IN = "310000"
#: Adults and children of a household, and how many in a hundred are such.
HOUSEHOLDS = {(1, 0): 22, (2, 0): 30, (2, 1): 32, (2, 2): 9, (1, 1): 7}
OLDEST_ADULT, OLDEST_PARENT, YOUNGEST_ADULT, YOUNGEST_PARENT = 88, 48, 20, 26
MOST_YEARS_HERE = 20


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody to be registered; ``guardian`` is a place in the list of people."""

    household: int
    name: str
    woman: bool
    born_on: date
    id_number: str
    lives_in: str
    since: date
    registered_in: str
    guardian: int | None = None
    supported: bool = False


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where and how a household lives."""

    number: int
    lives_in: str
    since: date
    registered_in: str
    supported: bool = False


class Population:
    """The people so far. Adding somebody gives the next free id number of the day of birth."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self._taken: Counter[tuple[date, bool]] = Counter()

    def add(self, home: Home, *, name: str, woman: bool, born_on: date, guardian: int | None = None) -> int:
        """Add a member of a household and return the place in the list."""
        order = 2 * self._taken[born_on, woman] + (not woman)
        self._taken[born_on, woman] += 1
        person = Person(
            household=home.number,
            name=name,
            woman=woman,
            born_on=born_on,
            id_number=synthetic_id_number(born_on=born_on, order=order),
            lives_in=home.lives_in,
            since=max(home.since, born_on),
            registered_in=home.registered_in,
            guardian=guardian,
            supported=home.supported,
        )
        self.people.append(person)
        return len(self.people) - 1


def synthetic_id_number(*, born_on: date, order: int) -> str:
    """Return a well-formed number that nobody can have; ``order`` is even for women, below 1000."""
    body = f"{AREA_NOBODY_WAS_BORN_IN}{born_on:%Y%m%d}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


def fill(population: Population, *, number: int, figures: Figures, before: date, rng: Random) -> None:
    """Add households until there are ``number`` people, all born and living there before a day."""
    names = Faker("zh_CN")
    names.seed_instance(rng.getrandbits(64))
    while len(population.people) < number:
        home = _home(population, figures=figures, before=before, rng=rng)
        _add_household(population, home, names=names, before=before, rng=rng)
        del population.people[number:]


def _home(population: Population, *, figures: Figures, before: date, rng: Random) -> Home:
    area = figures.somewhere(rng)
    registers = [area.register] if area.register else list(figures.registers)
    weights = [1] if area.register else list(figures.registers.values())
    return Home(
        number=len(population.people),
        lives_in=area.code,
        since=before - timedelta(days=rng.randint(1, 365 * MOST_YEARS_HERE)),
        registered_in=rng.choices(registers, weights=weights)[0],
        supported=figures.happens("supported_households", rng),
    )


def _add_household(population: Population, home: Home, *, names: Faker, before: date, rng: Random) -> None:
    adults, children = rng.choices(list(HOUSEHOLDS), weights=list(HOUSEHOLDS.values()))[0]
    youngest, oldest = (YOUNGEST_PARENT, OLDEST_PARENT) if children else (YOUNGEST_ADULT, OLDEST_ADULT)
    age = rng.randint(youngest, oldest)
    woman, surname = rng.random() < 0.5, names.last_name()

    def add(*, surname: str, woman: bool, age: int, guardian: int | None = None) -> int:
        given = names.first_name_female() if woman else names.first_name_male()
        born_on = before - timedelta(days=int(age * 365.25) + rng.randint(1, 365))
        return population.add(home, name=surname + given, woman=woman, born_on=born_on, guardian=guardian)

    guardian = add(surname=surname, woman=woman, age=age)
    if adults > 1:
        add(surname=names.last_name(), woman=not woman, age=age + rng.randint(0, 4))
    for _ in range(children):
        child = rng.randint(0, min(17, age - 22))
        add(surname=surname, woman=rng.random() < 0.48, age=child, guardian=guardian)
