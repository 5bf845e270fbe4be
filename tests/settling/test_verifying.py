"""Somebody with all rights over the database touches a dispute: verification names it."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.models import Dispute
from ledger.selectors.lines import Line
from ledger.services import disputes
from ledger.services.verifying import Fault
from ledger.services.verifying_disputes import CHECKS
from tests.factories import UserFactory, stamp
from tests.support.tampering import tamper
from tests.support.visits import MONTH, month_of_visits

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute() -> Dispute:
    """An objection to 8,000 fen of which 5,000 are owed."""
    month_of_visits().close()
    line = Line(MONTH, "310101", "310113", "redeem", "health", MONTH)
    raised = disputes.raise_dispute(line=line, authority="310101", reason="?", stamp=stamp(date(2026, 2, 5)))
    disputes.decide(
        dispute=raised, accepted_fen=5_000, note="", approved_by=UserFactory.create(), stamp=stamp(date(2026, 3, 1))
    )
    return raised


def look() -> dict[str, int]:
    return {name: figure for check in CHECKS for name, figure in check.run().items()}


def test_what_was_decided_is_accounted_for(dispute: Dispute) -> None:
    assert look() == {"disputes": 1, "disputes_ended": 1, "payments": 0}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("DELETE FROM ledger_releasedtransfer", "released rows 0, where its record says 1"),
        ("UPDATE ledger_dispute SET fen = 7999", "holds 8000, where its record says 7999"),
        ("UPDATE ledger_disputestep SET accepted_fen = 4000", "gave back 3000, where its record says 4000"),
        (
            "UPDATE ledger_transfer SET fen = 3001 WHERE event = 'adjustment'",
            "gave back 3001, where its record says 3000",
        ),
        ("DELETE FROM ledger_disputestep", "released rows 1, where its record says 0"),
    ],
)
def test_a_dispute_changed_behind_the_guards_is_found(dispute: Dispute, change: str, problem: str) -> None:
    tamper(change)

    with pytest.raises(Fault, match=f"dispute:{dispute.pk}: {problem}"):
        look()
