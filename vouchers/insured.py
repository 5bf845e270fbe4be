"""What a person's insurance amounts to, and what the four rules would make of it: the questions behind the pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import F, QuerySet
from django.utils.translation import gettext, ngettext

from accounts.models import Authority, Resident, User
from accounts.working_days import working_days_left
from ledger.selectors import authorities_by_code
from vouchers.insurance.options import Bearing, Outcome, bearings, outcomes
from vouchers.insurance.parameters import NEXT_STEPS, Share, credited, pooled
from vouchers.insurance.parameters import Step as PureStep
from vouchers.insurance.places import benefit_place, years_of
from vouchers.insurance.reckoning import Holding
from vouchers.models import AccountKind, ContributionAccount, InsuranceCase, InsuranceCaseStep, InsurancePassage
from vouchers.models.insurance import Share as ShareLabel
from vouchers.models.insurance import Step
from vouchers.services.insurance.facts import Facts, facts_of, relationship_of


@dataclass(frozen=True, kw_only=True)
class YearLine:
    """One calendar year of one account, amounts in fen."""

    year: int
    account: ContributionAccount
    months: int
    wage_fen: int
    individual_fen: int
    pooled_fen: int
    interest_fen: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """One account and what it holds."""

    account: ContributionAccount
    holding: Holding

    @property
    def is_temporary(self) -> bool:
        return self.account.kind == AccountKind.TEMPORARY


@dataclass(frozen=True, kw_only=True)
class CaseToday:
    """A case as it stands on a day."""

    case: InsuranceCase
    steps: Sequence[InsuranceCaseStep]
    today: date

    @property
    def last(self) -> InsuranceCaseStep:
        return self.steps[-1]

    @property
    def next_steps(self) -> list[Step]:
        return [Step(step) for step in NEXT_STEPS[PureStep(self.last.step)]]

    @property
    def is_running(self) -> bool:
        return bool(self.next_steps)

    @property
    def is_late(self) -> bool:
        return self.last.due_on is not None and self.last.due_on < self.today

    @property
    def days_left(self) -> int:
        """Working days until the next step is due; 0 when the day has come."""
        return working_days_left(today=self.today, due=self.last.due_on) if self.last.due_on else 0

    @property
    def is_due_at_the_new_place(self) -> bool:
        """Whose turn it is: agreeing and receiving are the new place's, sending is the old one's."""
        return Step.SENT not in self.next_steps


@dataclass(frozen=True, kw_only=True)
class OptionLine:
    """One rule with its name; ``in_force`` marks the one that would be applied today."""

    outcome: Outcome
    label: str
    in_force: bool

    @property
    def pooled_fen(self) -> int:
        return self.outcome.moves_fen + self.outcome.stays_fen


@dataclass(frozen=True, kw_only=True)
class Insured:
    """Everything the pages say of one insured person."""

    resident: Resident
    facts: Facts
    cases: Sequence[CaseToday]
    names: Mapping[str, Authority]

    @cached_property
    def places(self) -> list[Place]:
        holdings = self.facts.holdings()
        return [Place(account=row, holding=holdings[row.pk]) for row in self.facts.rows]

    @cached_property
    def years(self) -> list[YearLine]:
        """Return the years in which something was contributed or credited, the latest first."""
        lines = [line for place in self.places for line in self._years_of(place)]
        return sorted(lines, key=lambda line: (line.year, line.account.pk), reverse=True)

    @cached_property
    def relationship(self) -> Place | None:
        there = relationship_of(self.facts.rows)
        return next((place for place in self.places if there is not None and place.account.pk == there.pk), None)

    @property
    def compared(self) -> Place | None:
        """The account to compare the rules by: the last that left its pool, else the one that is open."""
        pools = {place.account.pk: place.account.pool_id for place in self.places}
        left = [one.origin for one in self.facts.passages if pools[one.origin] != pools[one.destination]]
        return next((place for place in self.places if left and place.account.pk == left[-1]), self.relationship)

    @property
    def individual_fen(self) -> int:
        return sum(place.holding.individual_fen for place in self.places)

    @property
    def in_pools_fen(self) -> int:
        return sum(place.holding.in_pool_fen for place in self.places)

    @cached_property
    def months_by_pool(self) -> list[tuple[Authority, str]]:
        return [(self.names[pool], in_years(months)) for pool, months in self.facts.months_by_pool().items()]

    @property
    def contributed(self) -> str:
        return in_years(sum(self.facts.months_by_pool().values()))

    @property
    def pension_from(self) -> Authority:
        there = self.relationship.account.pool_id if self.relationship else ""
        registered = self.facts.rows[-1].registered_pool_id
        found = benefit_place(registered=registered, current=there, months_by_pool=self.facts.months_by_pool())
        return self.names[found]

    @property
    def running(self) -> CaseToday | None:
        return next((case for case in self.cases if case.is_running), None)

    def _years_of(self, place: Place) -> list[YearLine]:
        wages: dict[int, dict[date, int]] = defaultdict(dict)
        account = next(one for one in self.facts.accounts if one.id == place.account.pk)
        for month, fen in account.wages.items():
            wages[month.year][month] = fen
        interest = place.holding.interest_by_year
        return [
            YearLine(
                year=year,
                account=place.account,
                months=sum(1 for fen in wages[year].values() if fen),
                wage_fen=sum(wages[year].values()),
                individual_fen=sum(credited(fen, month=month) for month, fen in wages[year].items()),
                pooled_fen=sum(pooled(fen, month=month) for month, fen in wages[year].items()),
                interest_fen=interest.get(year, 0),
            )
            for year in sorted({*wages, *interest})
        ]


@dataclass(frozen=True, kw_only=True)
class YearOfMoves:
    """The four rules over all transfers out of a pool that were sent in one year."""

    year: int
    number: int
    #: Sums over all people, by rule.
    totals: Sequence[OptionLine]
    #: For each pool, what each rule makes it gain (or bear) in fen.
    pools: Sequence[tuple[Authority, Sequence[tuple[Bearing, OptionLine]]]]

    @property
    def largest_fen(self) -> int:
        return max((abs(one.gains_fen) for _, row in self.pools for one, _ in row), default=0)


def insured(resident: Resident, *, user: User, today: date) -> Insured | None:
    """Return what is known of a person's pension insurance; None for somebody who was never insured."""
    if not ContributionAccount.objects.visible_to(user).filter(resident=resident).exists():
        return None
    rows = InsuranceCase.objects.visible_to(user).filter(origin__resident=resident).order_by("-pk")
    return Insured(
        resident=resident,
        facts=facts_of([resident.pk]),
        cases=cases_today(rows, today=today),
        names=authorities_by_code(),
    )


