"""What the services promise beyond the stories: keys, replays, many at once, and who may have several vouchers."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Residence
from accounts.refusals import OwnProposal
from accounts.stamps import Stamp
from ledger.models import PeriodStep, Transfer
from ledger.services.periods import AlreadySettled, NotNetted, close_period, net_period, pay_period
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    stamp,
)
from vouchers.models import Provider, Voucher
from vouchers.refusals import NoVoucher
from vouchers.services.claims import BalanceTooLow
from vouchers.services.ending import expire, revoke
from vouchers.services.issuing import Offer, issue, issue_many
from vouchers.services.moving import MoveOrder, annul_move, move, move_many
from vouchers.services.redeeming import redeem

pytestmark = pytest.mark.django_db

DAY = date(2026, 2, 1)
MONTH = date(2026, 1, 1)


def use(
    voucher: Voucher,
    *,
    fen: int = 100,
    key: str = "k",
    at: Provider | None = None,
    named: Voucher | None = None,
    acting: Stamp | None = None,
) -> Transfer:
    return redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=at or ProviderFactory(programmes=[voucher.programme]),
        fen=fen,
        day=DAY,
        key=key,
        stamp=acting or stamp(DAY),
        voucher=named,
    )


# Redeeming


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["SAVEPOINT", "WITH", "RELEASE"], id="postgresql", marks=pytest.mark.deployed),
        pytest.param(["SELECT", "SAVEPOINT", "INSERT", "RELEASE"], id="sqlite", marks=pytest.mark.embedded),
    ],
)
def test_the_common_redemption_is_one_statement_and_on_sqlite_a_look_and_an_insert(statements: list[str]) -> None:
    voucher = VoucherFactory()
    provider = ProviderFactory(programmes=[voucher.programme])
    use(voucher, at=provider)
    acting = stamp(DAY)

    with CaptureQueriesContext(connection) as seen:
        use(voucher, at=provider, key="second", acting=acting)

    assert [query["sql"].split()[0] for query in seen.captured_queries] == statements


def test_a_redemption_that_names_a_voucher_takes_from_no_other() -> None:
    voucher, other = VoucherFactory(), VoucherFactory()

    with pytest.raises(NoVoucher):
        use(voucher, named=other)


def test_a_refusal_says_what_is_left_in_yuan() -> None:
    voucher = VoucherFactory()

    with pytest.raises(BalanceTooLow) as caught:
        use(voucher, fen=72_001)

    assert caught.value.details == {"remaining": "720.00", "asked": "720.01"}


# Issuing


def test_issue_many_leaves_out_who_holds_one_and_says_which() -> None:
    programme = ProgrammeFactory()
    holder, new = VoucherFactory(programme=programme), ResidentFactory()

    outcome = issue_many(
        resident_ids=[holder.resident_id, new.pk], offer=Offer.of(programme), day=DAY, stamp=stamp(DAY)
    )

    assert outcome.in_the_way == {holder.resident_id: holder}
    assert list(outcome.voucher_ids) == [new.pk]


def test_many_vouchers_are_issued_as_one_by_one_would_be() -> None:
    """Some of them to people who have moved."""
    programme, there = ProgrammeFactory(), DistrictFactory()
    people = [ResidentFactory() for _ in range(3)]
    move(resident=people[0], to=there.code, effective_on=date(2026, 7, 2), stamp=stamp(date(2026, 7, 2)))

    acting = stamp(date(2026, 8, 1))
    outcome = issue_many(
        resident_ids=[person.pk for person in people], offer=Offer.of(programme), day=DAY, stamp=acting
    )

    shared = Transfer.objects.get(event="cost_share")
    payers = [Voucher.objects.get(pk=outcome.voucher_ids[person.pk]).payer for person in people]
    assert payers[0] == there.code
    assert len(set(payers)) == 3
    assert shared.fen == 35_901  # 182 of 365 days in the first district: 72000 less half_up(72000 x 183 / 365) = 36099


def test_a_voucher_number_is_its_own_and_says_nothing() -> None:
    numbers = {VoucherFactory().number for _ in range(5)}

    assert len(numbers) == 5
    assert {len(number) for number in numbers} == {16}


# Moving


def test_of_many_moves_each_is_accepted_or_refused_on_its_own() -> None:
    there = DistrictFactory()
    goes, stays = ResidentFactory(), ResidentFactory(district=there)

    outcome = move_many(
        orders=[MoveOrder(resident=one, to=there.code, effective_on=DAY) for one in (goes, stays)], stamp=stamp(DAY)
    )

    assert list(outcome.moves) == [goes.pk]
    assert {key: refusal.code for key, refusal in outcome.refused.items()} == {stays.pk: "same_district"}


def test_what_was_believed_before_a_move_can_still_be_asked() -> None:
    resident, there = ResidentFactory(), DistrictFactory()
    known = resident.residences.get()
    move(resident=resident, to=there.code, effective_on=DAY, stamp=stamp(DAY))
    annul_move(resident=resident, effective_on=DAY, stamp=stamp(DAY))

    believed = Residence.objects.filter(resident=resident).known_on(known.known_from)
    now = Residence.objects.current().filter(resident=resident)

    assert list(believed) == [known]
    assert [(spell.start, spell.end) for spell in now] == [(known.start, None)]


def test_a_move_names_the_act_and_the_day_in_every_row_it_causes() -> None:
    voucher, there = VoucherFactory(), DistrictFactory()

    made = move(resident=voucher.resident, to=there.code, effective_on=DAY, stamp=stamp(date(2026, 5, 5)))

    rows = Transfer.objects.exclude(event="issue").values_list("event", "act", "occurred_on", "booked_on", "period")
    assert set(rows) == {
        (event, f"move:{made.pk}", DAY, date(2026, 5, 5), date(2026, 5, 1)) for event in ("handover", "cost_share")
    }


# Ending


def test_an_ended_voucher_does_not_end_again() -> None:
    voucher = VoucherFactory()
    expire(voucher_ids=[voucher.pk], stamp=stamp(date(2027, 1, 1)))
    before = Transfer.objects.count()

    expire(voucher_ids=[voucher.pk], stamp=stamp(date(2027, 1, 1)))

    assert Transfer.objects.count() == before


def test_a_revoked_voucher_is_not_expired_too() -> None:
    voucher = VoucherFactory()
    revoke(resident=voucher.resident, programme=voucher.programme, day=DAY, stamp=stamp(DAY))

    expire(voucher_ids=[voucher.pk], stamp=stamp(date(2027, 1, 1)))

    assert Voucher.objects.get().status == "revoked"


# Months


def test_nobody_closes_a_month_alone() -> None:
    author = UserFactory()

    with pytest.raises(OwnProposal):
        close_period(month=MONTH, approved_by=author, stamp=stamp(DAY, by=author))

    assert not PeriodStep.objects.exists()


def test_a_month_is_paid_only_once_netted() -> None:
    close_period(month=MONTH, approved_by=UserFactory(), stamp=stamp(DAY))

    with pytest.raises(NotNetted):
        pay_period(month=MONTH, approved_by=UserFactory(), stamp=stamp(DAY))


def test_netting_twice_and_paying_twice_change_nothing() -> None:
    voucher, there = VoucherFactory(), DistrictFactory()
    move(resident=voucher.resident, to=there.code, effective_on=date(2026, 1, 15), stamp=stamp(date(2026, 1, 15)))
    approver = UserFactory()
    close_period(month=MONTH, approved_by=approver, stamp=stamp(DAY))
    net_period(month=MONTH, approved_by=approver, stamp=stamp(DAY))
    pay_period(month=MONTH, approved_by=approver, stamp=stamp(DAY))
    before = Transfer.objects.count()

    with pytest.raises(AlreadySettled):
        net_period(month=MONTH, approved_by=approver, stamp=stamp(DAY))
    with pytest.raises(AlreadySettled):
        pay_period(month=MONTH, approved_by=approver, stamp=stamp(DAY))

    assert Transfer.objects.count() == before


# The trail


def test_every_act_but_a_ledger_row_leaves_an_audit_event() -> None:
    acting = stamp(DAY)
    resident, programme, there = ResidentFactory(), ProgrammeFactory(), DistrictFactory()
    issue(resident=resident, programme=programme, stamp=acting)
    move(resident=resident, to=there.code, effective_on=DAY, stamp=acting)
    annul_move(resident=resident, effective_on=DAY, stamp=acting)
    revoke(resident=resident, programme=programme, day=DAY, stamp=acting)

    verbs = AuditEvent.objects.filter(by=acting.by).order_by("pk").values_list("verb", flat=True)

    assert list(verbs) == ["issue", "move", "annul_move", "revoke"]
