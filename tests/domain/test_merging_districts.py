"""Two districts become one: who has to agree, what the database refuses, and whether everything still adds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import selectors as places
from accounts.models import SUSPENSE, District, Role
from ledger import kinds, selectors
from ledger.events import TAKEOVER
from ledger.kinds import AccountName
from ledger.models import JobState, Succession, Transfer
from ledger.services import jobs
from ledger.services.posting import Entry, post
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    administrator_of,
    stamp,
)
from vouchers.models import Programme, Provider, Voucher
from vouchers.services.merging_districts import MergerNotYet, extent_of, merge_districts, propose_merger
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem
from vouchers.services.tracing import trace

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
DAY = date(2026, 3, 20)


@dataclass(frozen=True)
class City:
    """Lin lived in Zhabei until March, and then in Minhang; ``school`` is in Zhabei, where Wu lives too."""

    zhabei: District
    jingan: District
    education: Programme
    lin: Voucher
    wu: Voucher
    school: Provider


@pytest.fixture
def city() -> City:
    zhabei, jingan, minhang = (DistrictFactory(code=code) for code in ("310108", "310106", "310112"))
    education = ProgrammeFactory.create(cost_rule="by_use")
    lin, wu = (VoucherFactory(resident=ResidentFactory(district=zhabei), programme=education) for _ in range(2))
    school = ProviderFactory(district=zhabei, programmes=[education])
    city = City(zhabei, jingan, education, lin, wu, school)
    use(city, lin, day=JANUARY, key="early")
    move(resident=lin.resident, to=minhang.code, effective_on=FEBRUARY, stamp=stamp(FEBRUARY))
    use(city, lin, day=MARCH, key="late")
    return city


def use(city: City, voucher: Voucher, *, day: date, key: str) -> Transfer:
    return redeem(
        resident=voucher.resident,
        programme=city.education,
        provider=city.school,
        fen=1_000,
        day=day,
        key=key,
        stamp=stamp(day),
    )


def merged(city: City, *, day: date = DAY) -> None:
    merge_districts(predecessor=city.zhabei.code, successor=city.jingan.code, day=day, stamp=stamp(day))


def test_another_person_has_to_approve_and_then_all_of_it_is_done_in_one_step(city: City) -> None:
    proposer, approver = UserFactory.create(), UserFactory.create()
    by = stamp(DAY, by=proposer)
    job = propose_merger(predecessor=city.zhabei.code, successor=city.jingan.code, day=DAY, stamp=by)
    assert job.state == JobState.PROPOSED
    assert selectors.books(authority=city.zhabei.code) != {}

    jobs.approve(job_id=job.pk, stamp=stamp(DAY, by=approver))
    more = jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=stamp(DAY))

    job.refresh_from_db()
    assert (job.state, job.done_count, more) == (JobState.DONE, 2, False)
    assert selectors.books(authority=city.zhabei.code) == {}


def test_what_will_move_is_told_before(city: City) -> None:
    extent = extent_of(city.zhabei)

    assert (extent.residents, extent.providers) == (2, 1)
    assert extent.months == [FEBRUARY, MARCH]


def test_a_merger_is_not_recorded_before_its_day(city: City) -> None:
    with pytest.raises(MergerNotYet):
        propose_merger(
            predecessor=city.zhabei.code, successor=city.jingan.code, day=APRIL, stamp=stamp(date(2026, 3, 31))
        )


def test_the_database_refuses_rows_that_touch_a_book_taken_over(city: City) -> None:
    merged(city)
    entry = Entry(
        key="late",
        event=TAKEOVER,
        act="late",
        day=DAY,
        debit=AccountName(city.zhabei.code, kinds.CASH.code),
        credit=AccountName(city.jingan.code, kinds.CASH.code),
        fen=1,
    )

    with pytest.raises(IntegrityError, match="transfer touches a book taken over"), transaction.atomic():
        post(entries=[entry], stamp=stamp(DAY))


def test_a_succession_is_never_changed(city: City) -> None:
    merged(city)

    with pytest.raises(IntegrityError), transaction.atomic():
        Succession.objects.update(successor=SUSPENSE)


def test_who_administers_one_of_them_administers_both_and_chooses_the_one_that_goes_on(city: City) -> None:
    of_zhabei, of_jingan = administrator_of(city.zhabei), administrator_of(city.jingan)

    merged(city)

    for user in (of_zhabei, of_jingan):
        assert set(user.district_codes()) == {city.zhabei.code, city.jingan.code}
        assert list(places.districts_administered_by(user).going_on()) == [city.jingan]


def test_a_claim_under_the_old_key_is_a_replay_and_a_new_one_is_owed_in_the_new_district(city: City) -> None:
    first = Transfer.objects.get(key="redeem:late")
    merged(city)

    again = use(city, city.lin, day=MARCH, key="late")
    new = use(city, city.lin, day=date(2026, 3, 21), key="new")

    assert again == first
    assert new.credit.name == AccountName(city.jingan.code, kinds.PAYABLE.code, city.education.code, city.school.code)


def test_the_trace_of_a_voucher_names_the_successor_as_the_one_who_owes(city: City) -> None:
    auditor = UserFactory.create(role=Role.AUDITOR)
    merged(city)

    voucher = Voucher.objects.select_related("resident", "programme", "ending").get(pk=city.lin.pk)
    found = trace(voucher=voucher, user=auditor, as_of=DAY)

    pairs = {(one.debtor, one.creditor) for one in found.settlements}
    assert pairs == {("310106", "310112"), ("310112", "310106")}
    assert all(one.obligation_fen for one in found.settlements)
