"""A claim for a redemption: what is asked for, what there is to know, and the decision."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple, Protocol

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import kinds
from ledger.kinds import AccountName
from ledger.money import yuan_text
from ledger.months import month_of
from vouchers.models import Programme, Provider
from vouchers.refusals import ClaimTooLate
from vouchers.services.visiting import check_visit
from vouchers.visits import Bill, Visit
from vouchers.windows import usable_on


class KeyReused(Refused):
    code = "key_reused"
    sentence = _("This idempotency key was used for another redemption. Use a new key for a new redemption.")


class WrongProgramme(Refused):
    code = "wrong_programme"
    sentence = _("%(provider)s is not accredited for %(programme)s.")


class BalanceTooLow(Refused):
    code = "balance_too_low"
    sentence = _("Only %(remaining)s yuan are left on this voucher; %(asked)s yuan were asked for.")


class Body(NamedTuple):
    """What two claims of one key have to have in common; ``provider`` is its code, whichever district it is in."""

    resident_id: int
    programme_id: int
    provider: str
    fen: int
    day: date


class Person(Protocol):
    """What a claim tells of a resident; a thousand of them are no thousand rows of a model."""

    @property
    def pk(self) -> int: ...
    @property
    def number(self) -> str: ...


class Claim(NamedTuple):
    """What a provider asks for: ``fen`` used on ``day``. ``key`` is the provider's own, the same on every retry.

    ``bill`` counts on a visit of which the programme pays a part.
    """

    resident: Person
    programme: Programme
    provider: Provider
    fen: int
    day: date
    key: str
    voucher_id: int | None = None
    bill: Bill | None = None

    @property
    def payable(self) -> AccountName:
        """Where it is owed: always in the book of the provider's own district."""
        return AccountName(self.provider.district_id, kinds.PAYABLE.code, self.programme.code, self.provider.code)

    @property
    def body(self) -> Body:
        """What the same key has to ask for again."""
        return Body(self.resident.pk, self.programme.pk, self.provider.code, self.fen, self.day)


class Candidate(NamedTuple):
    """One voucher of the resident and programme, with all that deciding needs. Amounts in fen."""

    voucher_id: int | None
    valid_from: date
    valid_until: date
    remaining: int
    returned: int
    holder_id: int
    end_reason: str | None
    ended_on: date | None
    late_claim_days: int
    cost_rule: str
    visits: str
    accredited: bool
    moved_since: bool
    closed_through: date | None
    payable_id: int | None
    earlier: int | None

    @property
    def usable(self) -> int:
        """What is left, or what went back at the end of one that ended."""
        return self.remaining if self.end_reason is None else self.returned


#: What there is to know of a voucher ``v``, or of its absence, under a programme ``p``.
KNOWN = """
    v.id, v.valid_from, v.valid_until, v.amount_fen - v.returned_fen - v.spent_fen, v.returned_fen, v.holder_id,
    e.reason, e.day, p.late_claim_days, p.cost_rule, p.visits,
    EXISTS (SELECT 1 FROM vouchers_accreditation a WHERE a.programme_id = p.id AND a.provider_id = %(provider)s),
    EXISTS (SELECT 1 FROM accounts_residence r WHERE r.resident_id = v.resident_id
               AND r.superseded_at IS NULL AND r.start > %(day)s AND r.start <= %(as_of)s),
    (SELECT max(month) FROM ledger_periodstep WHERE step = 'closed') AS "closed [date]",
    (SELECT id FROM ledger_ledgeraccount WHERE code = %(payable)s),
    (SELECT id FROM ledger_transfer WHERE key = %(key)s)
"""
VOUCHERS = """
    LEFT JOIN vouchers_voucher v ON v.programme_id = p.id AND v.resident_id = %(resident)s
    LEFT JOIN vouchers_voucherend e ON e.voucher_id = v.id
"""

#: One row for each voucher of the resident and programme; one with an empty voucher where there is none.
LOOK = f"""
    SELECT {KNOWN} FROM vouchers_programme p {VOUCHERS} WHERE p.id = %(programme)s ORDER BY v.id
"""

#: The same for many claims, which come as one JSON array; ``number`` is a claim's place in it. Many claims share few
#: payables: whoever books them finds each once.
ASKED = {
    "number": "bigint",
    "resident": "bigint",
    "programme": "bigint",
    "provider": "bigint",
    "day": "date",
    "key": "text",
}
UNPACKED = {
    "postgresql": "SELECT * FROM json_to_recordset(%(asked)s) AS row ({columns})",
    "sqlite": "SELECT {columns} FROM json_each(%(asked)s)",
}
COLUMN = {"postgresql": "{name} {kind}", "sqlite": "json_extract(value, '$.{name}') AS {name}"}
LOOK_AT_MANY = f"""
    SELECT asked.number, {KNOWN}
      FROM asked JOIN vouchers_programme p ON p.id = asked.programme {VOUCHERS}
     ORDER BY asked.number, v.id
"""

