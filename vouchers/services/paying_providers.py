"""Providers are paid what both sides agree on: redeemed, claimed, compared, and not held by an open difference.

It is reckoned from the first month to the one asked for, less what was ordered before: what a difference held back is
paid with the next month once it is closed. There is one order for each district and month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.words import in_words
from accounts.working_days import working_days_after
from ledger import events, kinds
from ledger.break_reasons import CLAIM
from ledger.models import Break, Job, Payment, PaymentBatch, ReconciliationRun, Transfer
from ledger.months import month_text, parse_month
from ledger.payloads import payload_hash
from ledger.selectors import books_through
from ledger.services import jobs, payments, periods
from vouchers.models import ClaimFile, Provider

PAY = "pay_providers"
#: From the approval to the day the bank is to pay.
WORKING_DAYS = 2

#: What belongs to a provider's code and a programme's code, in fen.
ByAccount = Mapping[tuple[str, str], int]


class NothingToPay(Refused):
    code = "nothing_to_pay"
    sentence = _("Nothing is to be paid to the providers of %(district)s for %(month)s.")


class ProvidersPaid(Refused):
    code = "providers_paid"
    sentence = _("The payment to the providers of %(district)s for %(month)s is ordered already.")


class Due(NamedTuple):
    """What one provider is to be paid under one programme, and how that comes about, in fen."""

    provider: str
    programme: str
    agreed_fen: int
    corrected_fen: int
    held_fen: int
    ordered_fen: int
    owed_fen: int

    @property
    def fen(self) -> int:
        """What is to be paid now: never more than what the books owe and no order pays yet."""
        backed = self.agreed_fen + self.corrected_fen - self.held_fen - self.ordered_fen
        return max(0, min(backed, self.owed_fen))


def due(*, district: str, month: date) -> list[Due]:
    """Return what the providers of a district are to be paid through ``month``, zeros included."""
    codes = list(Provider.objects.filter(district=district).values_list("code", flat=True))
    agreed, held = _agreed(codes, through=month), _held(codes, through=month)
    corrected, ordered = _corrected(codes), _ordered(codes)
    owed = _owed(district, ordered=ordered)
    return [
        Due(*account, *(part.get(account, 0) for part in (agreed, corrected, held, ordered, owed)))
        for account in sorted(agreed.keys() | held.keys())
    ]


def _agreed(codes: list[str], *, through: date) -> ByAccount:
    """What was redeemed in months whose claims came and were compared afterwards."""
    runs = ReconciliationRun.objects.filter(kind=CLAIM).order_by("pk").values_list("scope", "started_at", "result")
    last = {scope: (started_at, result["redeemed"]) for scope, started_at, result in runs}
    sums: dict[tuple[str, str], int] = defaultdict(int)
    files = ClaimFile.objects.standing().filter(provider__code__in=codes, month__lte=through)
    for provider, month, sent_at in files.values_list("provider__code", "month", "sent_at"):
        started_at, redeemed = last.get(month_text(month), (None, []))
        if started_at is not None and started_at >= sent_at:
            for code, programme, _number, fen in redeemed:
                sums[code, programme] += fen if code == provider else 0
    return {account: fen for account, fen in sums.items() if fen}


def _held(codes: list[str], *, through: date) -> ByAccount:
    """What open differences say our books have: nobody is paid it before somebody decides."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for key, evidence in Break.objects.open().filter(kind=CLAIM).values_list("key", "evidence"):
        ours = evidence["ours"]
        if ours.get("provider") in codes and parse_month(key.split(":")[1]) <= through:
            sums[ours["provider"], ours["programme"]] += ours["amount_fen"]
    return sums


def _corrected(codes: list[str]) -> ByAccount:
    """What corrections put on, or took off, what is owed to a provider."""
    rows = Transfer.objects.filter(event=events.CORRECTION.code).order_by()
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for side, sign in (("credit", 1), ("debit", -1)):
        payable = rows.filter(**{f"{side}__kind": kinds.PAYABLE.code, f"{side}__party__in": codes})
        account = (F(f"{side}__party"), F(f"{side}__programme"))
        for party, programme, fen in payable.values_list(*account).annotate(total=Sum("fen")):
            sums[party, programme] += sign * int(fen)
    return sums


