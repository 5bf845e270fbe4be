"""What must hold however many ask at the same instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import pytest
from django.db import transaction

from accounts.models import Residence, User
from accounts.refusals import Refused
from accounts.services.residents import register
from accounts.stamps import Stamp
from ledger import selectors
from ledger.models import Transfer
from ledger.services.periods import close_period
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
)
from tests.model import books
from tests.support.crowd import at_once
from tests.support.overtaking import overtaken
from vouchers.models import IssueBatch, Provider, Voucher
from vouchers.services.batches import prepare_from_roster
from vouchers.services.ending import revoke
from vouchers.services.issuing import Offer, issue
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem, reverse

CLIENTS = 64
DAY = date(2026, 2, 10)


@pytest.fixture
def author(committed_db: str) -> User:
    return UserFactory()


@pytest.fixture
def stamp(author: User) -> Stamp:
    return Stamp(by=author, booked_on=DAY, as_of=DAY)


def voucher_of(fen: int) -> tuple[Voucher, Provider]:
    """Return a voucher of ``fen`` and a provider that takes it."""
    programme = ProgrammeFactory(annual_fen=fen, cost_rule="by_use")
    voucher = VoucherFactory(programme=programme, resident=ResidentFactory())
    return voucher, ProviderFactory(programmes=[programme])


def use(voucher: Voucher, provider: Provider, stamp: Stamp, *, fen: int, key: str) -> Transfer:
    return redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=DAY,
        key=key,
        stamp=stamp,
    )


def outcomes(results: Sequence[object]) -> Counter[str]:
    """Count what came out: refusals by code, other errors by name, everything else as done."""
    return Counter(
        result.code
        if isinstance(result, Refused)
        else type(result).__name__
        if isinstance(result, Exception)
        else "done"
        for result in results
    )


def test_of_64_clients_10_find_enough_on_a_voucher_for_10(stamp: Stamp) -> None:
    voucher, provider = voucher_of(100)

    results = at_once([partial(use, voucher, provider, stamp, fen=10, key=f"k{n}") for n in range(CLIENTS)])

    voucher.refresh_from_db()
    assert outcomes(results) == {"done": 10, "balance_too_low": 54}
    assert (voucher.spent_fen, books.spent_by_rows(books.rows())[voucher.pk]) == (100, 100)


def test_one_key_sent_64_times_takes_value_once(stamp: Stamp) -> None:
    voucher, provider = voucher_of(1_000)

    results = at_once([partial(use, voucher, provider, stamp, fen=10, key="same")] * CLIENTS)

    voucher.refresh_from_db()
    assert outcomes(results) == {"done": CLIENTS}
    assert len({result.pk for result in results if isinstance(result, Transfer)}) == 1
    assert voucher.spent_fen == 10


def test_after_a_move_among_64_redemptions_the_new_payer_alone_holds_the_entitlement(stamp: Stamp) -> None:
    voucher, provider = voucher_of(10_000)
    there = DistrictFactory()
    moving: Callable[[], object] = partial(
        move, resident=voucher.resident, to=there.code, effective_on=date(2026, 2, 1), stamp=stamp
    )
    redeeming: list[Callable[[], object]] = [
        partial(use, voucher, provider, stamp, fen=10, key=f"k{n}") for n in range(CLIENTS)
    ]

    results = at_once([*redeeming[:32], moving, *redeeming[32:]])

    voucher.refresh_from_db()
    rows = books.rows()
    assert outcomes(results) == {"done": CLIENTS + 1}
    assert voucher.payer == there.code
    assert books.balances(rows, "entitlement")[voucher.pk] == {there.code: -(10_000 - 640)}
    assert books.balances(rows, "cost")[voucher.pk] == {there.code: 10_000}


def test_one_redemption_reversed_by_16_at_once_comes_back_once(stamp: Stamp) -> None:
    voucher, provider = voucher_of(1_000)
    use(voucher, provider, stamp, fen=10, key="k")

    results = at_once([partial(reverse, key="k", day=DAY, stamp=stamp)] * 16)

    voucher.refresh_from_db()
    assert outcomes(results) == {"done": 1, "already_reversed": 15}
    assert voucher.spent_fen == 0


def test_postings_while_a_month_closes_land_in_it_before_or_in_the_next_one_after(stamp: Stamp) -> None:
    voucher, provider = voucher_of(10_000)
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    approver = UserFactory()
    close_period(month=date(2026, 1, 1), approved_by=approver, stamp=stamp)

    def closing() -> int:
        """Close February and return how many rows it has at that moment."""
        with transaction.atomic():
            close_period(month=february, approved_by=approver, stamp=stamp)
            return Transfer.objects.filter(period=february).count()

    redeeming: list[Callable[[], object]] = [
        partial(use, voucher, provider, stamp, fen=10, key=f"k{n}") for n in range(CLIENTS)
    ]

    results = at_once([*redeeming[:32], closing, *redeeming[32:]])

    rows = Transfer.objects.filter(event="redeem")
    assert outcomes(results) == {"done": CLIENTS + 1}
    assert rows.filter(period=february).count() == results[32]
    assert rows.filter(period__in=[february, march]).count() == CLIENTS
    assert selectors.closed_balances_that_differ() == []


def test_two_issues_at_once_make_one_voucher(stamp: Stamp) -> None:
    resident, programme = ResidentFactory(), ProgrammeFactory()

    results = at_once([partial(issue, resident=resident, programme=programme, stamp=stamp)] * 2)

    assert outcomes(results) == {"done": 1, "already_issued": 1}
    assert Voucher.objects.filter(resident=resident).count() == 1


def test_two_moves_at_once_leave_one_home(stamp: Stamp) -> None:
    voucher, _ = voucher_of(1_000)
    there, elsewhere = DistrictFactory(), DistrictFactory()
    orders = [
        partial(move, resident=voucher.resident, to=place.code, effective_on=DAY, stamp=stamp)
        for place in (there, elsewhere)
    ]

    results = at_once(orders)

    voucher.refresh_from_db()
    last = Residence.objects.current().get(resident=voucher.resident, end=None)
    assert outcomes(results) == {"done": 1, "move_overlaps": 1}
    assert voucher.payer == last.district_id


def test_residents_who_change_places_at_once_never_wait_for_each_other(stamp: Stamp) -> None:
    here, there = DistrictFactory(), DistrictFactory()
    programme = ProgrammeFactory()
    people = [ResidentFactory(district=place) for place in (here, there) * 8]
    vouchers = [VoucherFactory(resident=person, programme=programme) for person in people]
    orders = [
        partial(move, resident=person, to=place.code, effective_on=DAY, stamp=stamp)
        for person, place in zip(people, (there, here) * 8, strict=True)
    ]

    results = at_once(orders)

    held = books.balances(books.rows(), "entitlement")
    assert outcomes(results) == {"done": 16}
    assert [set(held[voucher.pk]) for voucher in vouchers] == [{there.code}, {here.code}] * 8


def test_opening_one_account_at_once_opens_it_once(stamp: Stamp) -> None:
    programme = ProgrammeFactory()
    provider = ProviderFactory(programmes=[programme])
    vouchers = [VoucherFactory(programme=programme) for _ in range(16)]

    results = at_once([partial(use, v, provider, stamp, fen=1, key=f"k{v.pk}") for v in vouchers])

    payable = set(Transfer.objects.filter(event="redeem").values_list("credit", flat=True))
    assert outcomes(results) == {"done": 16}
    assert len(payable) == 1


@pytest.mark.deployed
def test_a_reversal_that_waited_for_a_revocation_leaves_nothing_on_the_ended_voucher(stamp: Stamp) -> None:
    voucher, provider = voucher_of(1_000)
    use(voucher, provider, stamp, fen=400, key="k")

    overtaken(
        first=partial(revoke, resident=voucher.resident, programme=voucher.programme, day=DAY, stamp=stamp),
        second=partial(reverse, key="k", day=DAY, stamp=stamp),
    )

    voucher.refresh_from_db()
    assert (voucher.spent_fen, voucher.remaining_fen) == (0, 0)


@pytest.mark.deployed
def test_a_reversal_that_waited_for_a_move_is_done_on_the_new_payers_books(stamp: Stamp) -> None:
    voucher, provider = voucher_of(1_000)
    there = DistrictFactory()
    use(voucher, provider, stamp, fen=400, key="k")

    result = overtaken(
        first=partial(move, resident=voucher.resident, to=there.code, effective_on=DAY, stamp=stamp),
        second=partial(reverse, key="k", day=DAY, stamp=stamp),
    )

    assert isinstance(result, Transfer)
    assert books.balances(books.rows(), "entitlement")[voucher.pk] == {there.code: -1_000}


@pytest.mark.deployed
def test_a_revocation_that_waited_for_another_is_refused(stamp: Stamp) -> None:
    voucher, _ = voucher_of(1_000)
    revoking = partial(revoke, resident=voucher.resident, programme=voucher.programme, day=DAY, stamp=stamp)

    result = overtaken(first=revoking, second=revoking)

    assert outcomes([result]) == {"revoked": 1}


@pytest.mark.deployed
def test_a_revocation_that_waited_for_a_move_finds_the_voucher(stamp: Stamp) -> None:
    voucher, _ = voucher_of(1_000)
    there = DistrictFactory()

    result = overtaken(
        first=partial(move, resident=voucher.resident, to=there.code, effective_on=DAY, stamp=stamp),
        second=partial(revoke, resident=voucher.resident, programme=voucher.programme, day=DAY, stamp=stamp),
    )

    assert outcomes([result]) == {"done": 1}
    assert books.balances(books.rows(), "entitlement")[voucher.pk] == {}


@pytest.mark.deployed
def test_a_person_registered_by_two_at_once_is_registered_once(stamp: Stamp) -> None:
    district = DistrictFactory()
    registering = partial(
        register, name="林", district=district, since=DAY, id_number="11010519491231002X", stamp=stamp
    )

    result = overtaken(first=registering, second=registering)

    assert outcomes([result]) == {"already_registered": 1}


def test_one_file_uploaded_by_four_at_once_becomes_one_batch(stamp: Stamp) -> None:
    programme, resident = ProgrammeFactory(), ResidentFactory()
    upload = partial(
        prepare_from_roster,
        offer=Offer.of(programme),
        file_name="roster.csv",
        content=f"resident_number\n{resident.number}\n".encode(),
        stamp=stamp,
    )

    results = at_once([upload] * 4)

    assert outcomes(results) == {"done": 1, "file_used_before": 3}
    assert IssueBatch.objects.count() == 1
