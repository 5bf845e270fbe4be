"""Whether a redemption is a visit, and whether its programme lets the visitor draw that much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import partial
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.bulk import among
from accounts.models import District
from accounts.refusals import Refused
from ledger.money import yuan_text
from vouchers import visits
from vouchers.models import Programme, Provider, VisitorFiling, Visits, VisitTerms
from vouchers.visits import Bill, Visit


class VisitNotFiled(Refused):
    code = "visit_not_filed"
    sentence = _(
        "The resident lives in %(home)s on %(day)s. %(programme)s needs a visitor filing for %(host)s before "
        "it is used here."
    )


class VisitsNotAllowed(Refused):
    code = "visits_not_allowed"
    sentence = _("The resident lives in %(home)s on %(day)s. %(programme)s can be used at home only.")


class VisitDrawsTooMuch(Refused):
    code = "visit_draws_too_much"
    sentence = _(
        "The resident lives in %(home)s, whose terms count. Of this bill the voucher pays %(most)s yuan at most, and "
        "the resident %(person)s yuan; %(asked)s yuan were asked for."
    )


class VisitNeedsABill(VisitDrawsTooMuch):
    sentence = _(
        "The resident lives in %(home)s, whose terms count: %(programme)s pays a visitor's bill in part. Give the "
        "whole bill and what of it is in scope here."
    )


class Person(Protocol):
    @property
    def pk(self) -> int: ...


class Asked(Protocol):
    """What has to be known of a claim to tell whether it is a visit."""

    @property
    def resident(self) -> Person: ...
    @property
    def programme(self) -> Programme: ...
    @property
    def provider(self) -> Provider: ...
    @property
    def day(self) -> date: ...
    @property
    def fen(self) -> int: ...
    @property
    def bill(self) -> Bill | None: ...


def visits_of(claims: Sequence[Asked], *, rules: Sequence[str]) -> list[Visit | None]:
    """Return for each claim the visit that it is, None at home; ``rules`` say what its programme makes of visits.

    Where they are open nothing is read: whether it is a visit does not matter.
    """
    watched = [claim for claim, rule in zip(claims, rules, strict=True) if rule != Visits.OPEN]
    if not watched:
        return [None] * len(claims)
    known = _Known(watched)
    return [
        known.visit(claim, may_file=rule == Visits.FILED) if rule != Visits.OPEN else None
        for claim, rule in zip(claims, rules, strict=True)
    ]


def check_visit(claim: Asked, visit: Visit) -> None:
    """Raise VisitNotFiled, VisitsNotAllowed, VisitNeedsABill or VisitDrawsTooMuch. Reads nothing but names."""
    programme = claim.programme
    if visit.may_file and visit.visitor is None:
        raise VisitNotFiled(home=_named(visit.home), host=_named(visit.host), programme=programme, day=claim.day)
    if not visit.may_file:
        raise VisitsNotAllowed(home=_named(visit.home), programme=programme, day=claim.day)
    if visit.terms is None or visit.visitor is None:
        return
    if claim.bill is None:
        raise VisitNeedsABill(home=_named(visit.home), programme=programme)
    most_fen = visits.most_fen(claim.bill, visitor=visit.visitor, terms=visit.terms)
    if claim.fen > most_fen:
        raise VisitDrawsTooMuch(
            home=_named(visit.home),
            most=yuan_text(most_fen),
            person=yuan_text(claim.bill.total_fen - most_fen),
            asked=yuan_text(claim.fen),
        )


class _Known:
    """What tells visits from uses at home, for all claims at once."""

    def __init__(self, claims: Collection[Asked]) -> None:
        residents = {claim.resident.pk for claim in claims}
        self.homes = places.homes_by_resident(residents)
        self.funders = places.funders()
        self.filings: dict[tuple[int, str], list[VisitorFiling]] = defaultdict(list)
        for filing in VisitorFiling.objects.filter(resident__in=among(residents)).select_related("ending"):
            self.filings[filing.resident_id, self.funders.heir(filing.district_id)].append(filing)
        self.terms: dict[int, list[VisitTerms]] = defaultdict(list)
        for row in VisitTerms.objects.filter(programme__in={claim.programme.pk for claim in claims}):
            self.terms[row.programme_id].append(row)

    def visit(self, claim: Asked, *, may_file: bool) -> Visit | None:
        """Return the visit that a claim is, None where the provider's district draws on the purse of the home's."""
        home = self.funders.heir(visits.home_on(claim.day, homes=self.homes[claim.resident.pk]))
        host = self.funders.heir(claim.provider.district_id)
        purse_of = partial(claim.programme.funding_authority, funders=self.funders)
        if purse_of(home) == purse_of(host):
            return None
        filings = self.filings[claim.resident.pk, host]
        visitor = next((row.visitor for row in filings if row.holds_on(claim.day)), None)
        terms = terms_on(claim.day, rows=self.terms[claim.programme.pk])
        return Visit(may_file, home, host, visitor, terms.terms if terms else None)


def terms_on(day: date, *, rows: Iterable[VisitTerms]) -> VisitTerms | None:
    """Return the terms that count on ``day``: the latest begun, and of those the last recorded."""
    begun = [row for row in rows if row.since <= day]
    return max(begun, key=lambda row: (row.since, row.pk), default=None)


def _named(code: str) -> District:
    return places.all_districts().get(pk=code)
