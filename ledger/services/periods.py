"""Closing, netting and paying a month: each step once, proposed by one person and approved by another.

What they approve are figures: a step names their hash, and is refused when they are no longer what was approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import insert_values
from accounts.models import Authority, User
from accounts.refusals import OwnProposal, Refused
from accounts.stamps import Stamp
from ledger import events, kinds, netting, selectors
from ledger.kinds import AccountName
from ledger.models import ClosedBalance, ObligationRecord, PeriodStep, PositionRecord, Step
from ledger.money import yuan_text
from ledger.months import month_text, next_month
from ledger.netting import Obligation
from ledger.payloads import payload_hash
from ledger.services.posting import Entry, lock_month, post, stop_postings


class EarlierPeriodOpen(Refused):
    code = "earlier_period_open"
    sentence = _("%(earlier)s is still open and has entries. Close it first.")


class AlreadyClosed(Refused):
    code = "already_closed"
    sentence = _("%(month)s is closed already. Nothing was changed.")


class PeriodOpen(Refused):
    code = "period_open"
    sentence = _("%(month)s is still open. Close it before you settle it.")


class AlreadySettled(Refused):
    code = "already_settled"
    sentence = _("%(month)s is settled already. Nothing was changed.")


class PayloadChanged(Refused):
    code = "payload_changed"
    sentence = _("The figures of %(month)s have changed since they were approved. Look at them and propose it again.")


class CapExceeded(Refused):
    code = "cap_exceeded"
    sentence = _(
        "%(authority)s would have to pay %(position)s yuan for %(month)s, which is above its limit of %(cap)s yuan. "
        "Have its limit raised, or its prefund topped up and the limit with it, and try again."
    )


class NotNetted(Refused):
    code = "not_netted"
    sentence = _("%(month)s is not netted yet. Net it before you record the payments.")


def check_closing(*, month: date) -> None:
    """Raise what stands in the way of closing ``month`` now: EarlierPeriodOpen or AlreadyClosed."""
    if earlier := selectors.earlier_open_month_with_rows(month):
        raise EarlierPeriodOpen(earlier=month_text(earlier), month=month_text(month))
    closed = selectors.closed_through()
    if closed is not None and month <= closed:
        raise AlreadyClosed(month=month_text(month))


def check_settling(*, month: date) -> None:
    """Raise what stands in the way of settling ``month`` now: PeriodOpen or AlreadySettled."""
    steps = selectors.steps_of(month)
    if Step.CLOSED not in steps:
        raise PeriodOpen(month=month_text(month))
    if Step.SETTLED in steps:
        raise AlreadySettled(month=month_text(month))


@transaction.atomic
def close_period(*, month: date, approved_by: User, stamp: Stamp, approved: str = "") -> PeriodStep:
    """Close ``month`` and the empty ones before it, and record its balances.

    ``approved`` is the hash of the figures somebody approved. Raises EarlierPeriodOpen, AlreadyClosed, PayloadChanged.
    """
    stop_postings()
    check_closing(month=month)
    payload = _agreed(closing_figures(month), approved=approved)
    closed = selectors.closed_through()
    empty = next_month(closed) if closed is not None else month
    while empty < month:
        take(Step.CLOSED, month=empty, approved_by=approved_by, stamp=stamp)
        empty = next_month(empty)
    step = take(Step.CLOSED, month=month, approved_by=approved_by, payload=payload, stamp=stamp)
    _record_balances(month)
    return step


@transaction.atomic
def settle_period(*, month: date, approved_by: User, stamp: Stamp) -> PeriodStep:
    """Net and pay ``month`` in one go. Raises PeriodOpen or AlreadySettled."""
    check_settling(month=month)
    if Step.NETTED not in selectors.steps_of(month):
        net_period(month=month, approved_by=approved_by, stamp=stamp)
    return pay_period(month=month, approved_by=approved_by, stamp=stamp)


def closing_figures(month: date) -> dict[str, object]:
    """Return what is approved when ``month`` is closed: what its rows add up to in each book."""
    return {"month": month_text(month), "books": selectors.books_of_rows(Q(period=month))}


def netting_figures(month: date, obligations: Sequence[Obligation]) -> dict[str, object]:
    """Return what is approved when ``month`` is netted: who owes whom, who pays, and what disputes hold back."""
    return {
        "month": month_text(month),
        "obligations": obligations,
        "positions": netting.positions(obligations),
        "held": selectors.held_back(month),
    }


@transaction.atomic
def net_period(*, month: date, approved_by: User, stamp: Stamp, approved: str = "") -> PeriodStep:
    """Record the month's obligations and positions and move every due to the hub, one row an obligation.

    Rows that a dispute holds back stay out. ``approved`` is the hash of the figures somebody approved. Raises
    PeriodOpen, AlreadySettled, CapExceeded or PayloadChanged.
    """
    lock_month(month)
    steps = selectors.steps_of(month)
    if Step.CLOSED not in steps:
        raise PeriodOpen(month=month_text(month))
    if Step.NETTED in steps:
        raise AlreadySettled(month=month_text(month))
    obligations = selectors.obligations(month)
    positions = netting.positions(obligations)
    payload = _agreed(netting_figures(month, obligations), approved=approved)
    _refuse_above_caps(month, positions, day=stamp.booked_on)
    step = take(Step.NETTED, month=month, approved_by=approved_by, payload=payload, stamp=stamp)
    ObligationRecord.objects.bulk_create(
        ObligationRecord(month=month, debtor_id=o.debtor, creditor_id=o.creditor, fen=o.fen) for o in obligations
    )
    PositionRecord.objects.bulk_create(
        PositionRecord(month=month, authority_id=authority, fen=fen) for authority, fen in positions.items()
    )
    entries = [
        Entry(
            key=f"netting:{month_text(month)}:{o.debtor}:{o.creditor}",
            event=events.NETTING,
            act=f"netting:{month_text(month)}",
            day=stamp.booked_on,
            debit=AccountName(o.creditor, kinds.CLEARING.code),
            credit=AccountName(o.debtor, kinds.CLEARING.code),
            fen=o.fen,
            settles=month,
        )
        for o in obligations
    ]
    post(entries=entries, stamp=stamp)
    return step


@transaction.atomic
def pay_period(*, month: date, approved_by: User, stamp: Stamp) -> PeriodStep:
    """Record one payment for each authority whose position is not zero; afterwards nothing of the month is due.

    What is paid is what netting left in clearing: the position as recorded, or the successor's and its predecessor's.
    """
    steps = selectors.steps_of(month)
    if Step.NETTED not in steps:
        raise NotNetted(month=month_text(month))
    if Step.SETTLED in steps:
        raise AlreadySettled(month=month_text(month))
    due = selectors.open_positions(month)
    payload = payload_hash({"month": month_text(month), "payments": due})
    step = take(Step.SETTLED, month=month, approved_by=approved_by, payload=payload, stamp=stamp)
    act = f"payment:{month_text(month)}"
    post(
        entries=[
            payment(authority, fen, month=month, act=act, key=f"{act}:{authority}", day=stamp.booked_on)
            for authority, fen in due.items()
        ],
        stamp=stamp,
    )
    left = selectors.open_positions(month)
    assert not left, f"settling {month_text(month)} left {left}"
    return step


def payment(
    authority: str, fen: int, *, month: date, act: str, key: str, day: date, event: events.Event = events.PAYMENT
) -> Entry:
    """Return the row by which ``authority`` receives its position of ``month``, or pays it when ``fen`` is negative."""
    cash = AccountName(authority, kinds.CASH.code)
    clearing = AccountName(authority, kinds.CLEARING.code)
    return Entry(
        key=key,
        event=event,
        act=act,
        day=day,
        debit=cash if fen > 0 else clearing,
        credit=clearing if fen > 0 else cash,
        fen=abs(fen),
        settles=month,
    )


def _record_balances(month: date) -> None:
    """Write down what every book holds through ``month``; an empty month before it would repeat the one before."""
    lines = [
        (month, authority, code, fen)
        for authority, book in selectors.books_through(month).items()
        for code, fen in book.items()
    ]
    insert_values(ClosedBalance, columns=("month", "authority_id", "code", "fen"), rows=lines)


def _agreed(figures: Mapping[str, object], *, approved: str) -> str:
    """Return the hash of what is done now, which must be what was ``approved``, where somebody approved figures."""
    found = payload_hash(figures)
    if approved and found != approved:
        raise PayloadChanged(month=figures["month"])
    return found


def _refuse_above_caps(month: date, positions: Mapping[str, int], *, day: date) -> None:
    """Refuse a position strictly above its authority's limit. At the limit all is well."""
    caps = selectors.caps_on(day)
    for code, fen in positions.items():
        cap = caps.get(code)
        if cap is not None and -fen > cap:
            raise CapExceeded(
                authority=Authority.objects.get(pk=code),
                position=yuan_text(-fen),
                cap=yuan_text(cap),
                month=month_text(month),
            )


def take(step: Step, *, month: date, approved_by: User | None, stamp: Stamp, payload: str = "") -> PeriodStep:
    """Record that a month took a step. Raises OwnProposal unless two people took it; statements take one."""
    if stamp.by is None or stamp.by == approved_by:
        raise OwnProposal()
    approver = approved_by.pk if approved_by else None
    audit.record(stamp=stamp, verb=f"period_{step}", subject=f"period:{month_text(month)}", approved_by=approver)
    return PeriodStep.objects.create(
        month=month,
        step=step,
        booked_on=stamp.booked_on,
        proposed_by=stamp.by,
        approved_by=approved_by,
        payload=payload,
    )
