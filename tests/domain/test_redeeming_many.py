"""Many redemptions in one call come out as one after another would, to the row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.models import Transfer
from tests.factories import DistrictFactory, ProgrammeFactory, ProviderFactory, ResidentFactory, VoucherFactory, stamp
from vouchers.models import Provider, Voucher
from vouchers.services import redeeming_many
from vouchers.services.claims import Candidate, Claim, look_at_many, redemption_key
from vouchers.services.ending import revoke
from vouchers.services.moving import move
from vouchers.services.redeeming import Accepted, accept
from vouchers.services.redeeming_many import Booked, accept_many

pytestmark = pytest.mark.django_db

BEFORE, JANUARY, MOVED_ON, APRIL, AFTER = (
    date(2025, 12, 31),
    date(2026, 1, 15),
    date(2026, 3, 16),
    date(2026, 4, 1),
    date(2027, 1, 1),
)
ROWS = ("key", "event", "act", "subject", "debit__code", "credit__code", "fen", "occurred_on", "booked_on", "period")


@dataclass(frozen=True, kw_only=True)
class Town:
    """Six vouchers: at home; moved, by use; moved, by days; revoked; of a programme not taken here; none at all."""

    provider: Provider
    vouchers: list[Voucher]
    acting: Stamp

    def claim(self, number: int, *, fen: int = 100, day: date = APRIL, key: str = "k") -> Claim:
        voucher = self.vouchers[number]
        return Claim(
            resident=voucher.resident,
            programme=voucher.programme,
            provider=self.provider,
            fen=fen,
            day=day,
            key=redemption_key(key),
        )


@pytest.fixture
def town() -> Town:
    by_use = ProgrammeFactory.create(cost_rule="by_use")
    daily, elsewhere = ProgrammeFactory.create(), ProgrammeFactory.create()
    vouchers = [VoucherFactory(programme=programme) for programme in (by_use, by_use, daily, daily, elsewhere)]
    for voucher in vouchers[1:3]:
        move(resident=voucher.resident, to=DistrictFactory().code, effective_on=MOVED_ON, stamp=stamp(MOVED_ON))
    revoke(resident=vouchers[3].resident, programme=daily, day=MOVED_ON, stamp=stamp(MOVED_ON))
    vouchers.append(Voucher(resident=ResidentFactory(), programme=daily))
    provider = ProviderFactory.create(programmes=[by_use, daily])
    world = Town(provider=provider, vouchers=vouchers, acting=stamp(APRIL))
    accept(claim=world.claim(0, key="booked before"), stamp=world.acting)
    return world


class Outcome(NamedTuple):
    answers: list[tuple[str, str, bool]]
    rows: list[tuple[object, ...]]
    vouchers: list[tuple[object, ...]]


Answer = Accepted | Booked | Refused


def one_by_one(town: Town, claims: list[Claim]) -> list[Answer]:
    return [alone(claim, acting=town.acting) for claim in claims]


def alone(claim: Claim, *, acting: Stamp) -> Accepted | Refused:
    try:
        return accept(claim=claim, stamp=acting)
    except Refused as refusal:
        return refusal


def together(town: Town, claims: list[Claim]) -> list[Answer]:
    return [*accept_many(claims=claims, stamp=town.acting)]


def told(answer: Answer) -> tuple[str, str, bool]:
    """Return the key or the refusal's code, what it says, and whether an earlier call made the row."""
    if isinstance(answer, Refused):
        return answer.code, str(answer), False
    row = answer.row if isinstance(answer, Booked) else answer.transfer
    return row.key, str(row.fen), answer.replayed


def outcome(answers: list[Answer]) -> Outcome:
    """Return what was answered and what is in the books after it."""
    answered = [told(answer) for answer in answers]
    booked = {answer[0] for answer, given in zip(answered, answers, strict=True) if not isinstance(given, Refused)}
    assert Transfer.objects.filter(key__in=booked).count() == len(booked)
    return Outcome(
        answered,
        list(Transfer.objects.order_by("id").values_list(*ROWS)),
        list(Voucher.objects.order_by("id").values_list("spent_fen", "returned_fen", "holder")),
    )


