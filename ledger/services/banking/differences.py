"""What a matched statement leaves for people: one difference for each line or payment that is not as ordered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from accounts.stamps import Stamp
from ledger.banking import matching
from ledger.banking.camt053 import NOT_BOOKED
from ledger.break_reasons import BANK
from ledger.models import BankEntry, BankStatement, Break, Job, Payment, ReconciliationRun
from ledger.selectors import banking
from ledger.services import breaks
from ledger.services.breaks import Found

#: What needs nobody: it came as ordered, or says nothing new.
NONE = frozenset({matching.MATCHED, matching.PAID_AGAIN, matching.OTHER_SIDE, NOT_BOOKED})
#: What is over once the payment is there in full; their keys begin alike.
UNTIL_PAID = frozenset({matching.PART_PAYMENT, matching.PAYMENT_REVERSED, matching.MISSING_AT_BANK})
WAITS = "bank:payment:"


def write_down(*, statement: BankStatement, missing: Sequence[Payment], job: Job, stamp: Stamp) -> ReconciliationRun:
    """Record the run that compared the statement with the payments, open what differs and close what is over."""
    differing: Mapping[str, int] = job.params["differences"]
    found = [*_lines(statement, differing), *map(_not_there, missing)]
    rows = statement.entries.exclude(match__payment=None).values_list("match__payment")
    run = ReconciliationRun.objects.create(
        kind=BANK,
        scope=f"{statement.account_number} {statement.statement_id}",
        job=job,
        started_at=job.created_at,
        cells=rows.distinct().count() + len(missing),
        cells_differing=len({one.key for one in found}),
        rows_compared=job.done_count,
        breaks_found=len(found),
        result={"statement": statement.pk, **job.result},
    )
    breaks.find(found=found, run=run, stamp=stamp)
    breaks.close_gone(prefix=WAITS, still=_still_open(), stamp=stamp)
    return run


def _lines(statement: BankStatement, differing: Mapping[str, int]) -> Iterator[Found]:
    for entry in banking.entries_of(statement).filter(pk__in=map(int, differing)):
        payment, reason = entry.match.payment, entry.match.outcome
        waits = payment is not None and reason in UNTIL_PAID
        yield Found(
            kind=BANK,
            reason=reason,
            key=f"{WAITS}{payment.pk}:{entry.pk}" if payment and waits else f"bank:line:{entry.pk}",
            authority=payment.authority_id if payment else None,
            fen=differing[str(entry.pk)],
            evidence={"ours": _ordered(payment) if payment else {}, "theirs": _told(entry, statement)},
        )


def _not_there(payment: Payment) -> Found:
    return Found(
        kind=BANK,
        reason=matching.MISSING_AT_BANK,
        key=f"{WAITS}{payment.pk}:missing",
        authority=payment.authority_id,
        fen=-payment.fen,
        evidence={"ours": _ordered(payment), "theirs": {}},
    )


def _ordered(payment: Payment) -> dict[str, object]:
    return {
        "payment": payment.end_to_end_id,
        "amount_fen": payment.fen,
        "ordered_for": payment.batch.pays_on.isoformat(),
        "batch_id": payment.batch_id,
    }


def _told(entry: BankEntry, statement: BankStatement) -> dict[str, object]:
    """Return what the bank says, without what it leaves out."""
    said = {
        "payment": entry.end_to_end_id,
        "booked_on": entry.booked_on.isoformat() if entry.booked_on else "",
        "counterparty": " ".join(filter(None, (entry.counterparty, entry.counterparty_number))),
        "text": entry.text,
        "problem": entry.defect,
        "account": statement.account_number,
        "statement": statement.statement_id,
    }
    shown = {name: text for name, text in said.items() if text}
    return {**shown, "amount_fen": abs(entry.fen), "line": entry.line, "statement_id": statement.pk}


def _still_open() -> Collection[str]:
    """Return the keys of open differences whose payment is still not there in full."""
    keys = Break.objects.open().filter(key__startswith=WAITS).values_list("key", flat=True)
    payment_of = {key: int(key.removeprefix(WAITS).partition(":")[0]) for key in map(breaks.base_key, keys)}
    shown = banking.shown_of(set(payment_of.values()))
    due = Payment.objects.in_bulk(set(payment_of.values()))
    return {key for key, pk in payment_of.items() if shown.get(pk, banking.Shown()).fen < due[pk].fen}
