"""Redemptions and reversals. The common redemption is one statement; the database's trigger is the judge."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Resident
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.models import Transfer
from ledger.months import month_of, next_month
from ledger.selectors import heirs, present_name
from ledger.services.posting import Entry, ensure_accounts, post
from vouchers import events
from vouchers.models import CostRule, Programme, Provider, VisitBill, Voucher
from vouchers.services.claims import Body, Candidate, Claim, KeyReused, decide, look_and_take, redemption_key
from vouchers.services.ending import EVENT_OF_REASON, value_restored, value_returned
from vouchers.services.planning import Cause, locked, replan
from vouchers.services.visiting import visits_of
from vouchers.visits import Bill, Visit

#: How often a redemption that lost a race reads again. Each loss means that another one won.
ATTEMPTS = 100


class NoSuchRedemption(Refused):
    code = "no_such_redemption"
    sentence = _("There is no redemption with this key.")


class AlreadyReversed(Refused):
    code = "already_reversed"
    sentence = _("This redemption was reversed already. Nothing was changed.")


class Row(NamedTuple):
    """The ledger's row of a redemption, by its columns."""

    key: str
    event: str
    act: str
    subject: int | None
    debit_id: int
    credit_id: int
    fen: int
    occurred_on: date
    booked_on: date
    period: date
    recorded_by_id: int | None
    recorded_at: datetime


class Accepted(NamedTuple):
    """The row of a redemption; ``replayed`` says that an earlier call with the same key made it."""

    transfer: Transfer
    replayed: bool


def redeem(
    *,
    resident: Resident,
    programme: Programme,
    provider: Provider,
    fen: int,
    day: date,
    key: str,
    stamp: Stamp,
    voucher: Voucher | None = None,
    bill: Bill | None = None,
) -> Transfer:
    """Take ``fen`` from the voucher in use on ``day`` and owe it to ``provider``; ``voucher`` names one of several.

    The same key with the same body returns the first row and books nothing. Raises KeyReused, WrongProgramme,
    NoVoucher, NotValidYet, Expired, Revoked, VisitNotFiled, VisitsNotAllowed, VisitDrawsTooMuch or BalanceTooLow.
    """
    claim = Claim(
        resident=resident,
        programme=programme,
        provider=provider,
        fen=fen,
        day=day,
        key=redemption_key(key),
        voucher_id=voucher.pk if voucher else None,
        bill=bill,
    )
    return accept(claim=claim, stamp=stamp).transfer


def accept(*, claim: Claim, stamp: Stamp) -> Accepted:
    """Book a claim, or find that it was booked before. Raises what ``redeem`` raises."""
    for attempt in range(ATTEMPTS):
        try:
            return _try(claim, stamp=stamp)
        except IntegrityError:
            # Somebody was faster: the balance, the payer, the month, the key or the provider's district is no longer
            # what we saw.
            if attempt == ATTEMPTS - 1:
                raise
            claim = claim._replace(provider=Provider.objects.get(pk=claim.provider.pk))
    raise AssertionError("unreachable")


def _try(claim: Claim, *, stamp: Stamp) -> Accepted:
    at = timezone.now()
    candidates, taken = look_and_take(claim, stamp=stamp, at=at)
    if taken:
        row = Transfer(pk=taken, **row_of(claim, candidates[0], stamp=stamp, at=at)._asdict())
        row._state.adding = False
        return Accepted(row, False)
    if earlier := candidates[0].earlier:
        return Accepted(replayed(claim, earlier=earlier), True)
    visit = visits_of([claim], rules=[candidates[0].visits])[0]
    chosen = decide(claim, candidates, visit=visit, booked_on=stamp.booked_on)
    return Accepted(book(claim, chosen, visit=visit, stamp=stamp), False)


def replayed(claim: Claim, *, earlier: int) -> Transfer:
    """Return the row that this key made, if it was for the same thing. Raises KeyReused."""
    row = Transfer.objects.select_related("credit").get(pk=earlier)
    owner = Voucher.objects.values_list("resident_id", "programme_id").get(pk=row.subject or 0)
    if body_of(row, owner=owner) != claim.body or _has_another_bill(row, claim):
        raise KeyReused()
    return row


def _has_another_bill(row: Transfer, claim: Claim) -> bool:
    stored = VisitBill.objects.filter(transfer=row).first() if claim.bill else None
    return stored is not None and stored.bill != claim.bill


