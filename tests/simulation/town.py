"""The city of the simulated year: its districts, people, programmes and providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from django.utils import timezone

from accounts.bulk import insert_many
from accounts.models import Residence, Resident, Role, User
from accounts.services.places import found_authority, found_district
from accounts.stamps import Stamp
from vouchers.models import CostRule, Funding, Programme, Provider, ProviderKind, Sector
from vouchers.services.catalogue import save_programme, save_provider

BEGIN, END = date(2025, 1, 1), date(2026, 1, 1)
#: Seventeen districts of the city's pool, and two beyond it.
POOLS = {**{f"{code}": "310000" for code in range(310101, 310118)}, "320505": "320500", "340104": "340100"}
DISTRICTS = list(POOLS)
#: Annual amounts in fen; the last number says that one in so many people holds a voucher.
PROGRAMMES = (
    ("health", CostRule.BY_USE, Funding.DISTRICT, 5_000, 1),
    ("pension", CostRule.ORIGIN, Funding.DISTRICT, 24_750, 2),
    ("education", CostRule.DAILY, Funding.DISTRICT, 72_000, 3),
    ("schooling", CostRule.MONTHLY, Funding.DISTRICT, 94_000, 3),
    ("allowance", CostRule.DAILY, Funding.POOL, 18_000, 4),
)


@dataclass(frozen=True)
class Town:
    """``residents`` are in the order in which they were made: a resident's place in it is the same on every run."""

    author: User
    approver: User
    residents: Sequence[Resident]
    programmes: Sequence[Programme]
    providers: Sequence[Provider]

    def holding(self, number: int) -> Sequence[Resident]:
        """Return those who hold a voucher of the programme with this number."""
        return self.residents[:: PROGRAMMES[number][-1]]

    def held_by(self, place: int) -> list[Programme]:
        """Return the programmes of which the resident at ``place`` holds a voucher."""
        return [programme for number, programme in enumerate(self.programmes) if place % PROGRAMMES[number][-1] == 0]

    def stamp(self, day: date) -> Stamp:
        return Stamp(by=self.author, booked_on=day, as_of=day)


def build(*, residents: int, chance: Random) -> Town:
    """Found a town of so many residents on an empty database."""
    author, approver = (
        User.objects.create(username=f"year-{part}", role=Role.CITY_ADMINISTRATOR) for part in ("author", "approver")
    )
    stamp = Stamp(by=author, booked_on=BEGIN, as_of=BEGIN)
    for pool in sorted(set(POOLS.values())):
        found_authority(code=pool, name_zh=pool, name_en=pool)
    districts = [found_district(code=code, name_zh=code, name_en=code, pool=pool) for code, pool in POOLS.items()]
    programmes = [
        save_programme(programme=_programme(code, rule, funding, fen), stamp=stamp)
        for code, rule, funding, fen, _ in PROGRAMMES
    ]
    providers = [
        save_provider(
            provider=Provider(
                code=f"p{place.pk}", name_zh="处", name_en="Office", kind=ProviderKind.OFFICE, district=place
            ),
            programmes=programmes,
            stamp=stamp,
        )
        for place in districts
    ]
    return Town(author, approver, _people(residents, chance=chance), programmes, providers)


def _programme(code: str, rule: CostRule, funding: Funding, fen: int) -> Programme:
    return Programme(
        code=code,
        name_zh=code,
        name_en=code,
        sector=Sector.EDUCATION,
        annual_fen=fen,
        valid_from=BEGIN,
        valid_until=END,
        cost_rule=rule,
        funded_by=funding,
    )


def _people(number: int, *, chance: Random) -> list[Resident]:
    """Add people to any of the districts, in two statements: that they were registered is not what is simulated."""
    people = [Resident(number=f"Y{place:06}", name=f"居民{place}") for place in range(number)]
    insert_many(people)
    now, since = timezone.now(), date(2020, 1, 1)
    insert_many(
        [
            Residence(
                resident_id=person.pk,
                district_id=chance.choice(DISTRICTS),
                start=since,
                known_from=since,
                recorded_at=now,
            )
            for person in people
        ]
    )
    return people
