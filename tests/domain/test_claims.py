"""The statement that looks and takes books the plain case and no other, and only what the decision would accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from django.utils import timezone

from accounts.models import Resident
from accounts.refusals import Refused
from ledger.models import Transfer
from tests.factories import DistrictFactory, ProgrammeFactory, ProviderFactory, VoucherFactory, stamp
from vouchers.models import Accreditation, CostRule, Programme, Visitor, Visits
from vouchers.services.claims import Candidate, Claim, decide, look, look_and_take
from vouchers.services.ending import expire, revoke
from vouchers.services.filing import file_visit
from vouchers.services.issuing import issue
from vouchers.services.moving import move
from vouchers.services.redeeming import accept
from vouchers.services.visiting import visits_of

pytestmark = [pytest.mark.django_db, pytest.mark.deployed]

TODAY = date(2026, 6, 15)
FIRST, LAST, AFTER = date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)


@dataclass(frozen=True)
class Case:
    """What a claim meets: ``plain`` is booked by the looking statement, ``accepted`` by it or by the decision."""

    change: Callable[[Claim], Claim]
    plain: bool
    accepted: bool


def a_claim(cost_rule: CostRule = CostRule.BY_USE) -> Claim:
    """Return a plain claim at a provider that took from others before."""
    programme = ProgrammeFactory(annual_fen=1_000, cost_rule=cost_rule)
    provider = ProviderFactory(programmes=[programme])
    voucher, other = VoucherFactory(programme=programme), VoucherFactory(programme=programme)
    claim = Claim(resident=voucher.resident, programme=programme, provider=provider, fen=100, day=TODAY, key="redeem:k")
    accept(claim=claim._replace(resident=other.resident, key="redeem:other"), stamp=stamp(TODAY))
    return claim


def resident_of(claim: Claim) -> Resident:
    return Resident.objects.get(pk=claim.resident.pk)


def nothing(claim: Claim) -> Claim:
    return claim


def unaccredited(claim: Claim) -> Claim:
    Accreditation.objects.all().delete()
    return claim


def at_a_new_provider(claim: Claim) -> Claim:
    return claim._replace(provider=ProviderFactory(programmes=[claim.programme]))


def revoked(claim: Claim) -> Claim:
    revoke(resident=resident_of(claim), programme=claim.programme, day=TODAY, stamp=stamp(TODAY))
    return claim


def expired(claim: Claim) -> Claim:
    expire(voucher_ids=list(resident_of(claim).vouchers.values_list("pk", flat=True)), stamp=stamp(TODAY))
    return claim


def taken_before(claim: Claim) -> Claim:
    accept(claim=claim, stamp=stamp(TODAY))
    return claim


def moved_since(claim: Claim) -> Claim:
    move(resident=resident_of(claim), to=DistrictFactory().code, effective_on=date(2026, 6, 10), stamp=stamp(TODAY))
    return claim._replace(day=date(2026, 6, 9))


def moved_before(claim: Claim) -> Claim:
    moved_since(claim)
    return claim


def with_a_second_voucher(claim: Claim) -> Claim:
    issue(
        resident=resident_of(claim),
        programme=claim.programme,
        valid_from=AFTER,
        valid_until=date(2028, 1, 1),
        stamp=stamp(TODAY),
    )
    return claim


def on_an_unfiled_visit(claim: Claim) -> Claim:
    Programme.objects.update(visits=Visits.FILED)
    return claim


def on_a_forbidden_visit(claim: Claim) -> Claim:
    Programme.objects.update(visits=Visits.HOME_ONLY)
    return claim


def on_a_filed_visit(claim: Claim) -> Claim:
    file_visit(
        resident=Resident.objects.get(pk=claim.resident.pk),
        district=claim.provider.district_id,
        visitor=Visitor.LONG_TERM,
        start=TODAY,
        stamp=stamp(TODAY),
    )
    return on_an_unfiled_visit(claim)


def at_home_where_visits_are_filed(claim: Claim) -> Claim:
    home = Resident.objects.get(pk=claim.resident.pk).residences.get().district
    return on_an_unfiled_visit(claim._replace(provider=ProviderFactory(programmes=[claim.programme], district=home)))


@pytest.mark.parametrize(
    "case",
    [
        Case(nothing, plain=True, accepted=True),
        Case(lambda claim: claim._replace(fen=1_000), plain=True, accepted=True),
        Case(lambda claim: claim._replace(fen=1_001), plain=False, accepted=False),
        Case(lambda claim: claim._replace(day=FIRST), plain=True, accepted=True),
        Case(lambda claim: claim._replace(day=date(2025, 12, 31)), plain=False, accepted=False),
        Case(lambda claim: claim._replace(day=LAST), plain=True, accepted=True),
        Case(lambda claim: claim._replace(day=AFTER), plain=False, accepted=False),
        Case(lambda claim: claim._replace(voucher_id=resident_of(claim).vouchers.get().pk), plain=True, accepted=True),
        Case(lambda claim: claim._replace(resident=VoucherFactory().resident), plain=False, accepted=False),
        Case(unaccredited, plain=False, accepted=False),
        Case(at_a_new_provider, plain=False, accepted=True),
        Case(revoked, plain=False, accepted=False),
        Case(expired, plain=False, accepted=False),
        Case(moved_since, plain=False, accepted=True),
        Case(moved_before, plain=True, accepted=True),
        Case(with_a_second_voucher, plain=False, accepted=True),
        Case(on_an_unfiled_visit, plain=False, accepted=False),
        Case(on_a_filed_visit, plain=False, accepted=True),
        Case(on_a_forbidden_visit, plain=False, accepted=False),
        Case(at_home_where_visits_are_filed, plain=False, accepted=True),
    ],
)
def test_the_looking_statement_takes_the_plain_case_and_nothing_the_decision_would_refuse(case: Case) -> None:
    claim = case.change(a_claim())
    candidates = look(claim, as_of=TODAY)

    _, taken = look_and_take(claim, stamp=stamp(TODAY), at=timezone.now())

    assert (taken is not None, is_accepted(claim, candidates)) == (case.plain, case.accepted)
    assert Transfer.objects.filter(key="redeem:k").count() == case.plain


def test_a_key_that_was_taken_takes_nothing_more() -> None:
    claim = taken_before(a_claim())

    candidates, taken = look_and_take(claim, stamp=stamp(TODAY), at=timezone.now())

    assert (taken, candidates[0].earlier) == (None, Transfer.objects.get(key="redeem:k").pk)


def test_a_move_since_the_day_matters_to_the_rule_by_use_alone() -> None:
    claim = moved_since(a_claim(cost_rule=CostRule.DAILY))

    _, taken = look_and_take(claim, stamp=stamp(TODAY), at=timezone.now())

    assert taken is not None


def is_accepted(claim: Claim, candidates: list[Candidate]) -> bool:
    try:
        visit = visits_of([claim], rules=[candidates[0].visits])[0]
        decide(claim, candidates, visit=visit, booked_on=claim.day)
    except Refused:
        return False
    return True
