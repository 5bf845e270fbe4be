"""What is there before anything happens: places, programmes, providers, people and those who work with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from accounts.models import District, Resident, Role, User
from accounts.personas import USERNAME_PREFIX
from accounts.services.places import found_authority, found_district
from accounts.services.residents import register
from accounts.stamps import Stamp
from config.demo.figures import Benefit, Figures
from config.demo.happenings import Year
from config.demo.progress import Progress
from config.demo.stories import JINGAN, MINHANG
from config.demo.timeline import Timeline, Window
from vouchers.models import Programme, Provider, ProviderClerk
from vouchers.services.catalogue import save_programme, save_provider

#: Those who work with the service: sign-in, name, role.
STAFF = (
    ("city-1", "李明华", Role.CITY_ADMINISTRATOR),
    ("city-2", "高雪梅", Role.CITY_ADMINISTRATOR),
    ("district", "张玉兰", Role.DISTRICT_ADMINISTRATOR),
    ("finance", "许文静", Role.FINANCE_OFFICER),
    ("auditor", "沈国强", Role.AUDITOR),
)
DISTRICTS_OF_THE_ADMINISTRATOR = (JINGAN, MINHANG)
#: The clerks among them, by the provider each works at.
CLERKS = {f"school-{JINGAN}-1": ("clerk-school", "吴晓燕"), f"clinic-{JINGAN}-1": ("clerk-clinic", "马志远")}


@dataclass(kw_only=True)
class City:
    """Who and what is there, by the names the demonstration uses; residents by their place in the list of people."""

    staff: dict[str, User]
    programmes: dict[str, Programme] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    clerks: dict[str, User] = field(default_factory=dict)
    residents: list[Resident] = field(default_factory=list)

    @property
    def author(self) -> User:
        """Who proposes and records."""
        return self.staff["city-1"]

    @property
    def approver(self) -> User:
        return self.staff["city-2"]


def found(*, figures: Figures, timeline: Timeline) -> City:
    """Make the districts, staff, programmes and providers of the first day."""
    _found_places(figures)
    city = City(staff={sign_in: _user(sign_in, name=name, role=role) for sign_in, name, role in STAFF})
    for sign_in in ("district", "finance"):
        city.staff[sign_in].districts.set(District.objects.filter(pk__in=DISTRICTS_OF_THE_ADMINISTRATOR))
    stamp = Stamp(by=city.author, booked_on=timeline.start, as_of=timeline.start)
    for benefit in figures.benefits:
        programme = _programme(benefit, window=timeline.windows[0])
        city.programmes[benefit.code] = save_programme(programme=programme, stamp=stamp)
    _found_providers(city, figures=figures, stamp=stamp)
    return city


def settle(city: City, *, year: Year, timeline: Timeline, progress: Progress) -> None:
    """Register everybody and give the people of the stories their sign-ins."""
    districts = District.objects.in_bulk()
    stamp = Stamp(by=city.author, booked_on=timeline.start, as_of=timeline.start)
    for person in year.people:
        guardian = None if person.guardian is None else city.residents[person.guardian]
        resident = register(
            name=person.name,
            district=districts[person.lives_in],
            since=person.since,
            id_number=person.id_number,
            registered_in=person.registered_in,
            guardian=guardian,
            stamp=stamp,
        )
        city.residents.append(resident)
        progress.step("registering residents")
    for place, story in year.personas.items():
        if story.sign_in:
            _user(story.sign_in, name=story.name, role=Role.RESIDENT, resident=city.residents[place])


def open_window(city: City, *, benefits: Sequence[Benefit], window: Window, stamp: Stamp) -> None:
    """Give each programme the amount and the window of a new benefit year."""
    for benefit in benefits:
        programme = city.programmes[benefit.code]
        programme.annual_fen = window.share(benefit.annual_fen)
        programme.valid_from, programme.valid_until = window
        save_programme(programme=programme, stamp=stamp)


def _found_places(figures: Figures) -> None:
    for area in figures.areas:
        found_authority(code=area.pool["code"], name_zh=area.pool["zh"], name_en=area.pool["en"])
        found_district(
            code=area.code,
            name_zh=area.zh,
            name_en=area.en,
            pool=area.pool["code"],
            census_residents=area.residents,
        )


def _programme(benefit: Benefit, *, window: Window) -> Programme:
    return Programme(
        code=benefit.code,
        sector=benefit.code,
        name_zh=benefit.zh,
        name_en=benefit.en,
        buys_zh=benefit.buys_zh,
        buys_en=benefit.buys_en,
        source=benefit.source,
        annual_fen=window.share(benefit.annual_fen),
        valid_from=window.start,
        valid_until=window.end,
        cost_rule=benefit.cost_rule,
        funded_by=benefit.funded_by,
        min_age=benefit.min_age,
        max_age=benefit.max_age,
    )


def _found_providers(city: City, *, figures: Figures, stamp: Stamp) -> None:
    """Make the providers, each with a clerk, two of whom a visitor can become."""
    for place in figures.places:
        provider = Provider(
            code=place.code, kind=place.kind, name_zh=place.zh, name_en=place.en, district_id=place.district
        )
        programmes = [city.programmes[place.programme]]
        city.providers[place.code] = save_provider(provider=provider, programmes=programmes, stamp=stamp)
        if place.code in CLERKS:
            sign_in, name = CLERKS[place.code]
            clerk = _user(sign_in, name=name, role=Role.PROVIDER_CLERK)
        else:
            clerk = _user(f"at-{place.code}", name=f"{place.zh}经办", role=Role.PROVIDER_CLERK, is_active=False)
        ProviderClerk.objects.create(user=clerk, provider=provider)
        city.clerks[place.code] = clerk


def _user(sign_in: str, *, name: str, role: Role, resident: Resident | None = None, is_active: bool = True) -> User:
    """Make a sign-in without a password: whoever is active can be become by a button."""
    return User.objects.create(
        username=f"{USERNAME_PREFIX}{sign_in}",
        name=name,
        role=role,
        resident=resident,
        is_active=is_active,
        password=make_password(None),
    )
