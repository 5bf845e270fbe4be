"""What becomes of people, and what their vouchers, numbers and books say of it then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import selectors
from accounts.models import (
    AuditEvent,
    District,
    DoubleRegistration,
    RegistrationFinding,
    Resident,
    Role,
)
from accounts.services.residents import (
    AlreadyAnswered,
    AlreadyRegistered,
    answer_double_registration,
    register,
)
from ledger.models import Transfer
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    account_of,
    clerk_of,
    stamp,
)
from tests.model import books
from vouchers.models import LiftedEnd, Move, Programme, Provider, Voucher, VoucherEnd
from vouchers.refusals import Died, MergedPerson
from vouchers.services import verifying
from vouchers.services.batches import RosterHasProblems, prepare_from_roster
from vouchers.services.births import AlreadyBorn, BirthdayDiffers, GuardianElsewhere, record_birth
from vouchers.services.cases import CaseOpen, request
from vouchers.services.counter import redeem_for
from vouchers.services.counter_many import Slip, redeem_listed
from vouchers.services.deaths import NotYet, record_death, take_back_death
from vouchers.services.facts import AlreadyOutside, BeforeBirth
from vouchers.services.issuing import Offer, issue, issue_many
from vouchers.services.leaving import leave_area
from vouchers.services.merging import foresee_merge, issued_by, merge_residents, take_back_merge
from vouchers.services.moving import MoveOrder, annul_move, move
from vouchers.services.offering import offerings_for
from vouchers.services.redeeming import redeem, reverse
from vouchers.services.tracing import trace

pytestmark = pytest.mark.django_db

ID_NUMBER = "11010519491231002X"
MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))


@pytest.fixture
def education() -> Programme:
    return ProgrammeFactory(code="education")


@pytest.fixture
def school(education: Programme) -> Provider:
    return ProviderFactory(programmes=[education])


@pytest.fixture
def voucher(education: Programme) -> Voucher:
    """720 yuan for the year."""
    return VoucherFactory(programme=education)


def use(voucher: Voucher, school: Provider, *, fen: int, day: date, key: str, booked: date | None = None) -> Transfer:
    return redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=school,
        fen=fen,
        day=day,
        key=key,
        stamp=stamp(booked or day),
    )


def again(voucher: Voucher) -> Voucher:
    return Voucher.objects.select_related("ending", "programme").get(pk=voucher.pk)


# Deaths


def test_a_death_is_noted_with_who_recorded_it(voucher: Voucher) -> None:
    act = stamp(MAY)

    record_death(resident=voucher.resident, day=APRIL, note="派出所通知", stamp=act)

    [event] = AuditEvent.objects.filter(verb="record_death")
    assert (event.by, event.subject, event.detail) == (
        act.by,
        f"resident:{voucher.resident_id}",
        {"day": "2026-04-01"},
    )
    assert again(voucher).status == "died"


def test_a_death_still_to_come_cannot_be_recorded(voucher: Voucher) -> None:
    with pytest.raises(NotYet):
        record_death(resident=voucher.resident, day=MAY, stamp=stamp(APRIL))


def test_nobody_dies_before_being_born() -> None:
    child = ResidentFactory(born_on=date(2019, 12, 31))

    with pytest.raises(BeforeBirth):
        record_death(resident=child, day=date(2019, 12, 30), stamp=stamp(MAY))


def test_a_reversal_after_a_death_goes_on_to_those_who_funded_it(voucher: Voucher, school: Provider) -> None:
    use(voucher, school, fen=30_000, day=MARCH, key="k")
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(MAY))

    reverse(key="k", day=MAY, stamp=stamp(MAY))

    ended = again(voucher)
    assert (ended.spent_fen, ended.remaining_fen, ended.returned_fen) == (0, 0, 72_000)


def test_late_claims_in_one_list_share_what_went_back(voucher: Voucher, school: Provider) -> None:
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(APRIL))
    slips = [Slip(key=key, fen=40_000, day=MARCH, voucher=voucher.number) for key in ("first", "second")] + [
        Slip(key="third", fen=32_000, day=MARCH, voucher=voucher.number)
    ]

    answers = redeem_listed(clerk=clerk_of(school), slips=slips, stamp=stamp(date(2026, 4, 10)))

    assert [getattr(answer, "code", "done") for answer in answers] == ["done", "balance_too_low", "done"]
    assert again(voucher).spent_fen == 72_000


FACTS = ("move", "death", "use")


@pytest.mark.parametrize("order", list(permutations(FACTS)))
def test_the_order_of_recording_changes_no_cost(order: tuple[str, ...], voucher: Voucher, school: Provider) -> None:
    there: District = DistrictFactory(code="310106")
    record: dict[str, Callable[[], object]] = {
        "move": lambda: move(resident=voucher.resident, to=there.code, effective_on=MARCH, stamp=stamp(MAY)),
        "death": lambda: record_death(resident=voucher.resident, day=APRIL, stamp=stamp(MAY)),
        "use": lambda: use(voucher, school, fen=9_000, day=date(2026, 2, 1), key="k", booked=date(2026, 4, 20)),
    }
    for fact in order:
        record[fact]()

    # E = 9000 for 90 days of [1 January, 1 April); 59 of them before the move.
    home = Resident.objects.get(pk=voucher.resident_id).residences.order_by("start")[0].district_id
    assert books.balances(books.rows(), "cost")[voucher.pk] == {home: 5_900, there.code: 3_100}


def test_the_books_of_a_death_that_was_taken_back_verify(voucher: Voucher, school: Provider) -> None:
    use(voucher, school, fen=30_000, day=MARCH, key="k")
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(MAY))
    use(voucher, school, fen=2_000, day=MARCH, key="late", booked=date(2026, 4, 30))
    take_back_death(resident=voucher.resident, stamp=stamp(MAY))
    use(voucher, school, fen=40_000, day=JUNE, key="rest")

    for check in verifying.CHECKS:
        assert check.run()
    assert again(voucher).remaining_fen == 0


def test_every_plan_of_an_end_that_was_lifted_is_explained_as_it_was_made(voucher: Voucher, school: Provider) -> None:
    there: District = DistrictFactory(code="310106")
    use(voucher, school, fen=30_000, day=date(2026, 2, 1), key="k")
    move(resident=voucher.resident, to=there.code, effective_on=MARCH, stamp=stamp(MARCH))
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(APRIL))
    use(voucher, school, fen=2_000, day=MARCH, key="late", booked=date(2026, 4, 20))
    take_back_death(resident=voucher.resident, stamp=stamp(MAY))
    record_death(resident=voucher.resident, day=JUNE, stamp=stamp(JUNE))

    plans = trace(voucher=again(voucher), user=UserFactory(role=Role.AUDITOR), as_of=JUNE).plans

    assert len(plans) >= 6
    assert [plan.last.key if plan.last else "today" for plan in plans if not plan.agrees] == []


# What the database insists on


def test_an_end_goes_only_when_it_was_lifted(voucher: Voucher) -> None:
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(APRIL))

    with pytest.raises(DatabaseError), transaction.atomic():
        VoucherEnd.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        VoucherEnd.objects.update(day=MAY)

    assert again(voucher).ended_on == APRIL


def test_what_was_lifted_stays_on_record(voucher: Voucher) -> None:
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(APRIL))
    take_back_death(resident=voucher.resident, stamp=stamp(MAY))

    [lifted] = LiftedEnd.objects.all()
    assert (lifted.reason, lifted.day, lifted.booked_on) == ("died", APRIL, MAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        LiftedEnd.objects.all().delete()


def test_nothing_is_restored_that_never_went_back(voucher: Voucher) -> None:
    row = Transfer.objects.get(event="issue", subject=voucher.pk)
    columns = "act, subject, debit_id, credit_id, fen, occurred_on, booked_on, period, recorded_at"

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_transfer (key, event, {columns}) "
            f"SELECT 'forged', 'restore', {columns} FROM ledger_transfer WHERE id = %s",
            [row.pk],
        )

    assert again(voucher).remaining_fen == 72_000


@pytest.mark.parametrize(
    "table", ["accounts_death", "accounts_residentmerge", "accounts_deathtakenback", "accounts_mergetakenback"]
)
def test_what_is_recorded_of_lives_only_grows(table: str, voucher: Voucher) -> None:
    twin = ResidentFactory()
    merge_residents(dropped=twin, kept=voucher.resident, stamp=stamp(MARCH))
    take_back_merge(dropped=twin, stamp=stamp(MARCH))
    record_death(resident=voucher.resident, day=APRIL, stamp=stamp(APRIL))
    take_back_death(resident=voucher.resident, stamp=stamp(APRIL))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


# Leaving


def test_a_departure_still_to_come_ends_nothing_until_its_day(voucher: Voucher, school: Provider) -> None:
    leave_area(residents=[voucher.resident], day=JUNE, stamp=stamp(MAY))

    use(voucher, school, fen=1_000, day=date(2026, 5, 20), key="k")

    assert again(voucher).status == "active"


def test_a_departure_that_never_was_gives_the_voucher_back(voucher: Voucher) -> None:
    leave_area(residents=[voucher.resident], day=APRIL, stamp=stamp(MAY))
    annul_move(resident=voucher.resident, effective_on=APRIL, stamp=stamp(MAY))

    assert (again(voucher).status, again(voucher).remaining_fen) == ("active", 72_000)


# What cannot be issued any more


def test_the_dead_are_left_out_of_what_is_issued_to_many(education: Programme) -> None:
    living, dead = ResidentFactory(), ResidentFactory()
    record_death(resident=dead, day=APRIL, stamp=stamp(APRIL))

    outcome = issue_many(resident_ids=[living.pk, dead.pk], offer=Offer.of(education), day=MAY, stamp=stamp(MAY))

    assert list(outcome.voucher_ids) == [living.pk]
    with pytest.raises(Died):
        issue(resident=dead, programme=education, stamp=stamp(MAY))


def test_a_roster_with_somebody_dead_is_refused_by_row(education: Programme) -> None:
    dead = ResidentFactory()
    record_death(resident=dead, day=APRIL, stamp=stamp(APRIL))
    content = f"resident_number\n{dead.number}\n".encode()

    with pytest.raises(RosterHasProblems) as caught:
        prepare_from_roster(offer=Offer.of(education), file_name="r.csv", content=content, stamp=stamp(MAY))

    assert [problem.row for problem in caught.value.problems] == [2]


def test_offers_to_the_dead_say_why_not(education: Programme) -> None:
    dead = ResidentFactory()
    record_death(resident=dead, day=APRIL, stamp=stamp(APRIL))

    [offering] = offerings_for(resident=dead, day=MAY)

    assert isinstance(offering.hindrance, Died)


# Births


def test_a_child_is_given_what_is_for_its_age_and_in_force() -> None:
    kinds: dict[str, dict[str, Any]] = {
        "milk": {"max_age": 2},
        "school": {"min_age": 6},
        "over": {"valid_from": date(2025, 1, 1), "valid_until": date(2026, 1, 1)},
    }
    programmes = {code: ProgrammeFactory.create(code=code, at_birth=True, **values) for code, values in kinds.items()}

    born = record_birth(guardian=ResidentFactory(), name="新生", day=MARCH, stamp=stamp(APRIL))

    [given] = born.vouchers
    assert given.programme == programmes["milk"]
    assert (given.valid_from, given.amount_fen) == (MARCH, 72_000)


def test_the_guardian_sees_the_child() -> None:
    guardian = ResidentFactory()

    born = record_birth(guardian=guardian, name="新生", day=MARCH, stamp=stamp(APRIL))

    assert born.resident in Resident.objects.visible_to(account_of(guardian))


def test_a_birth_is_recorded_once() -> None:
    guardian = ResidentFactory()
    record_birth(guardian=guardian, name="新生", day=MARCH, stamp=stamp(APRIL))

    with pytest.raises(AlreadyBorn):
        record_birth(guardian=guardian, name="新生", day=MARCH, stamp=stamp(APRIL))


def test_a_birth_needs_a_guardian_who_lived_here_then() -> None:
    guardian = ResidentFactory()
    leave_area(residents=[guardian], day=MARCH, stamp=stamp(MARCH))

    with pytest.raises(GuardianElsewhere):
        record_birth(guardian=guardian, name="新生", day=APRIL, stamp=stamp(MAY))


def test_an_id_number_of_another_birthday_is_no_childs() -> None:
    with pytest.raises(BirthdayDiffers):
        record_birth(guardian=ResidentFactory(), name="新生", day=MARCH, id_number=ID_NUMBER, stamp=stamp(MAY))


# Entries that are one person


def test_both_numbers_lead_to_the_entry_that_stands() -> None:
    first, second, third = ResidentFactory(id_number=ID_NUMBER), ResidentFactory(), ResidentFactory()

    merge_residents(dropped=first, kept=second, stamp=stamp(MAY))
    merge_residents(dropped=second, kept=third, stamp=stamp(MAY))

    assert {selectors.find_exactly(text) for text in (ID_NUMBER, first.number, second.number)} == {third}


def test_a_counter_that_is_told_the_old_number_takes_from_the_entry_that_stands(
    voucher: Voucher, school: Provider
) -> None:
    double = ResidentFactory()
    merge_residents(dropped=double, kept=voucher.resident, stamp=stamp(MARCH))
    clerk = clerk_of(school)

    one = redeem_for(
        clerk=clerk,
        resident_number=double.number,
        programme_code="education",
        fen=100,
        day=APRIL,
        key="one",
        stamp=stamp(APRIL),
    )
    [listed] = redeem_listed(
        clerk=clerk,
        slips=[Slip(key="two", fen=100, day=APRIL, resident=double.number, programme="education")],
        stamp=stamp(APRIL),
    )

    assert {one.voucher, getattr(listed, "voucher", None)} == {voucher.number}


def test_a_resident_sees_both_entries_by_either_sign_in() -> None:
    kept, double = ResidentFactory(), ResidentFactory()
    ward = ResidentFactory(guardian=double)
    merge_residents(dropped=double, kept=kept, stamp=stamp(MAY))

    for entry in (kept, double):
        assert set(Resident.objects.visible_to(account_of(entry))) == {kept, double, ward}


def test_what_would_become_of_each_voucher_is_told_before(education: Programme) -> None:
    kept, double = ResidentFactory(), ResidentFactory()
    stays = VoucherFactory(resident=kept, programme=education)
    goes, moves = VoucherFactory(resident=double, programme=education), VoucherFactory(resident=double)

    fates = foresee_merge(dropped=double, kept=kept, stamp=stamp())
    merge = merge_residents(dropped=double, kept=kept, stamp=stamp())

    assert [(fate.voucher, fate.stays, fate.goes_on) for fate in fates] == [(goes, stays, False), (moves, None, True)]
    assert [(row.resident, row.programme) for row in issued_by(merge)] == [(kept, moves.programme)]


def test_a_move_of_a_merged_entry_names_the_one_that_stands() -> None:
    kept, double = ResidentFactory(), ResidentFactory()
    merge_residents(dropped=double, kept=kept, stamp=stamp(MAY))

    with pytest.raises(MergedPerson) as caught:
        move(resident=double, to=DistrictFactory().code, effective_on=JUNE, stamp=stamp(JUNE))

    assert caught.value.details["kept"] == kept.number


# Double registrations


def test_an_id_number_known_from_elsewhere_is_refused_and_kept_as_a_finding() -> None:
    home, elsewhere = DistrictFactory(), DistrictFactory()
    known: Resident = ResidentFactory(id_number=ID_NUMBER, district=home)
    act = stamp(MAY)

    for _ in range(2):
        with pytest.raises(AlreadyRegistered):
            register(name="林", district=elsewhere, since=APRIL, id_number=ID_NUMBER, stamp=act)

    [found] = DoubleRegistration.objects.waiting()
    assert (found.id_number_hash, found.district, found.known_in) == (known.id_number_hash, elsewhere, home)
    assert (found.booked_on, found.recorded_by) == (MAY, act.by)


def test_registering_somebody_again_at_home_is_no_finding() -> None:
    home = DistrictFactory()
    ResidentFactory(id_number=ID_NUMBER, district=home)

    with pytest.raises(AlreadyRegistered):
        register(name="林", district=home, since=APRIL, id_number=ID_NUMBER, stamp=stamp(MAY))

    assert not DoubleRegistration.objects.exists()


def test_a_finding_is_answered_once() -> None:
    ResidentFactory(id_number=ID_NUMBER)
    with pytest.raises(AlreadyRegistered):
        register(name="林", district=DistrictFactory(), since=APRIL, id_number=ID_NUMBER, stamp=stamp(MAY))
    found = DoubleRegistration.objects.get()

    answer_double_registration(registration=found, finding=RegistrationFinding.MISTAKE, stamp=stamp(MAY))

    assert not DoubleRegistration.objects.waiting().exists()
    with pytest.raises(AlreadyAnswered):
        answer_double_registration(registration=found, finding=RegistrationFinding.MOVED, stamp=stamp(MAY))


# Households


def test_whose_open_case_stops_a_household_is_named() -> None:
    home, there = DistrictFactory(), DistrictFactory()
    mother, child, grandmother = (ResidentFactory(name=name, district=home) for name in ("梅", "林", "外婆"))
    ask = [MoveOrder(resident=grandmother, to=there.code, effective_on=APRIL)]
    request(orders=ask, stamp=stamp(MARCH))
    together = [MoveOrder(resident=one, to=there.code, effective_on=MAY) for one in (mother, child, grandmother)]

    with pytest.raises(CaseOpen) as caught:
        request(orders=together, stamp=stamp(MARCH))

    assert caught.value.details["resident"] == "外婆"
    assert not Move.objects.filter(resident__in=[mother, child]).exists()


def test_a_household_that_leaves_is_refused_whole_for_one_who_is_gone() -> None:
    mother, child = ResidentFactory(name="梅"), ResidentFactory(name="林")
    leave_area(residents=[child], day=MARCH, stamp=stamp(MARCH))

    with pytest.raises(AlreadyOutside) as caught:
        leave_area(residents=[mother, child], day=APRIL, stamp=stamp(APRIL))

    assert caught.value.details["resident"] == "林"
    assert not mother.moves.exists()


def test_coming_back_is_a_move_from_nowhere() -> None:
    person = ResidentFactory()
    there: District = DistrictFactory()
    leave_area(residents=[person], day=MARCH, stamp=stamp(MARCH))

    back = request(
        orders=[MoveOrder(resident=person, to=there.code, effective_on=MAY)], confirmed=True, stamp=stamp(MAY)
    )

    assert back.origin is None
    spells = person.residences.current().order_by("start").values_list("district", "end")
    assert [end for _, end in spells] == [MARCH, None]