asked = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5]),
        st.sampled_from([100, 30_000, 30_000, 72_000, 72_001]),
        st.sampled_from([BEFORE, JANUARY, APRIL, APRIL, AFTER]),
        st.sampled_from(["booked before", *"abcdefgh"]),
    ),
    max_size=12,
)


def test_together_they_come_out_as_one_after_another(town: Town) -> None:
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(asked)
    def tried(orders: list[tuple[int, int, date, str]]) -> None:
        claims = [town.claim(number, fen=fen, day=day, key=key) for number, fen, day, key in orders]
        with transaction.atomic():
            expected = outcome(one_by_one(town, claims))
            transaction.set_rollback(True)

        with transaction.atomic():
            got = outcome(together(town, claims))
            transaction.set_rollback(True)

        assert got == expected

    tried()


def test_several_of_one_voucher_are_taken_until_it_is_spent(town: Town) -> None:
    claims = [town.claim(0, fen=fen, key=f"{fen}") for fen in (40_000, 30_000, 1_900, 1)]

    answers = together(town, claims)

    assert [told(answer)[0] for answer in answers] == [
        "redeem:40000",
        "redeem:30000",
        "redeem:1900",
        "balance_too_low",
    ]


def test_one_key_twice_in_a_call_is_one_redemption_and_for_something_else_refused(town: Town) -> None:
    claims = [town.claim(0, fen=100), town.claim(0, fen=100), town.claim(0, fen=101)]

    answers = together(town, claims)

    assert [told(answer) for answer in answers] == [
        ("redeem:k", "100", False),
        ("redeem:k", "100", True),
        ("key_reused", told(answers[2])[1], False),
    ]


def test_a_key_that_was_refused_stays_free_for_the_next(town: Town) -> None:
    answers = together(town, [town.claim(0, fen=72_001), town.claim(0, fen=1)])

    assert [told(answer)[0] for answer in answers] == ["balance_too_low", "redeem:k"]


def test_a_late_claim_shares_the_cost_at_once(town: Town) -> None:
    """What was used before a move is borne where the person lived then."""
    answers = together(town, [town.claim(1, key="a"), town.claim(1, day=JANUARY, key="b"), town.claim(1, key="c")])

    events = Transfer.objects.filter(act__in=[f"redeem:{key}" for key in "abc"]).order_by("id")
    assert [told(answer)[0] for answer in answers] == ["redeem:a", "redeem:b", "redeem:c"]
    assert list(events.values_list("act", "event")) == [
        ("redeem:a", "redeem"),
        ("redeem:b", "redeem"),
        ("redeem:b", "cost_share"),
        ("redeem:c", "redeem"),
    ]


def test_the_same_call_again_is_answered_with_the_same_rows(town: Town) -> None:
    claims = [town.claim(number, key=f"{number}") for number in range(6)]
    first = together(town, claims)

    second = together(town, claims)

    assert [told(answer)[:2] for answer in second] == [told(answer)[:2] for answer in first]
    assert {answer.replayed for answer in second if isinstance(answer, Booked)} == {True}


def test_more_claims_cost_no_more_statements(town: Town) -> None:
    few, many = ([town.claim(0, key=f"{size}-{n}") for n in range(size)] for size in (20, 200))

    with CaptureQueriesContext(connection) as of_few:
        together(town, few)
    with CaptureQueriesContext(connection) as of_many:
        together(town, many)

    assert len(of_many) <= len(of_few) <= 10


def test_a_call_that_is_overtaken_refuses_what_is_no_longer_there_and_books_the_rest(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the insert somebody else spends the first voucher and takes the last key."""

    def look_and_be_overtaken(claims: list[Claim], *, as_of: date) -> list[list[Candidate]]:
        seen = look_at_many(claims, as_of=as_of)
        accept(claim=town.claim(0, fen=71_900, key="theirs"), stamp=town.acting)
        return seen

    monkeypatch.setattr(redeeming_many, "look_at_many", look_and_be_overtaken)
    claims = [town.claim(0, key="a"), town.claim(2, key="b"), town.claim(2, key="theirs")]

    answers = together(town, claims)

    assert [told(answer)[0] for answer in answers] == ["balance_too_low", "redeem:b", "key_reused"]
    assert Transfer.objects.filter(key__in=["redeem:a", "redeem:b", "redeem:theirs"]).count() == 2
