"""Vouchers end: what was not used goes back to those who funded it, in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from accounts import audit
from accounts.bulk import insert_many
from accounts.models import Resident
from accounts.stamps import Stamp
from ledger import kinds
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.services.posting import Entry, post
from vouchers import events
from vouchers.models import EndReason, Programme, Voucher, VoucherEnd
from vouchers.services.planning import Cause, locked, replan
from vouchers.windows import usable_on

EVENT_OF_REASON: dict[str, Event] = {EndReason.EXPIRED: events.EXPIRE, EndReason.REVOKED: events.REVOKE}


@transaction.atomic
def revoke(
    *, resident: Resident, programme: Programme, day: date, stamp: Stamp, voucher: Voucher | None = None
) -> Voucher:
    """End the voucher in use on ``day``, from that day on; ``voucher`` names one of several.

    Raises NoVoucher, NotValidYet, Expired or Revoked.
    """
    lock = Voucher.objects.filter(resident=resident, programme=programme).order_by("pk")
    if voucher is not None:
        lock = lock.filter(pk=voucher.pk)
    candidates = locked(lock.values_list("pk", flat=True))
    chosen = usable_on(day, windows=candidates, resident=resident.name, programme=programme.code)
    end([chosen], reason=EndReason.REVOKED, days={chosen.pk: day}, stamp=stamp)
    audit.record(stamp=stamp, verb="revoke", subject=f"voucher:{chosen.pk}", day=day.isoformat())
    return chosen


@transaction.atomic
def expire(*, voucher_ids: Sequence[int], stamp: Stamp) -> None:
    """End those of these vouchers that are still active, on the day their validity ended."""
    active = [voucher for voucher in locked(voucher_ids) if voucher.end_reason is None]
    end(active, reason=EndReason.EXPIRED, days={voucher.pk: voucher.valid_until for voucher in active}, stamp=stamp)


def end(vouchers: Sequence[Voucher], *, reason: EndReason, days: dict[int, date], stamp: Stamp) -> None:
    """Return all that remains of locked vouchers, mark them ended and plan them again."""
    insert_many(
        [VoucherEnd(voucher=voucher, reason=reason, day=days[voucher.pk], recorded_by=stamp.by) for voucher in vouchers]
    )
    event = EVENT_OF_REASON[reason]
    acts = {voucher.pk: f"{event.code}:{voucher.pk}" for voucher in vouchers}
    entries = [
        value_returned(
            voucher,
            fen=voucher.remaining_fen,
            event=event,
            day=days[voucher.pk],
            key=acts[voucher.pk],
            act=acts[voucher.pk],
        )
        for voucher in vouchers
        if voucher.remaining_fen
    ]
    post(entries=entries, stamp=stamp)
    replan(
        voucher_ids=list(acts),
        cause=lambda voucher: Cause(acts[voucher.pk], days[voucher.pk]),
        stamp=stamp,
    )


def value_returned(voucher: Voucher, *, fen: int, event: Event, day: date, key: str, act: str) -> Entry:
    """Return the row that takes ``fen`` of a voucher out of its payer's books; ``act`` caused it."""
    programme = voucher.programme.code
    return Entry(
        key=key,
        event=event,
        act=act,
        day=day,
        debit=AccountName(voucher.payer, kinds.ENTITLEMENT.code, programme),
        credit=AccountName(voucher.payer, kinds.COST.code, programme),
        fen=fen,
        subject=voucher.pk,
    )
