"""A scenario file as values: checked whole before anything is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from accounts.models import HUB, SUSPENSE
from config.scenarios import visits
from config.scenarios.arguments import (
    LONGEST_CODE,
    LONGEST_NAME,
    Arguments,
    EventLine,
    Names,
    a_day,
    a_key,
    a_month,
    a_month_to_close,
    a_programme,
    a_provider,
    a_resident,
    a_text,
    a_window,
    an_amount,
    yes_or_no,
)
from config.scenarios.document import Place, unique
from config.scenarios.slices import SLICES
from config.scenarios.visits import DatedTerms
from vouchers.count_days import DEFAULT_DAY
from vouchers.models import CostRule, Funding, Visits


@dataclass(frozen=True, kw_only=True)
class DistrictLine:
    code: str
    name: str
    pool: str


@dataclass(frozen=True, kw_only=True)
class ResidentLine:
    id: str
    lives_in: str
    since: date
    born: date | None


@dataclass(frozen=True, kw_only=True)
class ProviderLine:
    id: str
    district: str
    programmes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProgrammeLine:
    code: str
    valid: tuple[date, date]
    annual_fen: int
    cost_rule: str
    funded_by: str
    count_days: Mapping[str, int]
    at_birth: bool = False
    visits: str
    visit_terms: tuple[DatedTerms, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    title: str
    districts: tuple[DistrictLine, ...]
    residents: tuple[ResidentLine, ...]
    providers: tuple[ProviderLine, ...]
    programmes: tuple[ProgrammeLine, ...]
    events: tuple[EventLine, ...]
    expect: Mapping[str, Any]


PLAIN_VERBS: dict[str, Arguments] = {
    "issue": ({"issue": a_programme, "to": a_resident}, {"fen": an_amount, "valid": a_window}),
    "redeem": (
        {"redeem": a_programme, "by": a_resident, "at": a_provider, "fen": an_amount, "key": a_key},
        {"bill_fen": an_amount, "in_scope_fen": an_amount},
    ),
    "reverse": ({"reverse": a_key}, {}),
    "move": ({"move": a_resident, "to": a_text}, {}),
    "annul_move": ({"annul_move": a_resident, "of": a_day}, {}),
    "revoke": ({"revoke": a_programme, "of": a_resident}, {}),
    "close": ({"close": a_month_to_close}, {}),
    "settle": ({"settle": a_month}, {}),
    "expire": ({"expire": a_day}, {}),
}
VERBS: dict[str, Arguments] = PLAIN_VERBS | {verb: args for one in SLICES for verb, args in one.VERBS.items()}
#: What has to fit together in one event.
CHECKS = {"redeem": visits.check_bill, "file_visit": visits.check_filing}
SECTIONS = ("title", "districts", "residents", "providers", "programmes", "events", "expect")
EXPECTATIONS = (
    "vouchers",
    "books",
    "obligations",
    "positions",
    "refusals",
    *(part for one in SLICES for part in one.PARTS),
)


def read(path: Path) -> Story:
    """Read and check a whole file. Raises Unreadable, which names the line."""
    root = Place.root(path)
    sections = root.fields(required=(), optional=SECTIONS)
    lines = {name: sections[name].items() if name in sections else [] for name in SECTIONS[1:-1]}
    names = Names(
        districts=_declared(lines["districts"], key="code", kind="district"),
        residents=unique([*_named(lines["residents"], key="id"), *_born(lines["events"])], kind="resident"),
        providers=_declared(lines["providers"], key="id", kind="provider"),
        programmes=_declared(lines["programmes"], key="code", kind="programme"),
        disputes=unique(_named(_objections(lines["events"]), key="as"), kind="dispute"),
        authorities={HUB, SUSPENSE, *(code for line in lines["districts"] for code in _authorities(line))},
    )
    return Story(
        title=sections["title"].text() if "title" in sections else path.name,
        districts=tuple(_district(line) for line in lines["districts"]),
        residents=tuple(_resident(line, names) for line in lines["residents"]),
        providers=tuple(_provider(line, names) for line in lines["providers"]),
        programmes=tuple(_programme(line, names) for line in lines["programmes"]),
        events=tuple(_event(line, names) for line in lines["events"]),
        expect=_expect(sections["expect"]) if "expect" in sections else {},
    )


def _declared(lines: list[Place], *, key: str, kind: str) -> Mapping[str, Place]:
    return unique(_named(lines, key=key), kind=kind)


def _named(lines: list[Place], *, key: str) -> list[tuple[str, Place]]:
    named = []
    for line in lines:
        fields = line.mapping()
        if key not in fields:
            raise line.wrong(f"missing key {key}")
        named.append((fields[key].text(most=LONGEST_NAME), line))
    return named


def _born(events: list[Place]) -> list[tuple[str, Place]]:
    """Return the people whom the story's births name."""
    return _named([line for line in events if "birth" in line.mapping()], key="birth")


