"""A closed month's balances are written down, and what is asked later is them and the rows since."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import guards
from accounts.models import Authority, User
from accounts.refusals import Refused
from accounts.services.places import found_authority
from accounts.stamps import Stamp
from ledger import selectors
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.models import ClosedBalance, JournalLine, Transfer
from ledger.services.periods import close_period, settle_period
from ledger.services.posting import Entry, post
from tests.factories import DistrictFactory, ProviderFactory, UserFactory, VoucherFactory, stamp
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem

pytestmark = pytest.mark.django_db

AUTHORITIES = ("310101", "310104", "310106")
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
GRANT = Event("grant", True, "Grant")


class Posting(NamedTuple):
    month: date
    debit: AccountName
    credit: AccountName
    fen: int


class Closing(NamedTuple):
    month: date


ACCOUNTS = [
    AccountName(code, kind, programme) for code in AUTHORITIES for kind in ("cost", "entitlement") for programme in "ab"
]

postings = st.builds(
    lambda month, accounts, fen: Posting(month, accounts[0], accounts[1], fen),
    st.sampled_from(MONTHS),
    st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
    st.integers(1, 9),
)
closings = st.builds(Closing, st.sampled_from(MONTHS))
stories = st.lists(st.one_of(postings, postings, postings, closings), max_size=25)


def play(story: Sequence[Posting | Closing]) -> None:
    author, approver = UserFactory(), UserFactory()
    for code in AUTHORITIES:
        found_authority(code=code, name_zh=code, name_en=code)
    for number, happening in enumerate(story):
        acting = Stamp(by=author, booked_on=happening.month, as_of=happening.month)
        if isinstance(happening, Closing):
            with suppress(Refused):
                close_period(month=happening.month, approved_by=approver, stamp=acting)
        else:
            book(happening, key=f"grant:{number}", acting=acting)


def book(posting: Posting, *, key: str, acting: Stamp) -> None:
    entry = Entry(
        key=key,
        event=GRANT,
        act=key,
        day=posting.month,
        debit=posting.debit,
        credit=posting.credit,
        fen=posting.fen,
    )
    post(entries=[entry], stamp=acting)


def by_trial_balances() -> dict[tuple[str, date], dict[str, int]]:
    """Return every book at every month, as the pages show it."""
    return {
        (authority.pk, month): {
            line.code: line.fen for line in selectors.trial_balance(authority=authority, through=month).lines
        }
        for authority in Authority.objects.all()
        for month in MONTHS
    }


def by_full_sums() -> dict[tuple[str, date], dict[str, int]]:
    """Return the same from the journal, all of it, added up here."""
    lines = list(JournalLine.objects.values_list("authority", "period", "code", "fen"))
    found = {}
    for authority in Authority.objects.values_list("pk", flat=True):
        for month in MONTHS:
            sums: dict[str, int] = defaultdict(int)
            for owner, period, code, fen in lines:
                sums[code] += fen if owner == authority and period <= month else 0
            found[authority, month] = {code: fen for code, fen in sums.items() if fen}
    return found


@settings(max_examples=15)
@given(stories)
def test_a_balance_is_the_full_sum_whatever_was_posted_and_closed_in_whatever_order(
    story: list[Posting | Closing],
) -> None:
    with transaction.atomic():
        play(story)

        assert by_trial_balances() == by_full_sums()
        assert selectors.closed_balances_that_differ() == []

        transaction.set_rollback(True)


@pytest.fixture
def approver() -> User:
    return UserFactory()


@pytest.fixture
def closed(approver: User) -> date:
    """A January with an issue, a redemption elsewhere and a move, closed and settled; February has a redemption."""
    voucher, there = VoucherFactory(), DistrictFactory()
    provider = ProviderFactory(programmes=[voucher.programme])
    day = date(2026, 1, 16)
    move(resident=voucher.resident, to=there.code, effective_on=day, stamp=stamp(day))
    for month in MONTHS[:2]:
        redeem(
            resident=voucher.resident,
            programme=voucher.programme,
            provider=provider,
            fen=100,
            day=month,
            key=f"{month}",
            stamp=stamp(month),
        )
    close_period(month=MONTHS[0], approved_by=approver, stamp=stamp(MONTHS[1]))
    settle_period(month=MONTHS[0], approved_by=approver, stamp=stamp(MONTHS[1]))
    return MONTHS[0]


def test_settlement_and_what_came_after_stand_on_the_closed_balances(closed: date) -> None:
    sums = {code: fen for lines in selectors.books_through(MONTHS[1]).values() for code, fen in lines.items()}

    assert sums == selectors.books()
    assert by_trial_balances() == by_full_sums()


def test_the_empty_months_that_close_along_need_no_balances_of_their_own(closed: date, approver: User) -> None:
    close_period(month=MONTHS[1], approved_by=approver, stamp=stamp(MONTHS[5]))
    close_period(month=MONTHS[4], approved_by=approver, stamp=stamp(MONTHS[5]))

    recorded = set(ClosedBalance.objects.values_list("month", flat=True))
    assert recorded == {MONTHS[0], MONTHS[1], MONTHS[4]}
    assert by_trial_balances() == by_full_sums()


def test_a_row_changed_behind_the_guards_shows_as_a_difference_and_is_not_read_again(closed: date) -> None:
    before = by_trial_balances()
    change_behind_the_guards(f"UPDATE ledger_transfer SET fen = fen + 7 WHERE key = 'redeem:{closed}'")
    row = Transfer.objects.select_related("debit", "credit").get(key=f"redeem:{closed}")

    found = {
        difference.code: difference.summed_fen - difference.recorded_fen
        for difference in selectors.closed_balances_that_differ()
    }

    owing, owed = row.debit.authority_id, row.credit.authority_id
    assert found == {
        row.debit.code: 7,
        row.credit.code: -7,
        f"{owing}/due/{owed}": -7,
        f"{owed}/due/{owing}": 7,
    }
    assert by_trial_balances() == before


def test_a_balance_taken_away_behind_the_guards_is_missed(closed: date) -> None:
    gone = ClosedBalance.objects.order_by("code")[0]
    change_behind_the_guards(f"DELETE FROM ledger_closedbalance WHERE id = {gone.pk}")

    found = selectors.closed_balances_that_differ()

    assert found == [
        selectors.ClosedBalanceDifference(month=closed, code=gone.code, recorded_fen=0, summed_fen=gone.fen)
    ]


def change_behind_the_guards(statement: str) -> None:
    """Change history as somebody could who owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute({"postgresql": "SET CONSTRAINTS ALL IMMEDIATE", "sqlite": "SELECT 1"}[connection.vendor])
        guards.remove()
        cursor.execute(statement)
        guards.install()