def _ordered(codes: list[str]) -> ByAccount:
    rows = Payment.objects.filter(way=Payment.Way.TO_PROVIDER, party__in=codes).order_by()
    sums = rows.values_list("party", "programme").annotate(total=Sum("fen"))
    return {(party, programme): int(fen) for party, programme, fen in sums}


def _owed(district: str, *, ordered: ByAccount) -> ByAccount:
    """What the books owe and no order pays yet."""
    paid: dict[tuple[str, str], int] = defaultdict(int)
    rows = Transfer.objects.filter(event=events.PROVIDER_PAYMENT.code, reverses=None, reversed_by=None)
    for party, programme, fen in rows.values_list("debit__party", "debit__programme", "fen"):
        paid[party, programme] += fen
    owed = {}
    for code, fen in books_through(date.max, codes=[district]).get(district, {}).items():
        _authority, programme, *rest = code.split("/")
        if rest[:1] == [kinds.PAYABLE.code]:
            account = (rest[1], programme)
            owed[account] = -fen - (ordered.get(account, 0) - paid[account])
    return owed


def payload(*, district: str, month: date) -> str:
    """Return the hash of what would be paid: what the second person approves."""
    amounts = [[one.provider, one.programme, one.fen] for one in due(district=district, month=month) if one.fen]
    return payload_hash({"district": district, "month": month_text(month), "payments": amounts})


@transaction.atomic
def propose(*, district: District, month: date, stamp: Stamp) -> Job:
    """Ask for the providers of a district to be paid; another person approves these very amounts.

    Raises ProvidersPaid or NothingToPay.
    """
    names = {"district": in_words(district), "month": month_text(month)}
    if batch_of(district=district.code, month=month) is not None:
        raise ProvidersPaid(**names)
    if not any(one.fen for one in due(district=district.code, month=month)):
        raise NothingToPay(**names)
    return jobs.ask(
        kind=PAY,
        key=f"{PAY}:{district.code}:{month_text(month)}",
        params={
            "month": month_text(month),
            "district": district.code,
            "payload": payload(district=district.code, month=month),
        },
        total=1,
        needs_approval=True,
        stamp=stamp,
    )


@jobs.kind(PAY, _("Pay the providers of a district"))
def pay(job: Job, step: jobs.Step) -> bool:
    """Order the payments, one for each provider and programme, if the amounts are still those that were approved."""
    assert step.approved_by is not None, "the database lets no such job run unapproved"
    district, month = job.params["district"], parse_month(job.params["month"])
    if payload(district=district, month=month) != job.params["payload"]:
        raise periods.PayloadChanged(month=month_text(month))
    batch = payments.order(
        key=batch_key(district, month),
        kind=PaymentBatch.Kind.PROVIDERS,
        month=month,
        pays_on=working_days_after(step.stamp.booked_on, WORKING_DAYS),
        stamp=step.stamp,
        approved_by=step.approved_by,
    )
    wanted = [one for one in due(district=district, month=month) if one.fen]
    Payment.objects.bulk_create(
        Payment(
            batch=batch,
            way=Payment.Way.TO_PROVIDER,
            authority_id=district,
            party=one.provider,
            programme=one.programme,
            fen=one.fen,
            end_to_end_id=f"PR{month:%Y%m}-{batch.pk}-{number}",
        )
        for number, one in enumerate(wanted, start=1)
    )
    job.done_count = job.total_count
    job.result = {"payments": len(wanted), "fen": sum(one.fen for one in wanted), "batch": batch.pk}
    return True


def batch_of(*, district: str, month: date) -> PaymentBatch | None:
    """Return the order that pays the providers of a district for a month, if there is one."""
    return PaymentBatch.objects.filter(key=batch_key(district, month)).first()


def batch_key(district: str, month: date) -> str:
    return f"providers:{district}:{month_text(month)}"
