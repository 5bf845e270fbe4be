"""A handful of insured people: years of contributions, and what follows them when they leave the city's pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import NamedTuple

from accounts import selectors as places
from accounts.stamps import Stamp
from config.demo.founding import City
from config.demo.happenings import Year
from config.demo.stories import SUZHOU
from config.demo.timeline import Timeline
from ledger.months import next_month
from vouchers.insurance.parameters import INTEREST_RATES
from vouchers.models import AccountKind, ContributionAccount, InsuranceCase, Scheme
from vouchers.services.insurance.contributing import ContributionOrder, contribute_many
from vouchers.services.insurance.crediting import accounts_earning, credit_interest
from vouchers.services.insurance.facts import account_of, running_case
from vouchers.services.insurance.joining import open_account
from vouchers.services.insurance.transferring import agree, apply_for_transfer, receive, send

Deed = Callable[[Stamp], object]

POOL, FIRST_MONTH, PAID_ON, AGE = "310000", date(2016, 1, 1), 15, 28
#: Who works elsewhere during the year, or came from there: born between these days, so that age keeps nobody's
#: relationship where it is.
BORN = date(1988, 1, 1), date(1998, 1, 1)
ELSEWHERE, JOURNEYS = (SUZHOU, "340104"), 10
#: Monthly wages of the first year in fen, each person a little more than the one before, and more every year.
WAGE_FEN, MORE_FOR_THE_NEXT_FEN, MORE_EVERY_YEAR_FEN = 480_000, 25_000, 40_000
#: Days after the first one at the new place on which the steps of a transfer are taken.
APPLIED, AGREED, SENT, RECEIVED = 10, 18, 30, 36


class Journey(NamedTuple):
    """Somebody, by the place in the list of people, is insured in ``origin`` and, from a day on, in ``to``."""

    place: int
    origin: str
    to: str
    on: date


def deeds(city: City, *, year: Year, timeline: Timeline) -> Iterator[tuple[date, Deed]]:
    """Yield what is done, each with the day on which it is recorded."""
    journeys = [*_told(year), *_imagined(year, timeline=timeline)]
    told = [place for place, story in year.personas.items() if story.sign_in and story.age > AGE]
    insured_in = {place: year.people[place].lives_in for place in told}
    insured_in |= {journey.place: journey.origin for journey in journeys}
    yield timeline.start, partial(_past, city, insured_in=insured_in, until=timeline.start)
    for month in timeline.past_months:
        yield month.replace(day=PAID_ON), partial(_month, city, cast=list(insured_in), month=month)
    for journey in journeys:
        yield from _leaving(city, journey=journey, today=timeline.today)


def _told(year: Year) -> Iterator[Journey]:
    """Yield the people of the stories who leave the city's pool."""
    for relocation in year.relocations:
        place, going = relocation.people[0], relocation.going
        if place in year.personas and going.to in ELSEWHERE and not going.annulled_on:
            yield Journey(place, year.people[place].lives_in, going.to, max(going.effective_on, going.booked_on))


def _imagined(year: Year, *, timeline: Timeline) -> Iterator[Journey]:
    """Yield some others; every third comes instead of leaving."""
    young = (
        place
        for place, person in enumerate(year.people)
        if BORN[0] <= person.born_on < BORN[1] and place not in year.personas and person.lives_in not in ELSEWHERE
    )
    for number, place in enumerate(islice(young, JOURNEYS)):
        home, away = year.people[place].lives_in, ELSEWHERE[number % len(ELSEWHERE)]
        origin, to = (away, home) if number % 3 == 2 else (home, away)
        yield Journey(place, origin, to, timeline.day(ago=JOURNEYS - number, day=25))


def _past(city: City, stamp: Stamp, *, insured_in: Mapping[int, str], until: date) -> None:
    """Insure everybody and bring in what was paid before the pilot, with its interest."""
    districts = {district.pk: district for district in places.all_districts()}
    for number, (place, code) in enumerate(insured_in.items()):
        account = open_account(
            resident=city.residents[place],
            district=districts[code],
            day=FIRST_MONTH,
            registered_pool=POOL,
            stamp=stamp,
        )
        month, orders = FIRST_MONTH, []
        while month < until:
            orders.append(_order(account, month=month, number=number))
            month = next_month(month)
        contribute_many(orders=orders, stamp=stamp)
    for year in sorted(INTEREST_RATES):
        if year < until.year:
            earning = list(accounts_earning(scheme=Scheme.PENSION, year=year))
            credit_interest(accounts=earning, year=year, stamp=stamp)


def _month(city: City, stamp: Stamp, *, cast: list[int], month: date) -> None:
    """Pay a month's contributions, each to the account that was opened last."""
    accounts = [account_of(city.residents[place], scheme=Scheme.PENSION) for place in cast]
    orders = [_order(account, month=month, number=number) for number, account in enumerate(accounts)]
    contribute_many(orders=orders, stamp=stamp)


def _order(account: ContributionAccount, *, month: date, number: int) -> ContributionOrder:
    wage = WAGE_FEN + MORE_FOR_THE_NEXT_FEN * number + MORE_EVERY_YEAR_FEN * (month.year - FIRST_MONTH.year)
    key = f"demo:{account.resident_id}:{month}"
    return ContributionOrder(account=account, month=month, wage_fen=wage, key=key)


def _leaving(city: City, *, journey: Journey, today: date) -> Iterator[tuple[date, Deed]]:
    """Insure somebody at the new place and let the old insurance follow, as far as it got until today."""
    steps = [
        (0, partial(_arrive, city, journey=journey)),
        (APPLIED, partial(_apply, city, journey=journey)),
        *((days, partial(_step, city, journey=journey, deed=deed)) for days, deed in STEPS),
    ]
    for days, deed in steps:
        if journey.on + timedelta(days=days) <= today:
            yield journey.on + timedelta(days=days), deed


def _arrive(city: City, stamp: Stamp, *, journey: Journey) -> None:
    district = places.all_districts().get(pk=journey.to)
    open_account(resident=city.residents[journey.place], district=district, day=stamp.booked_on, stamp=stamp)


def _apply(city: City, stamp: Stamp, *, journey: Journey) -> None:
    """Apply, unless age keeps the relationship where it is."""
    resident = city.residents[journey.place]
    old, new = (account_of(resident, scheme=Scheme.PENSION, district=code) for code in (journey.origin, journey.to))
    if new.kind == AccountKind.RELATIONSHIP:
        apply_for_transfer(account=old, to=new.district, day=stamp.booked_on, stamp=stamp)


def _step(city: City, stamp: Stamp, *, journey: Journey, deed: Callable[..., object]) -> None:
    resident = city.residents[journey.place]
    if InsuranceCase.objects.running().filter(origin__resident=resident).exists():
        deed(case=running_case(resident), day=stamp.booked_on, stamp=stamp)


STEPS: tuple[tuple[int, Callable[..., object]], ...] = ((AGREED, agree), (SENT, send), (RECEIVED, receive))
