"""Filing a visit, ending it, and what counts as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import AuditEvent, District, Resident
from accounts.refusals import Refused
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    account_of,
    administrator_of,
    clerk_of,
    stamp,
)
from vouchers.models import Funding, Programme, Provider, Visitor, VisitorFiling, VisitorFilingEnd, Visits, VisitTerms
from vouchers.services.catalogue import VisitsNotFiled, set_visit_terms
from vouchers.services.filing import (
    FilingOverlaps,
    HomeDistrict,
    NoSuchFiling,
    TemporaryTooShort,
    end_filing,
    file_visit,
)
from vouchers.services.moving import NotAMember, move
from vouchers.services.visiting import (
    VisitDrawsTooMuch,
    VisitNeedsABill,
    VisitNotFiled,
    VisitsNotAllowed,
    check_visit,
    visits_of,
)
from vouchers.visits import Bill, Terms, Visit

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)
HALF_A_YEAR_LATER = date(2026, 12, 15)


@pytest.fixture
def minhang() -> District:
    return DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang")


@pytest.fixture
def jingan() -> District:
    return DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")


@pytest.fixture
def lin(minhang: District) -> Resident:
    return ResidentFactory(name="林小雨", district=minhang)


def filed(
    resident: Resident,
    district: District,
    *,
    visitor: str = Visitor.LONG_TERM,
    start: date = TODAY,
    until: date | None = None,
) -> VisitorFiling:
    return file_visit(
        resident=resident, district=district.code, visitor=visitor, start=start, until=until, stamp=stamp(TODAY)
    )


def ended(resident: Resident, district: District, *, day: date = TODAY) -> VisitorFilingEnd:
    return end_filing(resident=resident, district=district.code, day=day, stamp=stamp(day))


def holds(day: date) -> list[VisitorFiling]:
    return list(VisitorFiling.objects.on(day))


# Filing


def test_a_long_term_filing_holds_until_it_is_ended(lin: Resident, jingan: District) -> None:
    filing = filed(lin, jingan)

    assert holds(date(2026, 6, 14)) == []
    assert holds(TODAY) == holds(date(2036, 6, 15)) == [filing]


def test_an_ended_filing_holds_no_longer_from_that_day_on(lin: Resident, jingan: District) -> None:
    filing = filed(lin, jingan)

    ended(lin, jingan, day=date(2026, 9, 1))

    assert (holds(date(2026, 8, 31)), holds(date(2026, 9, 1))) == ([filing], [])
    assert VisitorFiling.objects.get().end == date(2026, 9, 1)


def test_a_temporary_filing_ends_by_itself(lin: Resident, jingan: District) -> None:
    filing = filed(lin, jingan, visitor=Visitor.REFERRED, until=HALF_A_YEAR_LATER)

    assert (holds(date(2026, 12, 14)), holds(HALF_A_YEAR_LATER)) == ([filing], [])


def test_a_temporary_filing_of_less_than_six_months_is_refused(lin: Resident, jingan: District) -> None:
    with pytest.raises(TemporaryTooShort) as refusal:
        filed(lin, jingan, visitor=Visitor.UNREFERRED, until=date(2026, 12, 14))

    assert refusal.value.details == {"start": TODAY, "least": date(2026, 12, 14)}


def test_a_second_filing_for_the_same_days_is_refused_and_names_the_first(lin: Resident, jingan: District) -> None:
    filed(lin, jingan, start=date(2026, 5, 1))

    with pytest.raises(FilingOverlaps) as refusal:
        filed(lin, jingan)

    assert refusal.value.details == {"district": jingan, "start": date(2026, 5, 1)}


def test_a_filing_may_follow_another_and_stand_beside_one_for_another_district(lin: Resident, jingan: District) -> None:
    filed(lin, jingan, visitor=Visitor.EMERGENCY, until=HALF_A_YEAR_LATER)
    filed(lin, DistrictFactory())

    filed(lin, jingan, start=HALF_A_YEAR_LATER)

    assert len(holds(HALF_A_YEAR_LATER)) == 2


def test_a_filing_before_one_that_begins_later_is_refused_only_when_they_meet(lin: Resident, jingan: District) -> None:
    filed(lin, jingan, start=HALF_A_YEAR_LATER)

    filed(lin, jingan, visitor=Visitor.REFERRED, until=HALF_A_YEAR_LATER)

    assert len(holds(TODAY)) == len(holds(HALF_A_YEAR_LATER)) == 1


def test_after_a_filing_was_ended_the_same_day_can_be_filed_again(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)
    ended(lin, jingan)

    again = filed(lin, jingan, visitor=Visitor.REFERRED, until=HALF_A_YEAR_LATER)

    assert holds(TODAY) == [again]


def test_at_home_no_filing_is_needed(lin: Resident, minhang: District) -> None:
    with pytest.raises(HomeDistrict):
        filed(lin, minhang)


def test_home_is_where_one_lives_on_the_first_day(lin: Resident, minhang: District, jingan: District) -> None:
    move(resident=lin, to=jingan.code, effective_on=date(2026, 7, 1), stamp=stamp(TODAY))

    filed(lin, jingan)

    with pytest.raises(HomeDistrict):
        filed(lin, jingan, start=date(2026, 7, 1))


def test_an_unknown_district_cannot_be_visited(lin: Resident) -> None:
    with pytest.raises(NotAMember):
        file_visit(resident=lin, district="999999", visitor=Visitor.LONG_TERM, start=TODAY, stamp=stamp(TODAY))


def test_what_does_not_hold_cannot_be_ended(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)

    with pytest.raises(NoSuchFiling):
        ended(lin, jingan, day=date(2026, 6, 14))


def test_filing_and_ending_are_audited_under_whoever_did_it(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)
    ended(lin, jingan)

    verbs = AuditEvent.objects.filter(subject__startswith="filing:").values_list("verb", flat=True)
    assert sorted(verbs) == ["end_filing", "file_visit"]
    assert AuditEvent.objects.filter(subject__startswith="filing:", by=None).count() == 0


@pytest.mark.parametrize("change", [{"start": TODAY}, {"until": TODAY}, {"district": "310112"}])
def test_the_database_lets_nobody_rewrite_a_filing(lin: Resident, jingan: District, change: dict[str, object]) -> None:
    filed(lin, jingan, start=date(2026, 5, 1))

    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        VisitorFiling.objects.update(**change)


@pytest.mark.parametrize(("visitor", "until"), [(Visitor.LONG_TERM, HALF_A_YEAR_LATER), (Visitor.REFERRED, None)])
def test_the_database_holds_that_only_long_term_filings_are_open(
    lin: Resident, jingan: District, visitor: str, until: date | None
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitorFiling.objects.create(
            resident=lin, district=jingan, visitor=visitor, start=TODAY, until=until, booked_on=TODAY
        )


# Whose filings


def test_filings_are_seen_and_kept_by_the_person_the_guardian_and_the_district(
    lin: Resident, minhang: District, jingan: District
) -> None:
    child = ResidentFactory(district=minhang, guardian=lin)
    filing = filed(child, jingan)
    people = [account_of(lin), account_of(child), administrator_of(minhang)]

    assert [list(VisitorFiling.objects.visible_to(user)) for user in people] == [[filing]] * 3
    assert [list(VisitorFiling.objects.kept_by(user, day=TODAY)) for user in people] == [[filing]] * 3


def test_filings_of_others_are_neither_seen_nor_kept(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)
    people = [account_of(ResidentFactory()), administrator_of(jingan), clerk_of(ProviderFactory())]

    assert [list(VisitorFiling.objects.visible_to(user)) for user in people] == [[]] * 3
    assert [list(VisitorFiling.objects.kept_by(user, day=TODAY)) for user in people] == [[]] * 3


# What is a visit, and what it may draw


@dataclass(frozen=True, kw_only=True)
class Use:
    """What somebody asks for at a provider."""

    resident: Resident
    programme: Programme
    provider: Provider
    day: date = TODAY
    fen: int = 100
    bill: Bill | None = None


def a_use(lin: Resident, district: District, *, visits: str = Visits.FILED, **values: object) -> Use:
    programme = ProgrammeFactory.create(visits=visits, funded_by=values.pop("funded_by", Funding.DISTRICT))
    provider = ProviderFactory(district=district, programmes=[programme])
    return Use(resident=lin, programme=programme, provider=provider, **values)  # type: ignore[arg-type]


def terms(programme: Programme, since: date, percent: int = 85) -> VisitTerms:
    return set_visit_terms(programme=programme, since=since, terms=Terms(percent, 100_000, 10, 20), stamp=stamp(since))


def visit_of(use: Use) -> Visit | None:
    return visits_of([use], rules=[use.programme.visits])[0]


def refusal_of(use: Use) -> Refused | None:
    visit = visit_of(use)
    try:
        if visit:
            check_visit(use, visit)
    except Refused as refusal:
        return refusal
    return None


def test_at_home_nothing_is_a_visit(lin: Resident, minhang: District) -> None:
    assert visit_of(a_use(lin, minhang)) is None


def test_inside_the_pool_that_funds_it_nothing_is_a_visit(lin: Resident, jingan: District) -> None:
    assert visit_of(a_use(lin, jingan, funded_by=Funding.POOL)) is None


def test_in_a_district_of_another_pool_a_pooled_programme_is_used_on_a_visit(lin: Resident) -> None:
    huqiu = DistrictFactory(code="320505", pool="320500", name_zh="虎丘区", name_en="Huqiu")

    visit = visit_of(a_use(lin, huqiu, funded_by=Funding.POOL))

    assert visit is not None
    assert (visit.home, visit.host) == ("310112", "320505")


def test_what_is_open_to_visits_is_not_looked_into(lin: Resident, jingan: District) -> None:
    assert visit_of(a_use(lin, jingan, visits=Visits.OPEN)) is None


def test_a_visit_without_a_filing_is_refused_in_words(lin: Resident, jingan: District) -> None:
    refusal = refusal_of(a_use(lin, jingan))

    assert isinstance(refusal, VisitNotFiled)
    assert (refusal.details["home"], refusal.details["host"]) == (lin.residences.get().district, jingan)


def test_a_filing_holds_for_the_district_at_every_provider_and_again(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)
    uses = [a_use(lin, jingan), a_use(lin, jingan), a_use(lin, jingan, day=date(2026, 8, 1))]

    assert [refusal_of(use) for use in uses] == [None] * 3


def test_a_filing_for_another_district_does_not_help(lin: Resident, jingan: District) -> None:
    filed(lin, DistrictFactory())

    assert isinstance(refusal_of(a_use(lin, jingan)), VisitNotFiled)


def test_the_day_of_the_service_counts(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)

    assert isinstance(refusal_of(a_use(lin, jingan, day=date(2026, 6, 14))), VisitNotFiled)


def test_used_at_home_only_a_visit_is_refused_with_a_filing_too(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)

    assert isinstance(refusal_of(a_use(lin, jingan, visits=Visits.HOME_ONLY)), VisitsNotAllowed)


def test_after_moving_there_it_is_no_visit_any_more(lin: Resident, jingan: District) -> None:
    move(resident=lin, to=jingan.code, effective_on=TODAY, stamp=stamp(TODAY))

    assert visit_of(a_use(lin, jingan)) is None
    assert isinstance(refusal_of(a_use(lin, jingan, day=date(2026, 6, 14))), VisitNotFiled)


def test_without_terms_a_filed_visit_needs_no_bill(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)

    assert refusal_of(a_use(lin, jingan)) is None


@pytest.mark.parametrize(
    ("visitor", "most"),
    [
        (Visitor.LONG_TERM, 595_000),
        (Visitor.REFERRED, 525_000),
        (Visitor.EMERGENCY, 525_000),
        (Visitor.UNREFERRED, 455_000),
    ],
)
def test_a_visit_draws_the_share_of_its_class_and_not_a_fen_more(
    lin: Resident, jingan: District, visitor: str, most: int
) -> None:
    filed(lin, jingan, visitor=visitor, until=None if visitor == Visitor.LONG_TERM else HALF_A_YEAR_LATER)
    bill = Bill(900_000, 800_000)
    enough, more = a_use(lin, jingan, fen=most, bill=bill), a_use(lin, jingan, fen=most + 1, bill=bill)
    terms(enough.programme, date(2026, 1, 1))
    terms(more.programme, date(2026, 1, 1))

    assert refusal_of(enough) is None
    assert isinstance(refusal_of(more), VisitDrawsTooMuch)


def test_under_terms_a_visit_needs_its_bill(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)
    use = a_use(lin, jingan)
    terms(use.programme, date(2026, 1, 1))

    refusal = refusal_of(use)

    assert isinstance(refusal, VisitNeedsABill)
    assert refusal.code == "visit_draws_too_much"


def test_terms_count_from_their_day_on_and_of_two_for_one_day_the_later(lin: Resident, jingan: District) -> None:
    use = a_use(lin, jingan)
    terms(use.programme, date(2026, 6, 1), percent=70)
    terms(use.programme, date(2026, 6, 1), percent=60)
    terms(use.programme, date(2026, 7, 1), percent=85)

    visit = visit_of(use)
    assert visit is not None and visit.terms == Terms(60, 100_000, 10, 20)


def test_before_the_first_terms_a_visit_may_draw_what_the_voucher_holds(lin: Resident, jingan: District) -> None:
    filed(lin, jingan)
    use = a_use(lin, jingan)
    terms(use.programme, date(2026, 7, 1))

    assert refusal_of(use) is None


def test_terms_belong_to_a_programme_that_needs_a_filing() -> None:
    with pytest.raises(VisitsNotFiled):
        terms(ProgrammeFactory.create(), TODAY)
