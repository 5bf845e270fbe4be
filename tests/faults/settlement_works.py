"""The columns of the table for statements, disputes, payments, the bank, prefunds, claims and differences."""

from __future__ import annotations

from datetime import date

from ledger import kinds
from ledger.break_reasons import CLAIM, MISSING_HERE
from ledger.kinds import AccountName
from ledger.models import Break, Job, ObligationRecord
from ledger.selectors.lines import Line
from ledger.services import breaks, disputes, jobs, periods, prefunding, statements
from ledger.services.banking.matching import MATCH
from ledger.services.posting import ensure_accounts
from ledger.states import DECIDE, STATE
from tests.banking.city import order_the_month
from tests.claims.town import MONTH as MAY
from tests.claims.town import SENT, a_school, line, reconciled
from tests.factories import stamp
from tests.faults.works import Ask, Work, approved
from tests.support.visits import MONTH, NEXT, month_of_visits
from vouchers.services import paying_providers, reconciling, reconciling_books

LAST_YEAR, THIS_YEAR = date(2025, 12, 1), 2026
OBJECTED_ON, DECIDED_ON = date(2026, 2, 5), date(2026, 3, 10)


def state_a_month() -> Ask:
    city = month_of_visits()
    author = stamp(NEXT, by=city.proposer)
    periods.close_period(month=MONTH, approved_by=city.approver, stamp=author)

    def ask() -> Job:
        statements.ask_to_issue(month=MONTH, stamp=author)
        return Job.objects.get()

    return ask


def decide_a_dispute() -> Ask:
    """The first district objects to what the third asks of it, and half of that is granted."""
    city = month_of_visits()
    city.close()
    disputed = Line(MONTH, "310101", "310113", "redeem", "health", MONTH)
    dispute = disputes.raise_dispute(line=disputed, authority="310101", reason="?", stamp=stamp(OBJECTED_ON))
    author = stamp(DECIDED_ON, by=city.proposer)
    return lambda: approved(
        city, disputes.propose_decision(dispute=dispute, accepted_fen=4_000, note="?", stamp=author)
    )


def set_prefunds() -> Ask:
    """The first district owed the second 500 yuan in the year before."""
    city = month_of_visits()
    ObligationRecord.objects.create(month=LAST_YEAR, debtor_id="310101", creditor_id="310112", fen=50_000)
    author = stamp(NEXT, by=city.proposer)
    return lambda: approved(city, prefunding.propose_true_up(year=THIS_YEAR, stamp=author))


def match_a_bank_statement() -> Ask:
    """The bank says that every payment of the month was made."""
    city = order_the_month()
    content = city.statement(city.answers())

    def ask() -> Job:
        city.load(content)
        return Job.objects.get()

    return ask


def correct_a_difference() -> Ask:
    """A claim of the clinic's is missing in the books."""
    city = month_of_visits()
    cost = AccountName("310101", kinds.COST.code, "health")
    payable = AccountName("310101", kinds.PAYABLE.code, "health", "clinic-310101")
    ensure_accounts([cost, payable])
    found = breaks.Found(CLAIM, MISSING_HERE.code, "claim:2026-01:clinic:r1", None, 100, {})
    breaks.find(found=[found], run=None, stamp=stamp(NEXT))
    correction, author = breaks.Correction(f"{cost}", f"{payable}", 100), stamp(NEXT, by=city.proposer)
    found_as = Break.objects.get()
    return lambda: approved(
        city,
        breaks.propose_correction(break_id=found_as.pk, correction=correction, note="?", stamp=author),
    )


def reconcile_claims() -> Ask:
    """Of a school's three redemptions one is claimed a yuan too dear, and one not at all."""
    school = a_school()
    for key in ("same", "dear", "missing"):
        school.took(key)
    school.sends(line("same"), line("dear", 121))
    author = stamp(SENT)
    return lambda: reconciling.ask_now(month=MAY, stamp=author)


def pay_providers() -> Ask:
    """A school's month was claimed, compared, and agrees."""
    school = a_school()
    school.took("same")
    school.sends(line("same"))
    reconciled()
    proposed = paying_providers.propose(district=school.provider.district, month=MAY, stamp=stamp(SENT))
    return lambda: jobs.approve(job_id=proposed.pk, stamp=stamp(SENT))


def reconcile_books() -> Ask:
    month_of_visits()
    author = stamp(NEXT)
    return lambda: reconciling_books.ask_for_the_night(stamp=author)


WORKS = [
    Work(
        kind=STATE,
        prepare=state_a_month,
        held_at=1,
        table="ledger_periodstep",
        rows=1,
        outcome={"stated": 1},
    ),
    Work(
        kind=DECIDE,
        prepare=decide_a_dispute,
        held_at=1,
        table="ledger_releasedtransfer",
        rows=1,
        outcome={"DisputeStep": 1, "ReleasedTransfer": 1, "adjustment": 1},
    ),
    Work(
        kind=prefunding.TRUE_UP,
        prepare=set_prefunds,
        held_at=1,
        table="ledger_payment",
        rows=1,
        outcome={"PaymentBatch": 1, "Payment": 1, "Authority": 1},
    ),
    Work(
        kind=MATCH,
        prepare=match_a_bank_statement,
        held_at=4,
        table="ledger_bankmatch",
        rows=4,
        outcome={
            "BankStatement": 1,
            "BankEntry": 4,
            "BankMatch": 4,
            "ReconciliationRun": 1,
            "LedgerAccount": 6,
            "payment": 4,
            "hub_receipt": 2,
            "hub_payment": 2,
            "settled": 1,
        },
        shown={"BankStatement": 1, "BankEntry": 4},
    ),
    Work(
        kind=breaks.CORRECT,
        prepare=correct_a_difference,
        held_at=1,
        table="ledger_breakstep",
        rows=2,
        outcome={"BreakStep": 3, "correction": 1},
        shown={"BreakStep": 1},
    ),
    Work(
        kind=reconciling.RECONCILE,
        prepare=reconcile_claims,
        held_at=2,
        table="vouchers_claimdifference",
        rows=2,
        outcome={"ClaimCell": 1, "ClaimDifference": 2, "Break": 2, "ReconciliationRun": 1},
        shown={"ClaimCell": 1},
    ),
    Work(
        kind=reconciling_books.RECONCILE_BOOKS,
        prepare=reconcile_books,
        held_at=len(reconciling_books.CHECKS) + 1,
        table="ledger_reconciliationrun",
        rows=1,
        outcome={"ReconciliationRun": 1},
    ),
    Work(
        kind=paying_providers.PAY,
        prepare=pay_providers,
        held_at=1,
        table="ledger_payment",
        rows=1,
        outcome={"PaymentBatch": 1, "Payment": 1},
    ),
]
