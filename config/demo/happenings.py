"""What happens in the year. Pure: people and chance in, a list of happenings out, none of which the rules refuse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from config.demo.figures import Figures
from config.demo.people import Person, Population, fill
from config.demo.stories import Going, Story, settle_in, stories
from config.demo.timeline import Timeline, Window
from ledger.months import next_month

HOLIDAYS = (2, 7, 8)
#: How often somebody sees a health centre in a year, and how many in a hundred do.
VISITS_IN_A_YEAR = {0: 30, 1: 35, 2: 22, 3: 13}


class Visit(NamedTuple):
    """Value used: ``person`` is a place in the list of people, ``fen`` an amount."""

    person: int
    programme: str
    provider: str
    fen: int
    day: date
    booked_on: date
    reversed_on: date | None = None


class Relocation(NamedTuple):
    """A household moves."""

    people: tuple[int, ...]
    going: Going


class Revocation(NamedTuple):
    person: int
    programme: str
    day: date


@dataclass(kw_only=True)
class Year:
    """Everybody, and everything that happens to them."""

    people: Sequence[Person]
    personas: Mapping[int, Story]
    relocations: list[Relocation] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    revocations: list[Revocation] = field(default_factory=list)


def imagine(*, number: int, figures: Figures, timeline: Timeline, seed: str) -> Year:
    """Return a year of a city of ``number`` residents. The same seed and day give the same year."""
    population = Population()
    told = {settle_in(story, population=population, timeline=timeline)[0]: story for story in stories(timeline)}
    in_stories = len(population.people)
    fill(
        population,
        number=number,
        figures=figures,
        before=timeline.start,
        rng=Random(f"{seed}/people"),
    )
    year = Year(people=population.people, personas=told)
    _Imagination(year=year, figures=figures, timeline=timeline, in_stories=in_stories, seed=seed).run()
    return year


@dataclass(kw_only=True)
class _Imagination:
    """Adds to the year what happens; ``moved`` keeps the moves of each person in the order of their days."""

    year: Year
    figures: Figures
    timeline: Timeline
    in_stories: int
    seed: str
    moved: dict[int, list[Going]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> None:
        self._relocate()
        for person, story in self.year.personas.items():
            self._tell(person, story)
        self._see_health_centres(Random(f"{self.seed}/health"))
        self._go_to_school(Random(f"{self.seed}/education"))
        self._receive_support(Random(f"{self.seed}/social_security"))

    def lives_in(self, person: int, day: date) -> str:
        """Return where somebody truly lives on a day, whether or not the city knows."""
        there = self.year.people[person].lives_in
        for going in self.moved[person]:
            if going.effective_on <= day and going.annulled_on is None:
                there = going.to
        return there

    def _relocate(self) -> None:
        rng = Random(f"{self.seed}/moves")
        households: dict[int, list[int]] = defaultdict(list)
        for place, person in enumerate(self.year.people):
            households[person.household].append(place)
        for members in households.values():
            story = self.year.personas.get(members[0])
            for going in story.moves if story else self._moves(self.year.people[members[0]], rng):
                self.year.relocations.append(Relocation(tuple(members), going))
                for member in members:
                    self.moved[member].append(going)

    def _moves(self, person: Person, rng: Random) -> Iterator[Going]:
        """Yield the moves of a household, as far as the city has heard of them by today."""
        today, figures = self.timeline.today, self.figures
        if not figures.happens("moving_households", rng):
            return
        to = figures.somewhere(rng, but=person.lives_in).code
        if figures.happens("moves_ahead", rng):
            yield Going(to=to, effective_on=today + timedelta(days=rng.randint(3, 40)), booked_on=today)
            return
        first = self._going(to, after=self.timeline.start, rng=rng)
        if first.booked_on > today:
            return
        if figures.happens("moves_annulled", rng):
            annulled = min(first.booked_on + timedelta(days=rng.randint(3, 30)), today)
            yield Going(to=to, effective_on=first.effective_on, booked_on=first.booked_on, annulled_on=annulled)
            return
        yield first
        back = first.effective_on + timedelta(days=rng.randint(30, 120))
        booked = max(back, first.booked_on) + timedelta(days=rng.randint(1, 7))
        if booked <= today and figures.happens("moves_back", rng):
            yield Going(to=person.lives_in, effective_on=back, booked_on=booked)

    def _going(self, to: str, *, after: date, rng: Random) -> Going:
        effective = _between(after + timedelta(days=1), self.timeline.today, rng)
        late = self.figures.happens("moves_recorded_late", rng)
        wait = rng.randint(20, 80) if late else rng.randint(0, 6)
        return Going(to=to, effective_on=effective, booked_on=effective + timedelta(days=wait))

    def _tell(self, person: int, story: Story) -> None:
        """Add what a story says besides its moves."""
        for treated in story.treated:
            district = treated.at or self.lives_in(person, treated.day)
            provider = self.figures.place(district=district, programme="health", number=person)
            self.year.visits.append(Visit(person, "health", provider.code, treated.fen, treated.day, treated.booked_on))
        if story.revoked_on:
            self.year.revocations.append(Revocation(person, "social_security", story.revoked_on))

    def _see_health_centres(self, rng: Random) -> None:
        """Everybody but the people of the stories, whose visits are told."""
        for window in self.timeline.windows:
            amount = window.share(self.figures.benefit("health").annual_fen)
            for person in range(self.in_stories, len(self.year.people)):
                times = rng.choices(list(VISITS_IN_A_YEAR), weights=list(VISITS_IN_A_YEAR.values()))[0]
                draws = sorted(window.start + timedelta(days=rng.randrange(365)) for _ in range(times))
                days = [day for day in draws if day < window.end]
                shares = [10 * rng.randint(amount // 100, amount // 34) for _ in days]
                if days and self.figures.happens("vouchers_used_up", rng):
                    shares[-1] = amount - sum(shares[:-1])
                for day, fen in zip(days, shares, strict=True):
                    elsewhere = self._happens("visits_in_another_district", person, rng)
                    self._visit(person, "health", fen=fen, day=day, elsewhere=elsewhere, rng=rng)

    def _go_to_school(self, rng: Random) -> None:
        """A twelfth of a year's amount in each month of term; what the holidays leave goes back in the end."""
        for person in range(len(self.year.people)):
            elsewhere = self._happens("pupils_in_another_district", person, rng)
            for window in self.timeline.windows:
                fen = self._annual_fen(person, "education", window=window) // 1200 * 100
                for month in _months(window) if fen else ():
                    if month.month not in HOLIDAYS:
                        day = month.replace(day=rng.randint(5, 25))
                        self._visit(person, "education", fen=fen, day=day, elsewhere=elsewhere, rng=rng)

    def _receive_support(self, rng: Random) -> None:
        """A twelfth in each month, on one of its first days."""
        ends = {gone.person: gone.day for gone in self.year.revocations}
        for person in range(len(self.year.people)):
            for window in self.timeline.windows:
                fen = self._annual_fen(person, "social_security", window=window) // 12
                for month in _months(window) if fen else ():
                    day = month.replace(day=rng.randint(1, 10))
                    if day < ends.get(person, date.max):
                        self._visit(person, "social_security", fen=fen, day=day, rng=rng)

    def _annual_fen(self, person: int, programme: str, *, window: Window) -> int:
        somebody = self.year.people[person]
        benefit = self.figures.benefit(programme)
        return benefit.annual_fen_for(born_on=somebody.born_on, supported=somebody.supported, day=window.start)

    def _happens(self, habit: str, person: int, rng: Random) -> bool:
        """Draw for somebody; nothing happens by chance to the people of the stories."""
        return self.figures.happens(habit, rng) and person >= self.in_stories

    def _visit(self, person: int, programme: str, *, fen: int, day: date, rng: Random, elsewhere: bool = False) -> None:
        """Add a visit if the city has heard of it by today."""
        home, today = self.lives_in(person, day), self.timeline.today
        district = self.figures.somewhere(rng, but=home).code if elsewhere else home
        provider = self.figures.place(district=district, programme=programme, number=person).code
        late = rng.randint(10, 25) if self._happens("claims_sent_late", person, rng) else 0
        booked = day + timedelta(days=late)
        reversed_on = booked + timedelta(days=rng.randint(1, 20))
        reversed_by_today = reversed_on <= today and self._happens("visits_reversed", person, rng)
        if booked <= today:
            reversal = reversed_on if reversed_by_today else None
            self.year.visits.append(Visit(person, programme, provider, fen, day, booked, reversal))


def _months(window: Window) -> list[date]:
    months = [window.start]
    while next_month(months[-1]) < window.end:
        months.append(next_month(months[-1]))
    return months


def _between(first: date, last: date, rng: Random) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))
