"""A city to measure in: set up by SQL, since only what is measured has to go through the services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache

from django.db import connection
from django.utils import timezone

from accounts import guards
from accounts.models import District, Resident, Role, User
from accounts.services.places import found_authority, found_district
from accounts.stamps import Stamp
from vouchers.models import CostRule, Funding, Programme, Provider, ProviderKind, Sector
from vouchers.services.catalogue import save_provider

START, END = date(2026, 1, 1), date(2027, 1, 1)
DISTRICTS = [f"{code}" for code in range(310101, 310118)]


def stamp(day: date = START, *, by: User | None = None) -> Stamp:
    return Stamp(by=by or author(), booked_on=day, as_of=day)


def author() -> User:
    return _administrator("bench-author")


def approver() -> User:
    return _administrator("bench-approver")


@cache
def _administrator(name: str) -> User:
    return User.objects.get_or_create(username=name, defaults={"role": Role.CITY_ADMINISTRATOR})[0]


def districts() -> list[District]:
    """Return 17 districts of one pool."""
    found_authority(code="310000", name_zh="市", name_en="City")
    return [found_district(code=code, name_zh=code, name_en=code, pool="310000") for code in DISTRICTS]


def programme(code: str, *, cost_rule: CostRule = CostRule.DAILY, annual_fen: int = 72_000) -> Programme:
    return Programme.objects.create(
        code=code,
        name_zh=code,
        name_en=code,
        sector=Sector.EDUCATION,
        annual_fen=annual_fen,
        valid_from=START,
        valid_until=END,
        cost_rule=cost_rule,
        funded_by=Funding.DISTRICT,
    )


def providers(programmes: list[Programme], districts: list[District]) -> list[Provider]:
    """Return one provider in each district, accredited for all programmes."""
    return [
        save_provider(
            provider=Provider(
                code=f"p-{programmes[0].code}-{district.code}",
                name_zh="校",
                name_en="School",
                kind=ProviderKind.SCHOOL,
                district=district,
            ),
            programmes=programmes,
            stamp=stamp(),
        )
        for district in districts
    ]


def people(number: int) -> list[int]:
    """Add people, spread over the districts by turns, and return their row ids."""
    last = Resident.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    values: dict[str, int | datetime] = {"number": number, "last": last, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO accounts_resident (number, name, born_on, id_number_masked, registered_in, recorded_at)
            SELECT 'B' || %(last)s || '-' || n, '甲', '2015-01-01', '', '', %(now)s FROM {numbers()}
            """,
            values,
        )
        cursor.execute(
            """
            INSERT INTO accounts_residence (resident_id, district_id, start, confirmed, known_from, recorded_at)
            SELECT id, CAST(310101 + id %% 17 AS text), '2020-01-01', true, '2020-01-01', %(now)s
              FROM accounts_resident WHERE id > %(last)s
            """,
            values,
        )
    return list(Resident.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True))


def numbers() -> str:
    """Return the table of ``n`` from 1 to ``%(number)s``, as the engine writes it."""
    if connection.vendor == "postgresql":
        return "generate_series(1, %(number)s) AS numbers (n)"
    return "(WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < %(number)s) SELECT n FROM r)"


@contextmanager
def unguarded() -> Iterator[None]:
    """Take the guards and references away while a database that will be thrown away is filled."""
    guards.remove()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        yield
        if connection.vendor == "postgresql":
            cursor.execute("RESET session_replication_role")
    guards.install()


def analyze() -> None:
    """Let the planner know what a running database would know."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def bare_copy_of(table: str) -> str:
    """Make an empty table of the same columns, checks and indexes, without triggers and checked references."""
    name = f"bare_{table}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY)")
            return name
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('table', 'index') AND sql <> '' "
            "ORDER BY type DESC",
            [table],
        )
        for part, definition in cursor.fetchall():
            cursor.execute(definition.replace(f'"{part}"', f'"bare_{part}"').replace(f'"{table}"', f'"{name}"'))
    return name