def in_years(months: int) -> str:
    """Write contribution time: 5 years and 1 month."""
    time = years_of(months)
    years = ngettext("%(number)s year", "%(number)s years", time.years) % {"number": time.years}
    rest = ngettext("%(number)s month", "%(number)s months", time.months) % {"number": time.months}
    return gettext("%(years)s and %(months)s") % {"years": years, "months": rest}


def cases_today(rows: QuerySet[InsuranceCase], *, today: date) -> list[CaseToday]:
    """Return cases with their steps."""
    related = rows.select_related("origin__resident", "origin__pool", "origin__district__authority", "to__authority")
    return [
        CaseToday(case=case, steps=list(case.steps.all()), today=today)
        for case in related.prefetch_related("steps__recorded_by")
    ]


def options_of(holding: Holding, *, in_force: Share) -> list[OptionLine]:
    """Return the four rules for one account."""
    return [_line(outcome, in_force=in_force) for outcome in outcomes(holding)]


def year_of_moves(year: int, *, in_force: Share) -> YearOfMoves:
    """Return what each rule makes of the transfers from pool to pool that were sent in ``year``."""
    sent = InsurancePassage.objects.filter(day__year=year).exclude(origin__pool=F("destination__pool"))
    passages = list(sent.select_related("origin", "destination").order_by("pk"))
    holdings = facts_of({passage.origin.resident_id for passage in passages}).holdings()
    names = authorities_by_code()
    moves = [
        (passage.origin.pool_id, passage.destination.pool_id, outcomes(holdings[passage.origin_id]))
        for passage in passages
    ]
    by_rule = [
        bearings((origin, destination, found[place]) for origin, destination, found in moves)
        for place, _ in enumerate(Share)
    ]
    totals = [
        _line(_sum(share, [found[place] for _, _, found in moves]), in_force=in_force)
        for place, share in enumerate(Share)
    ]
    return YearOfMoves(
        year=year,
        number=len(moves),
        totals=totals,
        pools=[
            (names[code], [(rule[code], line) for rule, line in zip(by_rule, totals, strict=True)])
            for code in by_rule[0]
        ],
    )


def years_with_moves() -> list[int]:
    """Return the years in which accounts were passed on, the latest first."""
    days = InsurancePassage.objects.exclude(origin__pool=F("destination__pool")).dates("day", "year", order="DESC")
    return [day.year for day in days]


def _line(outcome: Outcome, *, in_force: Share) -> OptionLine:
    label = str(ShareLabel(outcome.share).label)
    return OptionLine(outcome=outcome, label=label, in_force=outcome.share is in_force)


def _sum(share: Share, found: Sequence[Outcome]) -> Outcome:
    return Outcome(
        share=share,
        individual_fen=sum(one.individual_fen for one in found),
        moves_fen=sum(one.moves_fen for one in found),
        stays_fen=sum(one.stays_fen for one in found),
        lacks_fen=sum(one.lacks_fen for one in found),
    )
