"""Redemptions and reversals. The common redemption is one look and one insert; the database's trigger is the judge."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Resident
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import kinds
from ledger.kinds import AccountName
from ledger.models import Transfer
from ledger.money import yuan_text
from ledger.months import month_of, next_month
from ledger.services.posting import Entry, ensure_accounts, post
from vouchers import events
from vouchers.models import CostRule, Programme, Provider, Voucher
from vouchers.services.ending import EVENT_OF_REASON, value_returned
from vouchers.services.planning import Cause, locked, replan
from vouchers.windows import usable_on

#: How often a redemption that lost a race reads again. Each loss means that another one won.
ATTEMPTS = 100


class KeyReused(Refused):
    code = "key_reused"
    sentence = _("This idempotency key was used for another redemption. Use a new key for a new redemption.")


class WrongProgramme(Refused):
    code = "wrong_programme"
    sentence = _("%(provider)s is not accredited for %(programme)s.")


class BalanceTooLow(Refused):
    code = "balance_too_low"
    sentence = _("Only %(remaining)s yuan are left on this voucher; %(asked)s yuan were asked for.")


class NoSuchRedemption(Refused):
    code = "no_such_redemption"
    sentence = _("There is no redemption with this key.")


class AlreadyReversed(Refused):
    code = "already_reversed"
    sentence = _("This redemption was reversed already. Nothing was changed.")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a provider asks for: ``fen`` used on ``day``. ``key`` is the provider's own, the same on every retry."""

    resident: Resident
    programme: Programme
    provider: Provider
    fen: int
    day: date
    key: str
    voucher_id: int | None = None

    @property
    def payable(self) -> AccountName:
        """Where it is owed: always in the book of the provider's own district."""
        return AccountName(self.provider.district_id, kinds.PAYABLE.code, self.programme.code, self.provider.code)


class Accepted(NamedTuple):
    """The row of a redemption; ``replayed`` says that an earlier call with the same key made it."""

    transfer: Transfer
    replayed: bool


class Candidate(NamedTuple):
    """One voucher of the resident and programme, with all that deciding needs. Amounts in fen."""

    voucher_id: int | None
    valid_from: date
    valid_until: date
    remaining: int
    holder_id: int
    end_reason: str | None
    ended_on: date | None
    cost_rule: str
    accredited: bool
    moved_since: bool
    closed_through: date | None
    payable_id: int | None
    earlier: int | None


#: One row for each voucher of the resident and programme; one with an empty voucher where there is none.
LOOK = """
    SELECT v.id, v.valid_from, v.valid_until, v.amount_fen - v.returned_fen - v.spent_fen, v.holder_id,
           e.reason, e.day, p.cost_rule,
           EXISTS (SELECT 1 FROM vouchers_accreditation a WHERE a.programme_id = p.id AND a.provider_id = %(provider)s),
           EXISTS (SELECT 1 FROM accounts_residence r WHERE r.resident_id = v.resident_id
                      AND r.superseded_at IS NULL AND r.start > %(day)s AND r.start <= %(as_of)s),
           (SELECT max(month) FROM ledger_periodstep WHERE step = 'closed') AS "closed [date]",
           (SELECT id FROM ledger_ledgeraccount WHERE code = %(payable)s),
           (SELECT id FROM ledger_transfer WHERE key = %(key)s)
      FROM vouchers_programme p
      LEFT JOIN vouchers_voucher v ON v.programme_id = p.id AND v.resident_id = %(resident)s
      LEFT JOIN vouchers_voucherend e ON e.voucher_id = v.id
     WHERE p.id = %(programme)s
     ORDER BY v.id
"""

FIELDS = [field for field in Transfer._meta.concrete_fields if not field.primary_key]
INSERT = (
    f"INSERT INTO {Transfer._meta.db_table} ({', '.join(field.column for field in FIELDS)}) "
    f"VALUES ({', '.join('%s' for _ in FIELDS)}) RETURNING id"
)


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
) -> Transfer:
    """Take ``fen`` from the voucher in use on ``day`` and owe it to ``provider``; ``voucher`` names one of several.

    The same key with the same body returns the first row and books nothing. Raises KeyReused, WrongProgramme,
    NoVoucher, NotValidYet, Expired, Revoked or BalanceTooLow.
    """
    claim = Claim(
        resident=resident,
        programme=programme,
        provider=provider,
        fen=fen,
        day=day,
        key=redemption_key(key),
        voucher_id=voucher.pk if voucher else None,
    )
    return accept(claim=claim, stamp=stamp).transfer


