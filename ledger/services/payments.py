"""Money between the authorities: ordered in batches, passed on by the settlement hub, booked when the bank says so.

The hub is an authority of its own. What it has received and not yet passed on stands in its clearing; what nobody can
name stands as not identified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.locks import Lock, take
from accounts.models import HUB, Authority, User
from accounts.refusals import OwnProposal, Refused
from accounts.stamps import Stamp
from ledger import calendar, events, interest, kinds, selectors
from ledger.kinds import AccountName
from ledger.models import Payment, PaymentBatch, PeriodStep, Step, Transfer
from ledger.money import yuan_text
from ledger.months import month_text
from ledger.payloads import payload_hash
from ledger.services import periods
from ledger.services.posting import Entry, lock_month, post, share_open_months

Kind, Way = PaymentBatch.Kind, Payment.Way


class TooMuchPaid(Refused):
    code = "too_much_paid"
    sentence = _("Of this payment only %(left)s yuan are still open.")


class NotSoMuchUnidentified(Refused):
    code = "not_so_much_unidentified"
    sentence = _("Of this money only %(left)s yuan are still to be identified.")


def ensure_hub() -> Authority:
    """Return the settlement hub, founded when it is first needed."""
    hub, _made = Authority.objects.get_or_create(
        code=HUB, defaults={"name_zh": "市级清算中心", "name_en": "City settlement hub"}
    )
    return hub


@transaction.atomic
def order_settlement(*, month: date, stamp: Stamp, approved_by: User) -> PaymentBatch:
    """Order the payments of a netted month: those who owe to the hub, the hub to those who receive.

    A month in which nobody has to pay is settled at once.
    """
    ensure_hub()
    batch = order(
        key=f"settlement:{month_text(month)}",
        kind=Kind.SETTLEMENT,
        month=month,
        pays_on=max(selectors.calendar_of(month)[calendar.PAYMENT.code], stamp.booked_on),
        stamp=stamp,
        approved_by=approved_by,
    )
    Payment.objects.bulk_create(
        Payment(
            batch=batch,
            way=Way.FROM_HUB if fen > 0 else Way.TO_HUB,
            authority_id=authority,
            fen=abs(fen),
            end_to_end_id=f"TH{month:%Y%m}-{authority}",
        )
        for authority, fen in _those_who_pay_first(selectors.open_positions(month))
    )
    settle_when_paid(month=month, stamp=stamp)
    return batch


def _those_who_pay_first(positions: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the positions but the hub's own: what is left for it of the others' payments, it has."""
    return sorted(((code, fen) for code, fen in positions.items() if code != HUB), key=lambda own: (own[1] > 0, own[0]))


def order(
    *, key: str, kind: str, pays_on: date, stamp: Stamp, approved_by: User, month: date | None = None
) -> PaymentBatch:
    """Record an order of payments, which are still to be added. Raises OwnProposal unless two people ordered it."""
    if stamp.by is None or stamp.by == approved_by:
        raise OwnProposal()
    audit.record(stamp=stamp, verb="order_payments", subject=key, approved_by=approved_by.pk)
    return PaymentBatch.objects.create(
        key=key, kind=kind, month=month, pays_on=pays_on, proposed_by=stamp.by, approved_by=approved_by
    )


@transaction.atomic
def arrived(*, payment: Payment, fen: int, day: date, source: str, stamp: Stamp) -> None:
    """Book what the bank says has been paid of ``payment``: ``fen`` of it, on ``day``.

    ``source`` names the bank's line for ever, as "bank:17", so that telling twice books once. A payment of a month that
    came after its day bears interest, in the open month; the last one settles its month. Raises TooMuchPaid.
    """
    batch = payment.batch
    if batch.month is not None:
        lock_month(batch.month)
    if Transfer.objects.filter(key=f"{source}:own").exists():
        return
    left = payment.fen - paid_fen(payment)
    if fen > left:
        raise TooMuchPaid(left=yuan_text(left))
    entries = MAKES_ROWS[Kind(batch.kind), Way(payment.way)](payment, fen, source, day)
    post(entries=[*entries, *_late(payment, fen, source=source, day=day)], stamp=stamp)
    if batch.kind == Kind.SETTLEMENT and batch.month is not None:
        settle_when_paid(month=batch.month, stamp=stamp)


def paid_fen(payment: Payment) -> int:
    """Return how much of a payment the bank has confirmed and not taken back, in fen."""
    return sum(arrivals_of(payment).values_list("fen", flat=True))


def arrivals_of(payment: Payment) -> QuerySet[Transfer]:
    """Return the rows that say how much of a payment was paid, without what was taken back."""
    return all_arrivals().filter(act=payment.act)


def all_arrivals() -> QuerySet[Transfer]:
    """Return the same rows of all payments."""
    return Transfer.objects.filter(event__in=TELLING, reverses=None, reversed_by=None)


def settle_when_paid(*, month: date, stamp: Stamp) -> PeriodStep | None:
    """Record that a netted month is settled, once nothing of it is left in clearing.

    Netting has moved every due there, so only the few rows that settle the month are summed, at every payment.
    It stands in the names of the two who netted it: it is their order that the bank has carried out.
    """
    steps = {step.step: step for step in selectors.steps_taken(month)}
    if Step.NETTED not in steps or Step.SETTLED in steps or selectors.open_positions(month):
        return None
    netted = steps[Step.NETTED]
    payload = payload_hash({"month": month_text(month), "positions": selectors.recorded_positions(month)})
    by = Stamp(by=netted.proposed_by, booked_on=stamp.booked_on, as_of=stamp.as_of)
    return periods.take(Step.SETTLED, month=month, approved_by=netted.approved_by, payload=payload, stamp=by)


