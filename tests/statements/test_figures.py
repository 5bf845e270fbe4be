"""A month's statements: every figure ties to the books, to the other side's statement and to the transfers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.refusals import Refused
from accounts.services.places import found_authority
from accounts.stamps import Stamp
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.models import SealReason, Step
from ledger.months import next_month
from ledger.netting import Obligation
from ledger.payloads import payload_hash
from ledger.selectors import Line, books_through, obligations, rows_of
from ledger.selectors.statements import statement, statement_payload, statements
from ledger.services.periods import close_period, settle_period, take
from ledger.services.posting import Entry, post
from ledger.services.sealing import seal
from ledger.services.succession import succeed
from ledger.services.verifying import Fault
from ledger.services.verifying_statements import statements as verified
from ledger.statements import Dues, Hub, Statement
from tests.factories import UserFactory, stamp
from tests.support.visits import MONTH, NEXT, City, month_of_visits, visit

pytestmark = pytest.mark.django_db

AUTHORITIES = ("310101", "310104", "310106")
MONTHS = [date(2026, month, 1) for month in range(1, 5)]
GRANT = Event("grant", True, "Grant")


class Posting(NamedTuple):
    """A grant recorded on one day that happened on an earlier one, or on the same."""

    happened_on: date
    booked_on: date
    debit: AccountName
    credit: AccountName
    fen: int


class Taking(NamedTuple):
    verb: str
    month: date


VERBS = {"close": close_period, "settle": settle_period}
ACCOUNTS = [
    AccountName(code, kind, programme) for code in AUTHORITIES for kind in ("cost", "entitlement") for programme in "ab"
]
days = st.dates(MONTHS[0], date(2026, 4, 30))
postings = st.builds(
    lambda days, accounts, fen: Posting(min(days), max(days), accounts[0], accounts[1], fen),
    st.tuples(days, days),
    st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
    st.integers(1, 9),
)
steps = st.builds(Taking, st.sampled_from(sorted(VERBS)), st.sampled_from(MONTHS))
stories = st.lists(st.one_of(postings, postings, postings, steps), max_size=25)


def play(story: Sequence[Posting | Taking]) -> None:
    author, approver = UserFactory(), UserFactory()
    for code in AUTHORITIES:
        found_authority(code=code, name_zh=code, name_en=code)
    for number, happening in enumerate(story):
        if isinstance(happening, Taking):
            acting = Stamp(by=author, booked_on=happening.month, as_of=happening.month)
            with suppress(Refused):
                VERBS[happening.verb](month=happening.month, approved_by=approver, stamp=acting)
        else:
            acting = Stamp(by=author, booked_on=happening.booked_on, as_of=happening.booked_on)
            post(entries=[entry(happening, key=f"grant:{number}")], stamp=acting)


def entry(posting: Posting, *, key: str) -> Entry:
    return Entry(
        key=key,
        event=GRANT,
        act=key,
        day=posting.happened_on,
        debit=posting.debit,
        credit=posting.credit,
        fen=posting.fen,
    )


def dues_in(book: dict[str, int], authority: str) -> dict[str, int]:
    """Return what a book says of dues and of the hub, by counterpart."""
    prefix = f"{authority}/due/"
    dues = {code.removeprefix(prefix): fen for code, fen in book.items() if code.startswith(prefix)}
    return {**dues, "hub": book.get(f"{authority}/clearing", 0)}


def closings(found: Statement) -> dict[str, int]:
    """Return the same as a statement says it."""
    assert found.hub is not None
    dues = {due.counterpart: due.closing_fen for due in found.dues if due.closing_fen}
    return {**dues, "hub": found.hub.closing_fen}


def owed_by_lines(found: Iterable[Statement]) -> list[Obligation]:
    """Return what the lines of all creditors say is owed, by pair."""
    pairs = Counter[tuple[str, str]]()
    for each in found:
        pairs.update({(due.counterpart, due.authority): due.to_receive_fen for due in each.dues if due.to_receive_fen})
    return [Obligation(*pair, fen) for pair, fen in sorted(pairs.items())]


def mirrored(due: Dues) -> Dues:
    return Dues(
        authority=due.counterpart,
        counterpart=due.authority,
        opening_fen=-due.opening_fen,
        lines=due.lines,
        netted_fen=-due.netted_fen,
        taken_over_fen=-due.taken_over_fen,
    )


@settings(max_examples=8, deadline=None)
@given(stories)
def test_whatever_happened_statements_tie_to_the_books_to_each_other_and_to_the_transfers(
    story: list[Posting | Taking],
) -> None:
    with transaction.atomic():
        play(story)
        for month in [*MONTHS, next_month(MONTHS[-1])]:
            found, books = statements(month), books_through(month)
            dues = {(due.authority, due.counterpart): due for each in found.values() for due in each.dues}

            assert {code: closings(each) for code, each in found.items()} == {
                code: dues_in(books.get(code, {}), code) for code in found
            }
            assert all(dues[pair[::-1]] == mirrored(due) for pair, due in dues.items())
            assert sum(each.closing_fen for each in found.values()) == 0
            assert sum(each.hub.closing_fen for each in found.values() if each.hub) == 0
            assert owed_by_lines(found.values()) == obligations(month)
            assert all(
                rows_of(Line._make(line.key)).aggregate(fen=Sum("fen"))["fen"] == line.fen
                for each in found.values()
                for line in each.lines
            )

        transaction.set_rollback(True)


@pytest.fixture
def city() -> City:
    return month_of_visits()


def test_an_account_opens_with_what_it_closed_with_and_ends_at_nothing_once_it_is_settled(city: City) -> None:
    city.settle()

    january, february = (statement(month, authority="310101") for month in (MONTH, NEXT))

    assert [(due.counterpart, due.to_receive_fen, due.to_pay_fen, due.closing_fen) for due in january.dues] == [
        ("310112", 6_000, 12_000, -6_000),
        ("310113", 9_000, 8_000, 1_000),
    ]
    assert (january.opening_fen, january.closing_fen, january.hub) == (0, -5_000, Hub())
    assert (february.opening_fen, february.netted_fen, february.closing_fen) == (-5_000, 5_000, 0)
    assert february.hub == Hub(netted_fen=-5_000, paid_fen=5_000)


def test_a_correction_booked_late_names_the_month_it_belongs_to(city: City) -> None:
    city.close()
    visit(city.vouchers["310112"], provider=city.providers["310101"], fen=300, key="late", day=date(2026, 1, 9))

    (line,) = statement(NEXT, authority="310112").lines

    assert (line.month, line.belongs_to, line.is_late) == (NEXT, MONTH, True)
    assert (line.debtor, line.creditor, line.event, line.programme, line.fen, line.transfers) == (
        "310112",
        "310101",
        "redeem",
        "health",
        300,
        1,
    )
    assert [row.key for row in rows_of(Line._make(line.key))] == ["redeem:late"]


@pytest.mark.parametrize("month", [MONTH, NEXT])
def test_one_statement_is_the_same_asked_for_alone(city: City, month: date) -> None:
    city.settle()

    assert {code: statement(month, authority=code) for code in city.districts} == statements(month)


def test_the_statement_of_a_pair_is_one_account_of_the_whole(city: City) -> None:
    whole = statement(MONTH, authority="310101")

    pair, empty = whole.with_counterpart("310113"), whole.with_counterpart("310115")

    assert pair.dues == (whole.dues[1],)
    assert (pair.hub, pair.closing_fen) == (None, 1_000)
    assert (empty.closing_fen, empty.lines) == (0, [])


def test_a_book_that_is_taken_over_ends_in_takeovers_and_goes_on_in_its_successors(city: City) -> None:
    city.close()
    succeed(predecessor="310115", successor="310113", day=NEXT, stamp=stamp(NEXT))

    before, after = statement(NEXT, authority="310115"), statement(NEXT, authority="310113")

    assert (before.opening_fen, before.closing_fen) == (5_000, 0)
    assert {due.counterpart: due.closing_fen for due in after.dues} == {"310101": -1_000, "310112": 10_000, "310115": 0}


def test_all_statements_cost_as_many_queries_as_one(city: City) -> None:
    city.settle()

    with CaptureQueriesContext(connection) as one:
        statement(NEXT, authority="310101")
    with CaptureQueriesContext(connection) as every:
        statements(NEXT)

    assert len(every) == len(one) <= 8


def test_what_is_hashed_holds_every_figure_once_and_changes_with_any(city: City) -> None:
    before = statement_payload(MONTH)
    visit(city.vouchers["310112"], provider=city.providers["310101"], fen=1, key="one-more")
    after = statement_payload(MONTH)

    lines = before["lines"]
    assert isinstance(lines, list)
    assert sum(line["fen"] for line in lines) == 50_000
    assert before["month"] == "2026-01"
    assert payload_hash(before) == payload_hash(dict(reversed(before.items())))
    assert payload_hash(before) != payload_hash(after)


def test_the_verifier_hashes_the_figures_of_every_statement_again(city: City) -> None:
    city.settle()
    city.close(NEXT)

    assert verified() == {"months_stated": 2}


def test_the_verifier_names_the_month_whose_figures_are_not_what_was_issued(city: City) -> None:
    day = stamp(NEXT)
    close_period(month=MONTH, approved_by=city.approver, stamp=day)
    take(Step.STATED, month=MONTH, approved_by=None, payload=payload_hash({"month": "2026-01"}), stamp=day)

    with pytest.raises(Fault, match="statements of 2026-01"):
        verified()


def test_a_statement_names_the_first_head_that_seals_its_month(city: City) -> None:
    unsealed = statement(MONTH, authority="310101").proof
    city.close()
    head = seal(reason=SealReason.CLOSE)

    sealed = statement(MONTH, authority="310101").proof

    assert (unsealed.head, unsealed.root, unsealed.payload) == (0, "", "")
    assert sealed.payload == payload_hash(statement_payload(MONTH))
    assert (sealed.head, sealed.size, sealed.root, sealed.kid) == (head.number, head.size, head.root, head.kid)