#: The plain case, one voucher with nothing against it, is booked by the statement that looks. What it leaves is for
#: ``decide``; a condition too many here costs a second statement, one too few is caught by the guards of the tables.
LOOK_AND_TAKE = f"""
    WITH look ({", ".join(Candidate._fields)}) AS ({LOOK}),
    taken AS (
        INSERT INTO ledger_transfer (key, event, act, subject, debit_id, credit_id, fen, occurred_on, booked_on, period,
                                     recorded_by_id, recorded_at)
        SELECT %(key)s::text, 'redeem', %(key)s::text, voucher_id, holder_id, payable_id, %(fen)s::bigint,
               %(day)s::date, %(booked_on)s::date,
               CASE WHEN closed_through >= %(month)s::date THEN (closed_through + interval '1 month')::date
                    ELSE %(month)s::date END,
               %(by)s::bigint, %(at)s::timestamptz
          FROM look
         WHERE (SELECT count(*) FROM look) = 1 AND voucher_id = coalesce(%(voucher)s::bigint, voucher_id)
           AND earlier IS NULL AND accredited AND end_reason IS NULL AND payable_id IS NOT NULL
           AND %(day)s::date >= valid_from AND %(day)s::date < valid_until AND remaining >= %(fen)s::bigint
           AND visits = 'open' AND NOT (moved_since AND cost_rule = 'by_use')
        RETURNING id
    )
    SELECT look.*, (SELECT id FROM taken) FROM look
"""


def redemption_key(key: str) -> str:
    """Return the ledger's key of the redemption that a provider calls ``key``."""
    return f"redeem:{key}"


def key_given(key: str) -> str:
    """Return what the provider calls the redemption of this key of the ledger."""
    return key.removeprefix(redemption_key(""))


def look(claim: Claim, *, as_of: date) -> list[Candidate]:
    """Read all that a decision needs, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK, {**_asked(claim), "payable": str(claim.payable), "as_of": as_of})
        return [Candidate._make(row) for row in cursor.fetchall()]


def look_at_many(claims: Sequence[Claim], *, as_of: date) -> list[list[Candidate]]:
    """Read all that deciding many claims needs, in one statement; the answers stand in the order of the claims.

    No candidate has its ``payable_id``.
    """
    found: list[list[Candidate]] = [[] for _ in claims]
    asked = [{"number": number, **_asked(claim)} for number, claim in enumerate(claims)]
    with connection.cursor() as cursor:
        cursor.execute(_look_at_many_on(connection.vendor), {"asked": json.dumps(asked, default=str), "as_of": as_of})
        for number, *row in cursor.fetchall():
            found[number].append(Candidate._make(row))
    return found


@cache
def _look_at_many_on(vendor: str) -> str:
    columns = ", ".join(COLUMN[vendor].format(name=name, kind=kind) for name, kind in ASKED.items())
    names = {name: f"asked.{name}" for name in ASKED} | {"as_of": "%(as_of)s", "payable": "NULL"}
    return f"WITH asked AS ({UNPACKED[vendor].format(columns=columns)}) {LOOK_AT_MANY % names}"


def look_and_take(claim: Claim, *, stamp: Stamp, at: datetime) -> tuple[list[Candidate], int | None]:
    """Read the same, and on PostgreSQL book the plain case along with it; return the row's id, if there is one."""
    if connection.vendor != "postgresql":
        return look(claim, as_of=stamp.as_of), None
    parameters = {
        **_asked(claim),
        "payable": str(claim.payable),
        "as_of": stamp.as_of,
        "fen": claim.fen,
        "voucher": claim.voucher_id,
        "booked_on": stamp.booked_on,
        "month": month_of(stamp.booked_on),
        "by": stamp.by.pk if stamp.by else None,
        "at": at,
    }
    with _undone_alone(), connection.cursor() as cursor:
        cursor.execute(LOOK_AND_TAKE, parameters)
        rows = cursor.fetchall()
    return [Candidate._make(row[:-1]) for row in rows], rows[0][-1]


def _undone_alone() -> AbstractContextManager[object]:
    """Let a failing statement undo itself only. Outside a transaction it does so anyway, without a round trip."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _asked(claim: Claim) -> dict[str, int | str | date]:
    return {
        "resident": claim.resident.pk,
        "programme": claim.programme.pk,
        "provider": claim.provider.pk,
        "day": claim.day,
        "key": claim.key,
    }


def decide(claim: Claim, candidates: Sequence[Candidate], *, visit: Visit | None, booked_on: date) -> Candidate:
    """Return the voucher to take from, or raise what stands in the way. ``visit`` is what the claim is, if it is one.

    Writes nothing, and reads nothing but names for a refusal. Of a voucher that ended with its holder's death or
    leaving, what went back can still be claimed for days before.
    """
    if not candidates[0].accredited:
        raise WrongProgramme(provider=claim.provider.code, programme=claim.programme.code)
    vouchers = [row for row in candidates if row.voucher_id and claim.voucher_id in (None, row.voucher_id)]
    chosen = usable_on(claim.day, windows=vouchers, resident=claim.resident.number, programme=claim.programme.code)
    if chosen.ended_on and booked_on > (until := chosen.ended_on + timedelta(days=chosen.late_claim_days)):
        raise ClaimTooLate(ended_on=chosen.ended_on, until=until)
    if visit:
        check_visit(claim, visit)
    if chosen.usable < claim.fen:
        raise BalanceTooLow(remaining=yuan_text(chosen.usable), asked=yuan_text(claim.fen))
    return chosen
