"""What the arguments of an event may be. Each function reads one place of the file or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from config.scenarios.document import Place

#: Characters. A ledger key is 120 at most, and other words stand in front of a redemption's key.
LONGEST_KEY, LONGEST_CODE, LONGEST_NAME = 64, 6, 40


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """``verb`` names the event; ``values`` are its arguments as the file calls them, the verb's own included."""

    day: date
    posted: date
    verb: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """What the file declares, by kind."""

    districts: Mapping[str, Place]
    residents: Mapping[str, Place]
    providers: Mapping[str, Place]
    programmes: Mapping[str, Place]
    disputes: Mapping[str, Place]
    authorities: Collection[str]


Parse = Callable[[Place, Names], Any]
#: A verb's arguments: those it needs, the verb's own first, and those it may have.
Arguments = tuple[dict[str, Parse], dict[str, Parse]]


def a_resident(place: Place, names: Names) -> str:
    return place.one_of(names.residents, kind="resident")


def a_provider(place: Place, names: Names) -> str:
    return place.one_of(names.providers, kind="provider")


def a_programme(place: Place, names: Names) -> str:
    return place.one_of(names.programmes, kind="programme")


def a_key(place: Place, names: Names) -> str:
    return place.text(most=LONGEST_KEY)


def a_text(place: Place, names: Names) -> str:
    return place.text()


def a_day(place: Place, names: Names) -> date:
    return place.day()


def a_month(place: Place, names: Names) -> date:
    return place.month()


def a_month_to_close(place: Place, names: Names) -> date:
    return place.month_with_a_next()


def a_window(place: Place, names: Names) -> tuple[date, date]:
    return place.window()


def an_amount(place: Place, names: Names) -> int:
    return place.whole(least=1)


def a_district(place: Place, names: Names) -> str:
    return place.one_of(names.districts, kind="district")


def an_authority(place: Place, names: Names) -> str:
    return place.one_of(names.authorities, kind="authority")


def a_dispute(place: Place, names: Names) -> str:
    return place.one_of(names.disputes, kind="dispute")


def residents(place: Place, names: Names) -> tuple[str, ...]:
    return tuple(a_resident(one, names) for one in place.items())


def yes_or_no(place: Place, names: Names) -> bool:
    value = place.plain()
    if not isinstance(value, bool):
        raise place.wrong("expected true or false")
    return value
