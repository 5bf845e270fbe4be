"""A voucher explained from what was recorded: each plan as it was made, and the settlements it went into."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import District, Role
from ledger.services.periods import close_period, net_period, pay_period
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    administrator_of,
    stamp,
)
from vouchers.models import Voucher
from vouchers.services.ending import revoke
from vouchers.services.issuing import issue
from vouchers.services.moving import annul_move, move
from vouchers.services.redeeming import redeem, reverse
from vouchers.services.tracing import Trace, trace

pytestmark = pytest.mark.django_db

MAY = date(2026, 5, 20)


@pytest.fixture
def homes() -> list[District]:
    return [DistrictFactory(code=code) for code in ("310101", "310104", "310105")]


def traced(voucher: Voucher, *, as_of: date = MAY) -> Trace:
    found = Voucher.objects.select_related("resident", "programme", "ending").get(pk=voucher.pk)
    return trace(voucher=found, user=UserFactory(role=Role.AUDITOR), as_of=as_of)


def a_year(homes: list[District], *, cost_rule: str) -> Voucher:
    """Issued, used, moved late, claimed late, reversed, moved in vain, revoked, and moved again after the end."""
    programme = ProgrammeFactory.create(cost_rule=cost_rule)
    school = ProviderFactory.create(programmes=[programme])
    child = ResidentFactory.create(district=homes[0])
    voucher = issue(resident=child, programme=programme, stamp=stamp(date(2026, 1, 1)))
    days = {"a": date(2026, 1, 20), "b": date(2026, 3, 20), "late": date(2026, 2, 1)}

    def use(key: str, *, booked: date) -> None:
        redeem(
            resident=child,
            programme=programme,
            provider=school,
            fen=10_000,
            day=days[key],
            key=key,
            stamp=stamp(booked),
        )

    use("a", booked=days["a"])
    move(resident=child, to=homes[1].code, effective_on=date(2026, 2, 10), stamp=stamp(date(2026, 3, 10)))
    use("b", booked=days["b"])
    use("late", booked=date(2026, 3, 25))
    reverse(key="a", day=date(2026, 3, 26), stamp=stamp(date(2026, 3, 26)))
    move(resident=child, to=homes[2].code, effective_on=date(2026, 4, 1), stamp=stamp(date(2026, 4, 1)))
    annul_move(resident=child, effective_on=date(2026, 4, 1), stamp=stamp(date(2026, 4, 5)))
    revoke(resident=child, programme=programme, day=date(2026, 4, 20), stamp=stamp(date(2026, 4, 20)))
    move(resident=child, to=homes[2].code, effective_on=date(2026, 4, 10), stamp=stamp(MAY))
    return voucher


@pytest.mark.parametrize("cost_rule", ["daily", "monthly", "origin", "by_use"])
def test_every_plan_made_again_is_what_the_books_bore_then(homes: list[District], cost_rule: str) -> None:
    plans = traced(a_year(homes, cost_rule=cost_rule)).plans

    assert len(plans) >= 6
    assert [plan.last.key if plan.last else "today" for plan in plans if not plan.agrees] == []


def test_a_plan_knows_only_what_was_recorded_when_it_was_made(homes: list[District]) -> None:
    plans = traced(a_year(homes, cost_rule="daily")).plans

    authorities = [[term.authority for term in plan.terms] for plan in plans]
    first, second, third = (home.code for home in homes)
    assert authorities == [
        [first],  # issued
        [first, second],  # the late move
        [first, second],  # the reversal, whose value goes on to the payer
        [first, second, third],  # the move in vain
        [first, second],  # its annulment
        [first, second],  # revoked
        [first, second, third],  # moved before the end, recorded after it
        [first, second, third],  # today
    ]


def test_what_is_believed_no_longer_is_still_told(homes: list[District]) -> None:
    found = traced(a_year(homes, cost_rule="daily"))

    assert {spell.superseded_at is None for spell in found.residences} == {True, False}
    assert [one.over is not None for one in found.moves] == [False, True, False]


def test_a_voucher_leads_to_each_obligation_it_is_part_of(homes: list[District]) -> None:
    voucher = a_year(homes, cost_rule="daily")

    parts = traced(voucher).settlements

    first, second = homes[0].code, homes[1].code
    handed_over = next(part for part in parts if (part.debtor, part.creditor) == (first, second))
    assert handed_over.month == date(2026, 3, 1)
    assert [row.event for row in handed_over.rows] == ["handover", "handover"]
    assert (handed_over.fen, handed_over.obligation_fen) == (72_000, 72_000)
    assert {part.state.code for part in parts} == {"open"}


def test_a_settled_month_says_when_and_by_whom(homes: list[District]) -> None:
    voucher = a_year(homes, cost_rule="daily")
    author, approver = UserFactory(name="甲"), UserFactory(name="乙")
    for month in (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)):
        close_period(month=month, approved_by=approver, stamp=stamp(MAY, by=author))
    net_period(month=date(2026, 3, 1), approved_by=approver, stamp=stamp(MAY, by=author))
    pay_period(month=date(2026, 3, 1), approved_by=approver, stamp=stamp(MAY, by=author))

    march = [part for part in traced(voucher).settlements if part.month == date(2026, 3, 1)]

    assert {part.state.code for part in march} == {"settled"}
    assert {(str(part.settled.proposed_by), str(part.settled.approved_by)) for part in march if part.settled} == {
        ("甲", "乙")
    }


def test_a_district_is_told_its_share_but_not_what_others_owe_each_other(homes: list[District]) -> None:
    voucher = a_year(homes, cost_rule="daily")
    found = Voucher.objects.select_related("resident", "programme", "ending").get(pk=voucher.pk)

    parts = trace(voucher=found, user=administrator_of(homes[0]), as_of=MAY).settlements

    own = homes[0].code
    assert {own in (part.debtor, part.creditor) for part in parts} == {True, False}
    assert [own in (part.debtor, part.creditor) for part in parts] == [
        part.obligation_fen is not None for part in parts
    ]