def body_of(row: Transfer, *, owner: tuple[int, int]) -> Body:
    """Return what the claim that made this row asked for; ``owner`` is the voucher's resident and programme."""
    return Body(*owner, row.credit.party, row.fen, row.occurred_on)


def book(claim: Claim, chosen: Candidate, *, visit: Visit | None, stamp: Stamp) -> Transfer:
    """Insert the row, and the bill it pays a part of.

    Only a late claim changes the plan: under ``by_use``, or on a voucher that ended.
    """
    row = Transfer(**row_of(claim, chosen, stamp=stamp, at=timezone.now())._asdict())
    with transaction.atomic():
        if chosen.end_reason:
            _restore(claim, chosen, stamp=stamp)
        row.save(force_insert=True)
        if claim.bill and visit and visit.visitor and visit.terms:
            VisitBill.objects.create(transfer=row, visitor=visit.visitor, **claim.bill._asdict())
        if changes_the_plan(chosen):
            cause = Cause(row.act, claim.day)
            replan(voucher_ids=[row.subject or 0], cause=lambda _: cause, stamp=stamp)
    return row


def changes_the_plan(chosen: Candidate) -> bool:
    """Say whether what is taken was used before a move that costs are shared by, or before the voucher ended."""
    return chosen.end_reason is not None or (chosen.moved_since and chosen.cost_rule == CostRule.BY_USE)


def _restore(claim: Claim, chosen: Candidate, *, stamp: Stamp) -> None:
    """Put back what is claimed late on an ended voucher; the database refuses when it is not there any more."""
    [voucher] = locked([chosen.voucher_id or 0])
    entry = value_restored(voucher, fen=claim.fen, key=f"restore:{claim.key}", cause=Cause(claim.key, claim.day))
    post(entries=[entry], stamp=stamp)


def row_of(claim: Claim, chosen: Candidate, *, stamp: Stamp, at: datetime) -> Row:
    """Return the row that takes ``claim`` from the voucher chosen for it, recorded ``at`` that moment."""
    month, closed = month_of(stamp.booked_on), chosen.closed_through
    return Row(
        key=claim.key,
        event=events.REDEEM.code,
        act=claim.key,
        subject=chosen.voucher_id,
        debit_id=chosen.holder_id,
        credit_id=chosen.payable_id or ensure_accounts([claim.payable])[claim.payable],
        fen=claim.fen,
        occurred_on=claim.day,
        booked_on=stamp.booked_on,
        period=month if closed is None or month > closed else next_month(closed),
        recorded_by_id=stamp.by.pk if stamp.by else None,
        recorded_at=at,
    )


@transaction.atomic
def reverse(*, key: str, day: date, stamp: Stamp) -> Transfer:
    """Give back what the redemption ``key`` took, whole, on the books of whoever stands there now.

    On an ended voucher the value goes on to those who funded it, as at the end. Raises NoSuchRedemption or
    AlreadyReversed.
    """
    row = Transfer.objects.filter(key=redemption_key(key)).select_related("debit", "credit").first()
    if row is None or row.subject is None:
        raise NoSuchRedemption()
    voucher = locked([row.subject])[0]
    if Transfer.objects.filter(reverses=row).exists():
        raise AlreadyReversed()
    reversal = f"reverse:{key}"
    cause = Cause(reversal, day)
    post(entries=[_swapped(row, key=reversal, day=day)], stamp=stamp)
    replan(voucher_ids=[voucher.pk], cause=lambda _: cause, stamp=stamp)
    if voucher.end_reason:
        _return_again(voucher, cause=cause, stamp=stamp)
    return Transfer.objects.get(key=reversal)


def _swapped(row: Transfer, *, key: str, day: date) -> Entry:
    successors = heirs()
    return Entry(
        key=key,
        event=events.REVERSE,
        act=key,
        day=day,
        debit=present_name(row.credit.name, heirs=successors),
        credit=present_name(row.debit.name, heirs=successors),
        fen=row.fen,
        subject=row.subject,
        reverses=row.pk,
    )


def _return_again(voucher: Voucher, *, cause: Cause, stamp: Stamp) -> None:
    """What an ended voucher got back does not stay with it."""
    ended = locked([voucher.pk])[0]
    event = EVENT_OF_REASON[ended.status]
    entry = value_returned(
        ended,
        fen=ended.remaining_fen,
        event=event,
        day=ended.ended_on or cause.day,
        key=f"{event.code}:{ended.pk}:{cause.act}",
        act=cause.act,
    )
    post(entries=[entry], stamp=stamp)
    replan(voucher_ids=[ended.pk], cause=lambda _: cause, stamp=stamp)
