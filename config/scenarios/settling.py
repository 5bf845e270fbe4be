"""Settling a month step by step in a story: statements, objections, what is decided, what is paid and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from accounts.stamps import Stamp
from config.scenarios.arguments import (
    Arguments,
    EventLine,
    Names,
    a_day,
    a_dispute,
    a_key,
    a_month,
    a_programme,
    a_text,
    an_amount,
    an_authority,
)
from config.scenarios.document import Place
from config.scenarios.stage import Act, Stage
from ledger import selectors
from ledger.models import Dispute, Payment, Transfer
from ledger.months import month_of, month_text
from ledger.selectors.lines import Line
from ledger.services import disputes, parameters, payments, statements
from vouchers.services.claims import redemption_key
from vouchers.services.redeeming import NoSuchRedemption


class NoSuchPayment(Refused):
    code = "no_such_payment"
    sentence = _("No payment to or from %(authority)s is ordered for %(month)s.")


def an_outcome(place: Place, names: Names) -> int:
    return place.whole(least=0)


VERBS: dict[str, Arguments] = {
    "state": ({"state": a_month}, {}),
    "confirm_statement": ({"confirm_statement": an_authority, "of": a_month}, {}),
    "object": (
        {
            "object": an_authority,
            "of": a_month,
            "debtor": an_authority,
            "creditor": an_authority,
            "event": a_text,
            "as": a_dispute,
        },
        {"programme": a_programme, "belongs_to": a_month, "redemption": a_key},
    ),
    "offer": ({"offer": a_dispute, "from": an_authority, "fen": an_outcome}, {}),
    "withdraw_objection": ({"withdraw_objection": a_dispute, "from": an_authority}, {}),
    "decide": ({"decide": a_dispute, "fen": an_outcome}, {}),
    "order_payments": ({"order_payments": a_month}, {}),
    "paid": ({"paid": an_authority, "of": a_month}, {"fen": an_amount}),
    "cap": ({"cap": an_authority, "fen": an_outcome}, {"since": a_day}),
    "late_interest": ({"late_interest": an_outcome}, {"since": a_day}),
}


def state(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Issue the statements of a closed month."""
    statements.issue_statements(month=event.values["state"], stamp=stamp)


def confirm(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    statements.confirm(month=event.values["of"], authority=event.values["confirm_statement"], stamp=stamp)


def object_to(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Object to a line, or to one redemption of it; later events speak of the dispute by the name given."""
    values = event.values
    line = Line(
        values["of"],
        values["debtor"],
        values["creditor"],
        values["event"],
        values.get("programme", ""),
        month_of(values.get("belongs_to", values["of"])),
    )
    transfer = None
    if "redemption" in values:
        transfer = Transfer.objects.filter(key=redemption_key(values["redemption"])).first()
        if transfer is None:
            raise NoSuchRedemption()
    stage.disputes[values["as"]] = disputes.raise_dispute(
        line=line, authority=values["object"], reason=values["as"], transfer=transfer, stamp=stamp
    )


def offer(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    disputes.offer(
        dispute=stage.disputes[event.values["offer"]],
        accepted_fen=event.values["fen"],
        note="",
        authority=event.values["from"],
        stamp=stamp,
    )


def withdraw(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    disputes.withdraw(
        dispute=stage.disputes[event.values["withdraw_objection"]],
        note="",
        authority=event.values["from"],
        stamp=stamp,
    )


def decide(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    disputes.decide(
        dispute=stage.disputes[event.values["decide"]],
        accepted_fen=event.values["fen"],
        note="",
        approved_by=stage.approver,
        stamp=stamp,
    )


def order_payments(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    payments.order_settlement(month=event.values["order_payments"], approved_by=stage.approver, stamp=stamp)


def paid(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Tell what the bank says: an authority's position of a month was paid on the day, whole or in part."""
    payment = Payment.objects.filter(authority=event.values["paid"], batch__month=event.values["of"]).first()
    if payment is None:
        raise NoSuchPayment(authority=event.values["paid"], month=month_text(event.values["of"]))
    left = payment.fen - payments.paid_fen(payment)
    payments.arrived(
        payment=payment,
        fen=event.values.get("fen", left),
        day=event.day,
        source=f"bank:{payment.pk}-{left}",
        stamp=stamp,
    )


def cap(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    parameters.set_cap(
        authority=event.values["cap"],
        fen=event.values["fen"],
        valid_from=event.values.get("since", event.day),
        stamp=stamp,
    )


def late_interest(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    parameters.set_late_interest_rate(
        rate_ppm=event.values["late_interest"],
        valid_from=event.values.get("since", event.day),
        source="a story",
        stamp=stamp,
    )


ACTS: Mapping[str, Act] = {
    "state": state,
    "confirm_statement": confirm,
    "object": object_to,
    "offer": offer,
    "withdraw_objection": withdraw,
    "decide": decide,
    "order_payments": order_payments,
    "paid": paid,
    "cap": cap,
    "late_interest": late_interest,
}


def _disputes(stage: Stage) -> dict[str, dict[str, Any]]:
    """Return each dispute with what it holds back and how it ended."""
    found = Dispute.objects.with_story()
    return {dispute.reason: _dispute(dispute) for dispute in sorted(found, key=lambda dispute: dispute.reason)}


def _dispute(dispute: Dispute) -> dict[str, Any]:
    shown = {"month": month_text(dispute.month), "held_fen": dispute.fen, "decide_by": f"{dispute.due_on}"}
    if dispute.outcome is None:
        return shown
    return {**shown, "outcome": dispute.outcome.step, "accepted_fen": dispute.outcome.accepted_fen}


def _months(stage: Stage) -> dict[str, dict[str, Any]]:
    """Return how far every month with rows has come, and what is left of it when it is settled."""
    months = sorted({*Transfer.objects.values_list("period", flat=True), *_settled_months()})
    states = selectors.states_of(months)
    return {
        month_text(month): {
            "state": states[month].code,
            "held": [owed._asdict() for owed in selectors.held_back(month)],
            "open": dict(sorted(selectors.unsettled_balances(month).items())),
        }
        for month in months
    }


def _settled_months() -> set[Any]:
    return set(Transfer.objects.exclude(settles=None).values_list("settles", flat=True))


PARTS = {"disputes": _disputes, "months": _months}