def test_no_balance_is_written_for_a_month_that_is_open(closed: date) -> None:
    some = ClosedBalance.objects.all()[0]

    with pytest.raises(DatabaseError), transaction.atomic():
        ClosedBalance.objects.create(month=MONTHS[1], authority_id=some.authority_id, code="x", fen=1)


# Open months only


@pytest.mark.deployed
def test_a_trial_balance_reads_the_rows_of_the_open_months_and_no_other(closed: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_transfer")  # what other tests left in the statistics would choose the index
        cursor.execute("SET LOCAL enable_seqscan = off")  # these few rows would be read whole otherwise
        cursor.execute("SET LOCAL enable_nestloop = off")  # nor once for each of a few accounts
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query_for_transfers()}")
        [(plan,)] = cursor.fetchall()

    read = rows_read(plan if isinstance(plan, list) else json.loads(plan), "ledger_transfer")

    assert 0 < read == Transfer.objects.filter(period__gt=closed).count() < Transfer.objects.count()


@pytest.mark.embedded
def test_a_trial_balance_on_sqlite_finds_the_open_months_by_index(closed: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query_for_transfers()}")
        steps = [str(step[-1]) for step in cursor.fetchall()]

    assert "SEARCH ledger_transfer USING INDEX transfer_by_period (period>? AND period<?)" in steps


def query_for_transfers() -> str:
    """Return the one query by which a trial balance reads transfers."""
    authority = ClosedBalance.objects.select_related("authority")[0].authority
    with CaptureQueriesContext(connection) as seen:
        selectors.trial_balance(authority=authority, through=MONTHS[5])
    [query] = [query["sql"] for query in seen.captured_queries if 'FROM "ledger_transfer"' in query["sql"]]
    return str(query)


def rows_read(node: Any, table: str) -> int:
    """Return how many rows of ``table`` a plan took up, those it then dropped included."""
    if isinstance(node, list):
        return sum(rows_read(part, table) for part in node)
    if not isinstance(node, dict):
        return 0
    taken = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    own = int(taken * node.get("Actual Loops", 1)) if node.get("Relation Name") == table else 0
    return own + sum(rows_read(part, table) for part in node.values())
