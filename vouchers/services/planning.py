"""Posting the difference between the books and the plan: the only way in which money follows a move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Sum

from accounts import selectors as places
from accounts.bulk import among
from accounts.models import SUSPENSE
from accounts.selectors import Funders, Home
from accounts.stamps import Stamp
from ledger import kinds
from ledger.kinds import AccountName
from ledger.models import LedgerAccount, Transfer
from ledger.services.posting import Entry, ensure_accounts, post, share_open_months
from vouchers import events, portability
from vouchers.models import CostRule, Programme, Voucher
from vouchers.portability import Entitlement, Plan, Posting, Spell, Spend

EVENT_OF_POSTING = {"handover": events.HANDOVER, "cost_share": events.COST_SHARE}


class Cause(NamedTuple):
    """The act that made a plan necessary ("move:17") and the day it happened."""

    act: str
    day: date


@dataclass
class Books:
    """What the ledger says of one voucher, in fen by authority; ``planned`` counts the rows that plans have posted."""

    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    borne: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    planned: int = 0


def replan(*, voucher_ids: Collection[int], cause: Callable[[Voucher], Cause], stamp: Stamp) -> None:
    """Plan these vouchers again by what is known now, and post what is missing. Call inside a transaction.

    Locks the vouchers in id order. The number of earlier plan rows is part of each row's key, so that two plans made
    from the same books can never both be posted.
    """
    if not voucher_ids:
        return
    vouchers = locked(voucher_ids)
    plans = planned(vouchers, as_of=stamp.as_of)
    books = books_of(vouchers)
    entries = [
        entry
        for voucher in vouchers
        for entry in _missing(voucher, plan=plans[voucher.pk], books=books[voucher.pk], cause=cause(voucher))
    ]
    post(entries=entries, stamp=stamp)
    _hand_to_payers({voucher: plans[voucher.pk].payer for voucher in vouchers})


def locked(voucher_ids: Collection[int]) -> list[Voucher]:
    """Lock vouchers until the transaction ends and return them in id order, as they are once locked.

    They are read by a statement of its own: one that waited would join its vouchers to the holders and ends of before.
    """
    share_open_months()
    rows = Voucher.objects.filter(pk__in=among(voucher_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    return list(rows.select_related("ending").prefetch_related("programme", "holder"))


def planned(vouchers: Sequence[Voucher], *, as_of: date) -> dict[int, Plan]:
    """Return each voucher's plan by the facts that count on ``as_of``."""
    homes = places.homes_by_resident({voucher.resident_id for voucher in vouchers})
    funders = places.funders()
    spends = spends_of(voucher for voucher in vouchers if voucher.programme.cost_rule == CostRule.BY_USE)
    return {
        voucher.pk: portability.plan(
            entitlement=entitlement_of(voucher),
            spells=funding_spells(homes[voucher.resident_id], programme=voucher.programme, funders=funders),
            spends=spends[voucher.pk],
            as_of=as_of,
        )
        for voucher in vouchers
    }


def funding_spells(homes: Sequence[Home], *, programme: Programme, funders: Funders) -> list[Spell]:
    """Return where somebody lived, each district replaced by the authority that funds the programme there.

    While a district has not confirmed, the city bears what it would, unless the authority stays the same.
    """
    spells: list[Spell] = []
    before, bearing = "", ""
    for home in homes:
        authority = programme.funding_authority(home.district, funders=funders)
        if home.confirmed:
            bearing = authority
        elif authority != before:
            bearing = SUSPENSE
        before = authority
        spells.append(Spell(home.start, bearing))
    return spells


def entitlement_of(voucher: Voucher) -> Entitlement:
    """Return what the plan needs of a voucher. The window of one cut short ends on that day."""
    return Entitlement(
        start=voucher.valid_from,
        end=portability.window_end(start=voucher.valid_from, end=voucher.valid_until, cut_on=voucher.cut_on),
        amount_fen=voucher.amount_fen,
        returned_fen=voucher.returned_fen,
        cost_rule=voucher.programme.cost_rule,
        count_days=voucher.programme.count_days,
    )


def spends_of(vouchers: Iterable[Voucher]) -> dict[int, list[Spend]]:
    """Return what was spent and not reversed, by voucher id and day."""
    found: dict[int, list[Spend]] = defaultdict(list)
    ids = [voucher.pk for voucher in vouchers]
    rows = Transfer.objects.filter(subject__in=among(ids), event=events.REDEEM.code, reversed_by=None).order_by()
    for voucher_id, day, fen in rows.values_list("subject", "occurred_on").annotate(total=Sum("fen")):
        found[voucher_id].append(Spend(day, int(fen)))
    return found


def books_of(vouchers: Sequence[Voucher]) -> dict[int, Books]:
    """Return what the ledger says of each voucher, summed in the database."""
    rows = (
        Transfer.objects.filter(subject__in=among([voucher.pk for voucher in vouchers]))
        .order_by()
        .values_list("subject", "event", "debit_id", "credit_id")
        .annotate(total=Sum("fen"), number=Count("pk"))
    )
    sums = list(rows)
    accounts = LedgerAccount.objects.in_bulk({account for row in sums for account in row[2:4]})
    books: dict[int, Books] = defaultdict(Books)
    for voucher_id, event, debit_id, credit_id, total, number in sums:
        book = books[voucher_id]
        book.planned += number if event in EVENT_OF_POSTING else 0
        _add(book, accounts[debit_id], int(total))
        _add(book, accounts[credit_id], -int(total))
    return books


def _add(book: Books, account: LedgerAccount, fen: int) -> None:
    """Add a debit of ``fen``: it raises a cost and lowers an entitlement, whose normal side is credit."""
    if account.kind == kinds.COST.code:
        book.borne[account.authority_id] += fen
    elif account.kind == kinds.ENTITLEMENT.code:
        book.held[account.authority_id] -= fen


def _missing(voucher: Voucher, *, plan: Plan, books: Books, cause: Cause) -> list[Entry]:
    postings = portability.difference(target=plan, held=books.held, borne=books.borne)
    return [
        _entry(posting, voucher=voucher, key=f"plan:{voucher.pk}:{number}", cause=cause)
        for number, posting in enumerate(postings, start=books.planned)
    ]


def _entry(posting: Posting, *, voucher: Voucher, key: str, cause: Cause) -> Entry:
    kind = kinds.ENTITLEMENT if posting.event == "handover" else kinds.COST
    programme = voucher.programme.code
    return Entry(
        key=key,
        event=EVENT_OF_POSTING[posting.event],
        act=cause.act,
        day=cause.day,
        debit=AccountName(posting.debit, kind.code, programme),
        credit=AccountName(posting.credit, kind.code, programme),
        fen=posting.fen,
        subject=voucher.pk,
    )


def _hand_to_payers(payers: Mapping[Voucher, str]) -> None:
    """Name each voucher's new payer, also where nothing was left to hand over."""
    moved: dict[AccountName, list[int]] = defaultdict(list)
    for voucher, payer in payers.items():
        if voucher.holder.authority_id != payer:
            moved[AccountName(payer, kinds.ENTITLEMENT.code, voucher.programme.code)].append(voucher.pk)
    accounts = ensure_accounts(moved.keys())
    for name, ids in moved.items():
        Voucher.objects.filter(pk__in=among(ids)).update(holder_id=accounts[name])
