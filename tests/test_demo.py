"""The demonstration city: who is in it, that its books tie, and that it is the same city each time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker, Settings

from accounts import personas
from accounts.identity import is_id_number
from accounts.models import District, Resident, Role, User
from accounts.stamps import Stamp
from config.demo.figures import KINDS, read_figures
from config.demo.founding import City
from config.demo.happenings import imagine
from config.demo.people import synthetic_id_number
from config.demo.progress import Progress
from config.demo.seeding import seed_city
from config.demo.settling import stands
from config.demo.timeline import Timeline
from ledger import selectors
from ledger.models import BankMatch, Break, Dispute, Job, JobState, Payment, PeriodStep, Step, Transfer
from ledger.months import next_month
from ledger.states import SETTLED
from tests.factories import DistrictFactory
from vouchers import casebook
from vouchers.models import ClaimFile, EndReason, Move, MoveStep, Provider, Voucher
from vouchers.services.histories import replan_residents
from vouchers.services.planning import Cause

TODAY = date(2026, 11, 25)
A_DAY = st.dates(date(2025, 1, 1), date(2040, 12, 31))


def seeded(today: date = TODAY, *, seed: str = "test") -> City:
    """Make a small city."""
    return seed_city(today=today, progress=Progress(out=OutputWrapper(StringIO())), residents=60, seed=seed)


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    """One small city for the tests that only look; gone when they are done."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seeded()
        transaction.set_rollback(True)


def resident(sign_in: str) -> Resident:
    """Return the resident of a sign-in."""
    return Resident.objects.get(user__username=f"demo-{sign_in}")


def present_voucher(sign_in: str, programme: str) -> Voucher:
    return Voucher.objects.get(
        resident=resident(sign_in), programme__code=programme, valid_from=Timeline(TODAY).year.start
    )


def payers_of(voucher: Voucher) -> list[str]:
    """Return who paid what was used of a voucher, in the order of the days."""
    rows = Transfer.objects.filter(subject=voucher.pk, event="redeem").order_by("occurred_on")
    return list(rows.values_list("debit__authority_id", flat=True))


def moves_of(sign_in: str) -> list[tuple[str, date, date]]:
    moves = resident(sign_in).moves.order_by("effective_on")
    return list(moves.values_list("destination_id", "effective_on", "booked_on"))


# Figures, days and people: no database


def test_the_districts_add_up_to_the_published_census() -> None:
    assert sum(area.residents for area in read_figures().areas) == 23_019_100


def test_every_district_has_each_kind_of_provider_and_sixty_in_all() -> None:
    places = read_figures().places
    assert len({place.code for place in places}) == 60
    assert {(place.district, place.kind) for place in places} == {
        (area.code, kind) for area in read_figures().areas for kind in KINDS
    }


@given(today=A_DAY)
def test_on_any_day_the_benefit_year_is_six_to_eleven_months_old_and_the_pilot_twelve(today: date) -> None:
    first, present = Timeline(today).windows
    assert present.start == first.end
    assert present.start <= today < present.end
    assert first.months + 6 <= len(Timeline(today).past_months) == 12
    assert first.months in range(1, 7)


@given(born_on=st.dates(date(1930, 1, 1), date(2030, 1, 1)), order=st.integers(0, 999))
def test_a_synthetic_id_number_is_well_formed_and_begins_with_a_code_that_nobody_has(born_on: date, order: int) -> None:
    number = synthetic_id_number(born_on=born_on, order=order)
    assert is_id_number(number)
    assert number.startswith("310000")
    assert "310000" not in {area.code for area in read_figures().areas}


def test_a_child_of_the_city_has_a_guardian_who_is_grown_up() -> None:
    timeline = Timeline(TODAY)
    people = imagine(number=400, figures=read_figures(), timeline=timeline, seed="test").people
    pairs = [(child, people[child.guardian]) for child in people if child.guardian is not None]
    assert len(pairs) > 50
    assert all(child.born_on.year - guardian.born_on.year >= 18 for child, guardian in pairs)
    assert all(child.lives_in == guardian.lives_in for child, guardian in pairs)


# The year


@pytest.mark.django_db
@pytest.mark.embedded
@pytest.mark.parametrize("today", [date(2027, 1, 1), date(2028, 2, 29), date(2026, 7, 1)], ids=str)
def test_whatever_the_day_two_months_wait_to_be_settled_and_the_present_one_is_open(today: date) -> None:
    seeded(today)
    *_, proposed, last = Timeline(today).past_months
    closed = set(PeriodStep.objects.filter(step=Step.CLOSED).values_list("month", flat=True))
    settled = set(PeriodStep.objects.filter(step=Step.SETTLED).values_list("month", flat=True))
    assert len(closed) == 12
    assert closed - settled == {proposed, last}
    assert selectors.closed_through() == last
    assert selectors.open_month(day=today) == next_month(last)