def _objections(events: list[Place]) -> list[Place]:
    return [line for line in events if "object" in line.mapping()]


def _authorities(line: Place) -> set[str]:
    """Return those with books of their own in a district's line: itself and its pool."""
    district = _district(line)
    return {district.code, district.pool}


def _district(line: Place) -> DistrictLine:
    fields = line.fields(required=("code", "name"), optional=("pool",))
    code = fields["code"].text(most=LONGEST_CODE)
    pool = fields["pool"].text(most=LONGEST_CODE) if "pool" in fields else code
    return DistrictLine(code=code, name=fields["name"].text(most=LONGEST_NAME), pool=pool)


def _resident(line: Place, names: Names) -> ResidentLine:
    fields = line.fields(required=("id", "lives_in", "since"), optional=("born",))
    since, born = fields["since"].day(), fields["born"].day() if "born" in fields else None
    if born is not None and born > since:
        raise fields["since"].wrong("nobody lives anywhere before being born")
    return ResidentLine(
        id=fields["id"].text(),
        lives_in=fields["lives_in"].one_of(names.districts, kind="district"),
        since=since,
        born=born,
    )


def _provider(line: Place, names: Names) -> ProviderLine:
    fields = line.fields(required=("id", "district", "programmes"))
    return ProviderLine(
        id=fields["id"].text(),
        district=fields["district"].one_of(names.districts, kind="district"),
        programmes=tuple(a_programme(place, names) for place in fields["programmes"].items()),
    )


def _programme(line: Place, names: Names) -> ProgrammeLine:
    fields = line.fields(
        required=("code", "valid", "annual_fen", "cost_rule", "funded_by"),
        optional=("count_days", "at_birth", "visits", "visit_terms"),
    )
    cost_rule = fields["cost_rule"].one_of(CostRule.values, kind="cost rule")
    if "count_days" in fields and cost_rule != CostRule.MONTHLY:
        raise fields["count_days"].wrong("count_days goes with cost_rule: monthly")
    rule = fields["visits"].one_of(Visits.values, kind="rule for visits") if "visits" in fields else Visits.OPEN
    if "visit_terms" in fields and rule != Visits.FILED:
        raise fields["visit_terms"].wrong("visit_terms go with visits: filed")
    return ProgrammeLine(
        code=fields["code"].text(),
        valid=fields["valid"].window(),
        annual_fen=fields["annual_fen"].whole(least=1),
        cost_rule=cost_rule,
        funded_by=fields["funded_by"].one_of(Funding.values, kind="funder"),
        count_days=_count_days(fields["count_days"]) if "count_days" in fields else {},
        at_birth="at_birth" in fields and yes_or_no(fields["at_birth"], names),
        visits=rule,
        visit_terms=visits.dated_terms(fields["visit_terms"]) if "visit_terms" in fields else (),
    )


def _count_days(place: Place) -> dict[str, int]:
    months = ("default", *(str(month) for month in range(1, 13)))
    days = place.fields(required=(), optional=months)
    given = {month: day.whole(least=1, most=31) for month, day in days.items()}
    return {"default": DEFAULT_DAY, **given}


def _event(line: Place, names: Names) -> EventLine:
    verbs = [key for key in line.mapping() if key in VERBS]
    if len(verbs) != 1:
        raise line.wrong(f"an event has one of {', '.join(VERBS)}")
    needed, possible = VERBS[verbs[0]]
    fields = line.fields(required=("day", *needed), optional=("posted", *possible))
    day = fields["day"].day()
    posted = fields["posted"].day() if "posted" in fields else day
    if posted < day:
        raise fields["posted"].wrong("nothing is recorded before the day it happened")
    parse = {**needed, **possible}
    values = {key: parse[key](place, names) for key, place in fields.items() if key in parse}
    if verbs[0] in CHECKS:
        CHECKS[verbs[0]](fields)
    return EventLine(day=day, posted=posted, verb=verbs[0], values=values)


def _expect(place: Place) -> Mapping[str, Any]:
    parts = place.fields(required=(), optional=EXPECTATIONS)
    if "books" in parts:
        for balance in parts["books"].mapping().values():
            balance.whole(least=-(10**15))
    return {name: part.plain() for name, part in parts.items()}
