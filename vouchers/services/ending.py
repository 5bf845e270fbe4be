"""Vouchers end: what was not used goes back to those who funded it, in proportion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Count

from accounts import audit
from accounts.bulk import among, insert_many
from accounts.models import Resident
from accounts.stamps import Stamp
from ledger import kinds
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.services.posting import Entry, post
from vouchers import events
from vouchers.models import BY_LIFE, EndReason, LiftedEnd, Programme, Voucher, VoucherEnd
from vouchers.services.planning import Cause, locked, replan
from vouchers.windows import refusal_by_end, usable_on

EVENT_OF_REASON: dict[str, Event] = {
    EndReason.EXPIRED: events.EXPIRE,
    **dict.fromkeys((EndReason.REVOKED, *BY_LIFE), events.REVOKE),
}


@transaction.atomic
def revoke(
    *, resident: Resident, programme: Programme, day: date, stamp: Stamp, voucher: Voucher | None = None
) -> Voucher:
    """End the voucher in use on ``day``, from that day on; ``voucher`` names one of several.

    Raises NoVoucher, NotValidYet, Expired or Revoked, and Died, LeftArea or MergedPerson when it ended so.
    """
    lock = Voucher.objects.filter(resident=resident, programme=programme).order_by("pk")
    if voucher is not None:
        lock = lock.filter(pk=voucher.pk)
    candidates = locked(lock.values_list("pk", flat=True))
    chosen = usable_on(day, windows=candidates, resident=resident.name, programme=programme.code)
    if chosen.end_reason:
        raise refusal_by_end(chosen, resident=resident.name)
    end([chosen], reason=EndReason.REVOKED, days={chosen.pk: day}, stamp=stamp)
    audit.record(stamp=stamp, verb="revoke", subject=f"voucher:{chosen.pk}", day=day.isoformat())
    return chosen


@transaction.atomic
def expire(*, voucher_ids: Sequence[int], stamp: Stamp) -> None:
    """End those of these vouchers that are still active, on the day their validity ended."""
    active = [voucher for voucher in locked(voucher_ids) if voucher.end_reason is None]
    end(active, reason=EndReason.EXPIRED, days={voucher.pk: voucher.valid_until for voucher in active}, stamp=stamp)


def end(
    vouchers: Sequence[Voucher],
    *,
    reason: EndReason,
    days: Mapping[int, date],
    stamp: Stamp,
    acts: Mapping[int, str] | None = None,
) -> None:
    """Return all that remains of locked vouchers, mark them ended and plan them again; ``acts`` caused it."""
    keys = _keys(vouchers, event=EVENT_OF_REASON[reason])
    causes = {voucher.pk: Cause((acts or keys)[voucher.pk], days[voucher.pk]) for voucher in vouchers}
    _mark({voucher: (reason, days[voucher.pk]) for voucher in vouchers}, stamp=stamp)
    entries = [
        value_returned(
            voucher,
            fen=voucher.remaining_fen,
            event=EVENT_OF_REASON[reason],
            day=days[voucher.pk],
            key=keys[voucher.pk],
            act=causes[voucher.pk].act,
        )
        for voucher in vouchers
        if voucher.remaining_fen
    ]
    post(entries=entries, stamp=stamp)
    replan(voucher_ids=list(causes), cause=lambda voucher: causes[voucher.pk], stamp=stamp)


def lift(vouchers: Sequence[Voucher], *, cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """Let locked vouchers go on that ended by mistake, with all that went back at their end, and plan them again."""
    keys = _keys(vouchers, event=events.RESTORE)
    entries = [
        value_restored(voucher, fen=voucher.returned_fen, key=keys[voucher.pk], cause=cause(voucher))
        for voucher in vouchers
        if voucher.returned_fen
    ]
    _unmark(vouchers, stamp=stamp)
    post(entries=entries, stamp=stamp)
    replan(voucher_ids=[voucher.pk for voucher in vouchers], cause=cause, stamp=stamp)


def replace_end(ends: Mapping[Voucher, tuple[EndReason, date]], *, stamp: Stamp) -> None:
    """Let locked vouchers have ended otherwise than was believed. What went back stays back; plan them again."""
    _unmark(list(ends), stamp=stamp)
    _mark(ends, stamp=stamp)


def _keys(vouchers: Sequence[Voucher], *, event: Event) -> dict[int, str]:
    """Return the key of an event of each voucher, which may end and go on several times."""
    ids = [voucher.pk for voucher in vouchers]
    rows = LiftedEnd.objects.filter(voucher__in=among(ids)).order_by().values_list("voucher_id")
    times = dict(rows.annotate(number=Count("pk")))
    return {key: f"{event.code}:{key}" + (f":{times[key]}" if key in times else "") for key in ids}


def _mark(ends: Mapping[Voucher, tuple[EndReason, date]], *, stamp: Stamp) -> None:
    insert_many(
        [
            VoucherEnd(voucher=voucher, reason=reason, day=day, booked_on=stamp.booked_on, recorded_by=stamp.by)
            for voucher, (reason, day) in ends.items()
        ]
    )


def _unmark(vouchers: Sequence[Voucher], *, stamp: Stamp) -> None:
    """Put the ends of vouchers among those that were lifted."""
    ended = [voucher.ending for voucher in vouchers]
    insert_many(
        [
            LiftedEnd(
                ending_id=row.pk,
                voucher_id=row.voucher_id,
                reason=row.reason,
                day=row.day,
                ended_booked_on=row.booked_on,
                ended_by_id=row.recorded_by_id,
                ended_at=row.recorded_at,
                booked_on=stamp.booked_on,
                recorded_by=stamp.by,
            )
            for row in ended
        ]
    )
    VoucherEnd.objects.filter(pk__in=among([row.pk for row in ended])).delete()


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


def value_restored(voucher: Voucher, *, fen: int, key: str, cause: Cause) -> Entry:
    """Return the row that puts ``fen`` that had left a voucher back into its payer's books."""
    programme = voucher.programme.code
    return Entry(
        key=key,
        event=events.RESTORE,
        act=cause.act,
        day=cause.day,
        debit=AccountName(voucher.payer, kinds.COST.code, programme),
        credit=AccountName(voucher.payer, kinds.ENTITLEMENT.code, programme),
        fen=fen,
        subject=voucher.pk,
    )
