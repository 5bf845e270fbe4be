"""Whether every statement says today what it said when it was issued."""

from __future__ import annotations

from ledger.models import PeriodStep, Step
from ledger.months import month_text
from ledger.payloads import payload_hash
from ledger.selectors.statements import statement_payload
from ledger.services.verifying import Check, Fault


def statements() -> dict[str, int]:
    """The figures of a month's statements have the hash that was taken when they were issued."""
    issued = PeriodStep.objects.filter(step=Step.STATED).order_by("month")
    for month, recorded in issued.values_list("month", "payload"):
        if payload_hash(statement_payload(month)) != recorded:
            raise Fault(f"statements of {month_text(month)}", "no longer have the hash they were issued with")
    return {"months_stated": len(issued)}


CHECKS = (Check("statements", statements),)