def accept(*, claim: Claim, stamp: Stamp) -> Accepted:
    """Book a claim, or find that it was booked before. Raises what ``redeem`` raises."""
    for attempt in range(ATTEMPTS):
        candidates = look(claim, as_of=stamp.as_of)
        if earlier := candidates[0].earlier:
            return Accepted(replayed(claim, earlier=earlier), True)
        chosen = decide(claim, candidates)
        try:
            return Accepted(_book(claim, chosen, stamp=stamp), False)
        except IntegrityError:
            # Somebody was faster: the balance, the payer, the month or the key is no longer what we saw.
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def redemption_key(key: str) -> str:
    """Return the ledger's key of the redemption that a provider calls ``key``."""
    return f"redeem:{key}"


def key_given(row: Transfer) -> str:
    """Return the key by which the provider calls this redemption."""
    return row.key.removeprefix(redemption_key(""))


def look(claim: Claim, *, as_of: date) -> list[Candidate]:
    """Read all that a decision needs, in one statement."""
    parameters = {
        "resident": claim.resident.pk,
        "programme": claim.programme.pk,
        "provider": claim.provider.pk,
        "day": claim.day,
        "as_of": as_of,
        "payable": str(claim.payable),
        "key": claim.key,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK, parameters)
        return [Candidate._make(row) for row in cursor.fetchall()]


def decide(claim: Claim, candidates: Sequence[Candidate]) -> Candidate:
    """Return the voucher to take from, or raise what stands in the way. Reads nothing, writes nothing."""
    if not candidates[0].accredited:
        raise WrongProgramme(provider=claim.provider.code, programme=claim.programme.code)
    vouchers = [row for row in candidates if row.voucher_id and claim.voucher_id in (None, row.voucher_id)]
    chosen = usable_on(
        claim.day, windows=vouchers, resident=claim.resident.name, programme=claim.programme.code
    )
    if chosen.remaining < claim.fen:
        raise BalanceTooLow(remaining=yuan_text(chosen.remaining), asked=yuan_text(claim.fen))
    return chosen


def replayed(claim: Claim, *, earlier: int) -> Transfer:
    """Return the row that this key made, if it was for the same thing. Raises KeyReused."""
    row = Transfer.objects.select_related("credit").get(pk=earlier)
    owner = Voucher.objects.values_list("resident_id", "programme_id").get(pk=row.subject)
    before = (owner, row.credit.code, row.fen, row.occurred_on)
    if before != ((claim.resident.pk, claim.programme.pk), str(claim.payable), claim.fen, claim.day):
        raise KeyReused()
    return row


def _book(claim: Claim, chosen: Candidate, *, stamp: Stamp) -> Transfer:
    """Insert the row. Only a late claim under ``by_use`` changes the plan."""
    row = _row(claim, chosen, stamp=stamp)
    late = chosen.moved_since and chosen.cost_rule == CostRule.BY_USE
    # One statement needs no transaction of its own.
    with transaction.atomic() if late or connection.in_atomic_block else nullcontext():
        _insert(row)
        if late:
            cause = Cause(row.act, claim.day)
            replan(voucher_ids=[row.subject or 0], cause=lambda _: cause, stamp=stamp)
    return row


def _row(claim: Claim, chosen: Candidate, *, stamp: Stamp) -> Transfer:
    month, closed = month_of(stamp.booked_on), chosen.closed_through
    return Transfer(
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
        recorded_by=stamp.by,
        recorded_at=timezone.now(),
    )


def _insert(row: Transfer) -> None:
    """Insert one row by a statement that is always the same text, where ``row.save()`` would compile a new one."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [field.get_db_prep_save(getattr(row, field.attname), connection) for field in FIELDS])
        row.pk = cursor.fetchone()[0]
    row._state.adding = False


@transaction.atomic
def reverse(*, key: str, day: date, stamp: Stamp) -> Transfer:
    """Give back what the redemption ``key`` took, whole. Raises NoSuchRedemption or AlreadyReversed.

    On an ended voucher the value goes on to those who funded it, as at the end.
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
    return Entry(
        key=key,
        event=events.REVERSE,
        act=key,
        day=day,
        debit=row.credit.name,
        credit=row.debit.name,
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