@pytest.mark.embedded
@pytest.mark.django_db
def test_the_same_seed_and_day_make_the_same_books_and_another_seed_others() -> None:
    first, second, other = digest(seeded), digest(seeded), digest(lambda: seeded(seed="other"))
    assert first == second
    assert first != other


def digest(make: Callable[[], City]) -> str:
    """Make a city, hash its residents and its books without the ids that the database gives, and take it back."""
    with transaction.atomic():
        make()
        people = list(Resident.objects.order_by("pk").values_list("name", "id_number_hash", "registered_in"))
        rows = Transfer.objects.order_by("pk")
        columns = ("event", "debit__code", "credit__code", "fen", "occurred_on", "booked_on", "period", "settles")
        text = repr([people, list(rows.values_list(*columns)), selectors.books()])
        transaction.set_rollback(True)
    return hashlib.sha256(text.encode()).hexdigest()


def test_every_authoritys_book_sums_to_zero_and_settled_months_leave_nothing_due(city: City) -> None:
    *settled, _proposed, _last = Timeline(TODAY).past_months
    authorities = {code.split("/")[0] for code in selectors.books()}
    assert {sum(selectors.books(authority=code).values()) for code in authorities} == {0}
    assert [selectors.unsettled_balances(month) for month in settled] == [{}] * 10


def test_planning_everything_again_posts_nothing(city: City) -> None:
    before = Transfer.objects.count()
    replan_residents(
        resident_ids=[person.pk for person in city.residents],
        cause=lambda _: Cause("again", TODAY),
        stamp=Stamp(by=None, booked_on=TODAY, as_of=TODAY),
    )
    assert Transfer.objects.count() == before


def test_a_second_person_has_a_settlement_to_approve(city: City) -> None:
    job = Job.objects.get(state=JobState.PROPOSED)
    assert (job.kind, job.params["month"]) == ("settle_period", "2026-09")
    assert job.proposed_by == User.objects.get(username="demo-city-1")


def test_a_finance_officer_has_a_statement_to_answer_and_a_dispute_to_follow(city: City) -> None:
    last = Timeline(TODAY).past_months[-1]
    assert selectors.lines_waiting(last)["310106"] > 1
    assert list(Dispute.objects.open().values_list("month", "raised_by__username")) == [(last, "demo-finance")]


def test_two_providers_sent_their_month_and_claims_of_the_school_wait(city: City) -> None:
    found = Break.objects.open().filter(kind="claim").values_list("reason", "evidence__theirs__provider")

    assert ClaimFile.objects.standing().count() == 2
    assert set(found) >= {("amount_differs", "school-310106-1"), ("missing_here", "school-310106-1")}


def test_a_redemption_is_recorded_by_the_providers_own_clerk(city: City) -> None:
    providers = dict(Provider.objects.values_list("clerks__user", "code"))
    rows = Transfer.objects.filter(event="redeem").values_list("recorded_by", "credit__party")
    assert rows.count() > 100
    assert all(providers[clerk] == party for clerk, party in rows)


def test_the_first_vouchers_have_expired_and_the_present_ones_are_active(city: City) -> None:
    first, present = Timeline(TODAY).windows
    assert not Voucher.objects.active().filter(valid_from=first.start).exists()
    ended = Voucher.objects.exclude(pk__in=Voucher.objects.active()).filter(valid_from=present.start)
    assert [voucher.status for voucher in ended] == [EndReason.REVOKED]


def test_a_visitor_can_become_everybody_a_story_is_told_of_and_every_kind_of_staff(city: City) -> None:
    found = {persona.username: persona.story for persona in personas.all_personas()}
    assert list(found) == [f"demo-{name}" for name in personas.STORIES]
    assert {user.role for user in personas.users()} == set(Role)
    assert all(found.values())
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_the_district_administrator_and_the_clerks_have_something_to_act_for(city: City) -> None:
    administrator = User.objects.get(username="demo-district")
    assert administrator.district_codes() == ["310106", "310112"]
    assert User.objects.get(username="demo-clerk-school").clerk.provider.district_id == "310106"
    assert User.objects.get(username="demo-clerk-clinic").clerk.provider.kind == "clinic"


# The stories


def test_lin_moved_in_mid_term_and_the_new_district_pays_from_then_on(city: City) -> None:
    education = present_voucher("lin", "education")
    assert moves_of("lin") == [("310106", date(2026, 9, 16), date(2026, 9, 18))]
    assert (education.amount_fen, education.payer) == (72_000, "310106")
    assert payers_of(education)[-1] == "310106"
    assert payers_of(education)[0] == "310112"


