"""An objection takes its rows out of the netting; what is decided is netted later; nothing is ever lost on the way."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.refusals import OwnProposal
from ledger import netting, selectors
from ledger.models import Dispute, DisputeStep, Job, Transfer
from ledger.netting import Obligation
from ledger.selectors.lines import Line, lines_of
from ledger.services import disputes, jobs, periods, statements
from tests.factories import UserFactory, stamp
from tests.support.visits import GROSS_FEN, MONTH, VISITS, City, month_of_visits

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

OBJECTED_ON, NETTED_ON, DECIDED_ON = date(2026, 2, 5), date(2026, 2, 13), date(2026, 3, 10)
FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (2, 3, 4))


@pytest.fixture
def city() -> City:
    city = month_of_visits()
    city.close()
    return city


def line_between(debtor: str, creditor: str) -> Line:
    return Line(MONTH, debtor, creditor, "redeem", "health", MONTH)


def object_to(debtor: str, creditor: str, *, by: str | None = None) -> Dispute:
    line = line_between(debtor, creditor)
    return disputes.raise_dispute(line=line, authority=by or debtor, reason="?", stamp=stamp(OBJECTED_ON))


def decide(dispute: Dispute, *, fen: int) -> None:
    disputes.decide(
        dispute=dispute, accepted_fen=fen, note="", approved_by=UserFactory.create(), stamp=stamp(DECIDED_ON)
    )


def settle(month: date, *, day: date) -> None:
    periods.settle_period(month=month, approved_by=UserFactory.create(), stamp=stamp(day))


def close(month: date, *, day: date) -> None:
    periods.close_period(month=month, approved_by=UserFactory.create(), stamp=stamp(day))


def test_the_lines_of_a_month_are_all_that_is_owed(city: City) -> None:
    lines = lines_of(MONTH)

    assert {(line.debtor, line.creditor): fen for line, fen in lines.items()} == {
        (debtor, creditor): fen for debtor, creditor, fen in VISITS
    }


def test_what_is_held_back_is_left_out_of_obligations_positions_and_the_zero_test(city: City) -> None:
    object_to("310101", "310113")
    periods.net_period(month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON))
    periods.pay_period(month=MONTH, approved_by=city.approver, stamp=stamp(NETTED_ON))

    assert selectors.held_back(MONTH) == [Obligation("310101", "310113", 8_000)]
    assert sum(owed.fen for owed in selectors.obligations(MONTH)) == GROSS_FEN - 8_000
    assert selectors.recorded_positions(MONTH)["310113"] == 4_000 - 8_000
    assert selectors.unsettled_balances(MONTH) == {}
    assert selectors.books(authority="310113")["310113/due/310101"] == 8_000


outcomes = st.dictionaries(
    st.sampled_from([(debtor, creditor) for debtor, creditor, _fen in VISITS]), st.integers(0, 100), max_size=6
)


@settings(max_examples=8, deadline=None)
@given(outcomes)
def test_whatever_is_objected_to_and_decided_all_dues_end_at_zero_and_only_the_refused_shifts_cost(
    outcomes: dict[tuple[str, str], int],
) -> None:
    with transaction.atomic():
        month_of_visits().close()
        before = costs()
        raised = {pair: object_to(*pair) for pair in sorted(outcomes)}
        settle(MONTH, day=NETTED_ON)
        shifted = dict.fromkeys(before, 0)
        for (debtor, creditor), dispute in raised.items():
            accepted = dispute.fen * outcomes[debtor, creditor] // 100
            decide(dispute, fen=accepted)
            shifted[debtor] -= dispute.fen - accepted
            shifted[creditor] += dispute.fen - accepted
        close(FEBRUARY, day=APRIL)
        close(MARCH, day=APRIL)
        settle(MARCH, day=APRIL)

        books = selectors.books()
        assert costs() == {code: fen + shifted[code] for code, fen in before.items()}
        assert not [code for code in books if "/due/" in code or code.endswith("/clearing")]
        assert [selectors.unsettled_balances(month) for month in (MONTH, MARCH)] == [{}, {}]
        transaction.set_rollback(True)


def costs() -> dict[str, int]:
    found = {code.partition("/")[0]: fen for code, fen in selectors.books().items() if code.endswith("/cost")}
    return {code: found.get(code, 0) for code in ("310101", "310112", "310113", "310115")}


def test_the_creditor_may_object_too_and_the_debtor_answers(city: City) -> None:
    dispute = object_to("310101", "310113", by="310113")

    disputes.offer(dispute=dispute, accepted_fen=9, note="nine", authority="310101", stamp=stamp(OBJECTED_ON))

    assert dispute.other.pk == "310101"
    assert [step.accepted_fen for step in dispute.steps.all()] == [9]


def test_a_decision_is_proposed_by_one_person_and_approved_by_another(city: City) -> None:
    dispute, author, approver = object_to("310101", "310113"), UserFactory.create(), UserFactory.create()
    job = disputes.propose_decision(
        dispute=dispute, accepted_fen=8_000, note="was there", stamp=stamp(DECIDED_ON, by=author)
    )
    with pytest.raises(OwnProposal):
        jobs.approve(job_id=job.pk, stamp=stamp(DECIDED_ON, by=author))
    jobs.approve(job_id=job.pk, stamp=stamp(DECIDED_ON, by=approver))

    jobs.run_step(job_id=job.pk, now=Job.objects.get().next_try_at, stamp=stamp(DECIDED_ON))

    outcome = Dispute.objects.get().outcome
    assert outcome is not None
    assert (outcome.by, outcome.approved_by, outcome.accepted_fen) == (author, approver, 8_000)


def test_the_database_takes_no_second_end_and_no_decision_by_one_person(city: City) -> None:
    dispute, alone = object_to("310101", "310113"), UserFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        end(dispute, by=alone, approved_by=alone)
    decide(dispute, fen=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        end(dispute, by=alone, approved_by=UserFactory.create())


def end(dispute: Dispute, **people: object) -> None:
    DisputeStep.objects.create(dispute=dispute, step="decided", accepted_fen=0, booked_on=DECIDED_ON, **people)


def test_positions_with_and_without_the_held_rows_both_sum_to_zero(city: City) -> None:
    object_to("310101", "310113")

    assert sum(netting.positions(selectors.obligations(MONTH)).values()) == 0
    assert sum(netting.positions(selectors.held_back(MONTH)).values()) == 0


def test_confirming_what_is_left_leaves_out_what_was_objected_to(city: City) -> None:
    object_to("310101", "310113")

    confirmed = statements.confirm(month=MONTH, authority="310101", stamp=stamp(OBJECTED_ON))

    lines_of_huangpu = sum("310101" in line[1:3] for line in lines_of(MONTH))
    assert confirmed == lines_of_huangpu - 1
    assert "310101" not in selectors.lines_waiting(MONTH)
    assert Transfer.objects.filter(held=None, event="redeem").count() == len(VISITS) - 1
