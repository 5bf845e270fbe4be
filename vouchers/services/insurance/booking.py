"""Booking the difference between what contribution accounts should hold and what the ledger says they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Count, Sum

from accounts.bulk import among
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from ledger import kinds
from ledger.events import EVENTS, Event
from ledger.kinds import AccountName
from ledger.models import LedgerAccount, Transfer
from ledger.selectors import heirs, present_name
from ledger.services.posting import Entry, post, share_open_months
from vouchers import events
from vouchers.insurance.reckoning import Holding
from vouchers.models import ContributionAccount
from vouchers.services.insurance.facts import Facts, facts_of
from vouchers.services.planning import Cause


class Flow(NamedTuple):
    """Money of one account that goes one way, on balance."""

    event: str
    debit: AccountName
    credit: AccountName

    @property
    def back(self) -> Flow:
        return Flow(self.event, self.credit, self.debit)


#: Fen by flow, by the ledger's subject.
Flows = dict[int, dict[Flow, int]]


def lock_insured(resident_ids: Collection[int]) -> None:
    """Keep these people's insurance to this transaction, until it ends."""
    lock_residents(resident_ids)
    share_open_months()


def settle(*, resident_ids: Collection[int], causes: Mapping[int, Cause], stamp: Stamp) -> None:
    """Book what is missing on every account of these locked people; ``causes`` by resident id.

    The number of earlier rows is part of each row's key, so that two bookings made from the same books can never both
    be posted.
    """
    facts = facts_of(resident_ids)
    wanted, (booked, rows) = target_flows(facts), booked_flows([row.subject for row in facts.rows])
    entries: list[Entry] = []
    for account in facts.rows:
        missing = _missing(wanted[account.subject], booked.get(account.subject, {}))
        entries += [
            _entry(flow, fen=fen, account=account, number=number, cause=causes[account.resident_id])
            for number, (flow, fen) in enumerate(missing, start=rows.get(account.subject, 0))
        ]
    post(entries=entries, stamp=stamp)


def target_flows(facts: Facts) -> Flows:
    """Return what should have gone from where to where for each account. Inside one pool nothing goes anywhere."""
    holdings = facts.holdings()
    known = {row.pk: row for row in facts.rows}
    next_of = {passage.origin: known[passage.destination] for passage in facts.passages}
    return {row.subject: _flows(row, holdings[row.pk], destination=next_of.get(row.pk)) for row in facts.rows}


def booked_flows(subjects: Sequence[int]) -> tuple[Flows, dict[int, int]]:
    """Return what the ledger says went from where to where, and how many rows say so, by subject.

    Accounts that were taken over count as their successor's.
    """
    rows = (
        Transfer.objects.filter(subject__in=among(subjects))
        .order_by()
        .values_list("subject", "event", "debit_id", "credit_id")
        .annotate(total=Sum("fen"), number=Count("pk"))
    )
    sums = list(rows)
    successors = heirs()
    names = {
        account.pk: present_name(account.name, heirs=successors)
        for account in LedgerAccount.objects.filter(pk__in=among({pk for row in sums for pk in row[2:4]}))
    }
    flows: dict[int, dict[Flow, int]] = defaultdict(lambda: defaultdict(int))
    numbers: dict[int, int] = defaultdict(int)
    for subject, event, debit_id, credit_id, total, number in sums:
        flows[subject or 0][Flow(event, names[debit_id], names[credit_id])] += int(total)
        numbers[subject or 0] += number
    return flows, numbers


def balances_of(flows: Mapping[Flow, int]) -> dict[AccountName, int]:
    """Return credits minus debits of each account that these flows touch, in fen."""
    found: dict[AccountName, int] = defaultdict(int)
    for flow, fen in flows.items():
        found[flow.credit] += fen
        found[flow.debit] -= fen
    return found


def _flows(row: ContributionAccount, holding: Holding, *, destination: ContributionAccount | None) -> dict[Flow, int]:
    cash = AccountName(row.pool_id, kinds.CASH.code)
    individual, pooled = account_names(row)
    found = {
        Flow(events.CONTRIBUTION.code, cash, individual): holding.contributed_fen,
        Flow(events.CONTRIBUTION.code, cash, pooled): holding.pooled_fen,
        Flow(events.INTEREST.code, cash, individual): holding.interest_fen,
    }
    if destination is not None and account_names(destination) != (individual, pooled):
        there_individual, there_pooled = account_names(destination)
        found[Flow(events.INSURANCE_TRANSFER.code, individual, there_individual)] = holding.passed_on_fen
        found[Flow(events.INSURANCE_TRANSFER.code, pooled, there_pooled)] = holding.pooled_passed_on_fen
    return found


def account_names(row: ContributionAccount) -> tuple[AccountName, AccountName]:
    """Return the ledger accounts of a contribution account: the individual one and the pooled one."""
    return (
        AccountName(row.pool_id, kinds.INDIVIDUAL.code, row.scheme),
        AccountName(row.pool_id, kinds.POOLED.code, row.scheme),
    )


def _missing(wanted: Mapping[Flow, int], booked: Mapping[Flow, int]) -> list[tuple[Flow, int]]:
    """Return what has to be booked, in the order of ``wanted``; a surplus goes back the other way."""
    found = []
    for flow, fen in wanted.items():
        difference = fen - booked.get(flow, 0) + booked.get(flow.back, 0)
        if difference:
            found.append((flow, difference) if difference > 0 else (flow.back, -difference))
    return found


def _entry(flow: Flow, *, fen: int, account: ContributionAccount, number: int, cause: Cause) -> Entry:
    event: Event = EVENTS[flow.event]
    return Entry(
        key=f"insurance:{account.pk}:{number}",
        event=event,
        act=cause.act,
        day=cause.day,
        debit=flow.debit,
        credit=flow.credit,
        fen=fen,
        subject=account.subject,
    )