def test_wang_moved_away_and_back(city: City) -> None:
    assert [to for to, *_ in moves_of("wang")] == ["310104", "310115"]
    assert payers_of(present_voucher("wang", "health")) == ["310115", "310104", "310115"]


def test_hes_move_was_recorded_three_months_late_and_each_district_bears_its_own_visits(city: City) -> None:
    health = present_voucher("he", "health")
    assert moves_of("he") == [("310110", date(2026, 7, 8), date(2026, 10, 20))]
    assert payers_of(health) == ["310113", "310113", "310113"]
    shares = Transfer.objects.get(subject=health.pk, event="cost_share")
    assert (shares.debit.authority_id, shares.fen) == ("310110", 4_000)


def test_zhou_left_the_pool_and_another_pool_pays_the_living_allowance(city: City) -> None:
    allowance = present_voucher("zhou", "social_security")
    assert District.objects.get(pk=moves_of("zhou")[0][0]).pool_id == "320500"
    assert allowance.payer == "320500"
    assert set(payers_of(allowance)) == {"310000", "320500"}


def test_chen_has_two_children_of_whom_one_gets_the_higher_amount(city: City) -> None:
    children = Resident.objects.visible_to(User.objects.get(username="demo-chen")).exclude(pk=resident("chen").pk)
    vouchers = Voucher.objects.active().filter(resident__in=children, programme__code="education")
    assert sorted(vouchers.values_list("amount_fen", flat=True)) == [72_000, 94_000]


def test_zhaos_health_voucher_is_used_up_and_still_active(city: City) -> None:
    health = present_voucher("zhao", "health")
    assert (health.spent_fen, health.remaining_fen, health.status) == (5_000, 0, "active")


def test_suns_move_lies_ahead_and_has_moved_no_money(city: City) -> None:
    assert moves_of("sun") == [("310115", date(2026, 12, 7), TODAY)]
    assert present_voucher("sun", "health").payer == "310110"


def test_a_wrong_move_was_annulled_and_an_allowance_revoked(city: City) -> None:
    annulled = Move.objects.get(resident__name="吴桂英", steps__step="annulled")
    assert annulled.destination_id == "310106"
    assert Voucher.objects.get(ending__reason=EndReason.REVOKED).resident.name == "郑伟"


def test_the_desk_of_jingan_has_moves_to_answer_and_waits_for_others(city: City) -> None:
    administrator = User.objects.get(username="demo-district")
    assert casebook.waiting_for(administrator).count() >= 2
    assert casebook.listed(administrator, waiting="others").count() >= 1


def test_the_city_has_disputes_to_decide_and_every_end_of_a_case_can_be_seen(city: City) -> None:
    assert casebook.waiting_for(User.objects.get(username="demo-city-1")).count() >= 1
    ends = set(MoveStep.objects.values_list("step", flat=True))
    assert {"confirmed", "disputed", "withdrawn", "timed_out", "corrected"} <= ends


# The command


@pytest.mark.django_db
def test_no_city_is_invented_where_demo_is_off(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
    assert not Resident.objects.exists()


@pytest.mark.django_db
def test_a_database_with_data_is_refused_and_with_if_empty_left_alone(settings: Settings) -> None:
    settings.DEMO = True
    DistrictFactory()
    with pytest.raises(CommandError, match="empty"):
        call_command("seed_demo")
    call_command("seed_demo", "--if-empty", stdout=(out := StringIO()))
    assert "Nothing was changed" in out.getvalue()
    assert not Resident.objects.exists()


@pytest.mark.django_db
def test_the_command_fills_an_empty_database_and_says_how_far_it_is(settings: Settings) -> None:
    settings.DEMO = True
    call_command("seed_demo", "--if-empty", "--residents=20", "--today=2026-11-25", stdout=(out := StringIO()))
    assert Resident.objects.count() == 20
    assert "100 %" in out.getvalue()
    assert "20 residents" in out.getvalue()


def test_the_last_settled_month_was_settled_by_the_bank_which_left_one_receipt_to_find_out(city: City) -> None:
    *_, paid = [month for month, state in stands(Timeline(TODAY)).items() if state is SETTLED]

    assert {payment.batch.month for payment in Payment.objects.select_related("batch")} == {paid}
    assert set(BankMatch.objects.values_list("outcome", flat=True)) == {"matched", "unknown_payment"}
    assert [found.reason for found in Break.objects.open().filter(kind="bank")] == ["unknown_payment"]