@transaction.atomic
def hold_unidentified(*, fen: int, day: date, source: str, stamp: Stamp) -> None:
    """Book money that the hub received and nobody can name yet; ``source`` as in :func:`arrived`."""
    ensure_hub()
    if not Transfer.objects.filter(key=f"{source}:held").exists():
        entry = _row(f"{source}:held", events.UNIDENTIFIED, source, day, HUB_CASH, UNIDENTIFIED, fen)
        post(entries=[entry], stamp=stamp)


@transaction.atomic
def identify(*, source: str, payment: Payment, fen: int, stamp: Stamp) -> None:
    """Take money held as not identified for a part of ``payment``. Raises NotSoMuchUnidentified or TooMuchPaid."""
    share_open_months()
    take(Lock.BANK_STATEMENTS)
    left = unidentified_fen(source)
    if fen > left:
        raise NotSoMuchUnidentified(left=yuan_text(left))
    number = Transfer.objects.filter(act=source, event=events.IDENTIFIED.code).count() + 1
    named = f"{source}-{number}"
    day = Transfer.objects.get(key=f"{source}:held").occurred_on
    entry = _row(f"{named}:named", events.IDENTIFIED, source, stamp.booked_on, UNIDENTIFIED, HUB_CASH, fen)
    arrived(payment=payment, fen=fen, day=day, source=named, stamp=stamp)
    post(entries=[entry], stamp=stamp)


def unidentified_fen(source: str) -> int:
    """Return what is still held of the money that ``source`` brought, in fen."""
    rows = Transfer.objects.filter(act=source).values_list("event", "fen")
    return sum(fen if event == events.UNIDENTIFIED.code else -fen for event, fen in rows)


# What each way of paying books

HUB_CASH = AccountName(HUB, kinds.CASH.code)
HUB_CLEARING = AccountName(HUB, kinds.CLEARING.code)
UNIDENTIFIED = AccountName(HUB, kinds.UNIDENTIFIED.code)

TELLING = [event.code for event in events.TELLING]

MakesRows = Callable[[Payment, int, str, date], list[Entry]]


def _settles(payment: Payment, fen: int, source: str, day: date) -> list[Entry]:
    """The authority pays its position, or receives it; the hub takes the money in, or passes it on."""
    act, month = payment.act, payment.batch.month
    assert month is not None
    to_hub = payment.way == Way.TO_HUB
    authority = selectors.heirs().get(payment.authority_id, payment.authority_id)
    own = periods.payment(authority, -fen if to_hub else fen, month=month, act=act, key=f"{source}:own", day=day)
    event, debit, credit = (
        (events.HUB_RECEIPT, HUB_CASH, HUB_CLEARING) if to_hub else (events.HUB_PAYMENT, HUB_CLEARING, HUB_CASH)
    )
    return [own, _row(f"{source}:hub", event, act, day, debit, credit, fen, settles=month)]


def _prefunds(payment: Payment, fen: int, source: str, day: date) -> list[Entry]:
    """Money in advance goes to the hub, or comes back from it; it never nets."""
    act, authority = payment.act, payment.authority_id
    cash, prefund = AccountName(authority, kinds.CASH.code), AccountName(authority, kinds.PREFUND.code)
    held = AccountName(HUB, kinds.PREFUNDED.code, party=authority)
    if payment.way == Way.TO_HUB:
        return [
            _row(f"{source}:own", events.PREFUND_PAID, act, day, prefund, cash, fen),
            _row(f"{source}:hub", events.HUB_RECEIPT, act, day, HUB_CASH, held, fen),
        ]
    return [
        _row(f"{source}:own", events.PREFUND_RETURNED, act, day, cash, prefund, fen),
        _row(f"{source}:hub", events.HUB_PAYMENT, act, day, held, HUB_CASH, fen),
    ]


def _pays_provider(payment: Payment, fen: int, source: str, day: date) -> list[Entry]:
    payable = AccountName(payment.authority_id, kinds.PAYABLE.code, payment.programme, payment.party)
    cash = AccountName(payment.authority_id, kinds.CASH.code)
    return [_row(f"{source}:own", events.PROVIDER_PAYMENT, payment.act, day, payable, cash, fen)]


MAKES_ROWS: Mapping[tuple[PaymentBatch.Kind, Payment.Way], MakesRows] = {
    (Kind.SETTLEMENT, Way.TO_HUB): _settles,
    (Kind.SETTLEMENT, Way.FROM_HUB): _settles,
    (Kind.PREFUND, Way.TO_HUB): _prefunds,
    (Kind.PREFUND, Way.FROM_HUB): _prefunds,
    (Kind.PROVIDERS, Way.TO_PROVIDER): _pays_provider,
}


def _late(payment: Payment, fen: int, *, source: str, day: date) -> list[Entry]:
    """What an authority owes the hub for having paid its position after the day."""
    if (payment.batch.kind, payment.way) != (Kind.SETTLEMENT, Way.TO_HUB):
        return []
    rates = selectors.late_interest_rates()
    cost = interest.late_interest(fen=fen, due=payment.batch.pays_on, paid=day, rates=rates)
    if not cost:
        return []
    owing, owed = (AccountName(code, kinds.INTEREST.code) for code in (payment.authority_id, HUB))
    return [_row(f"{source}:late", events.LATE_INTEREST, payment.act, day, owing, owed, cost)]


def _row(
    key: str,
    event: events.Event,
    act: str,
    day: date,
    debit: AccountName,
    credit: AccountName,
    fen: int,
    *,
    settles: date | None = None,
) -> Entry:
    return Entry(key=key, event=event, act=act, day=day, debit=debit, credit=credit, fen=fen, settles=settles)
