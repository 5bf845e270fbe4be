"""What contribution accounts should hold, reckoned again from their facts and compared with the ledger's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from django.db.models import Sum

from ledger import kinds
from ledger.kinds import AccountName
from ledger.models import LedgerAccount, Transfer
from ledger.services.verifying import Fault
from vouchers.models import ContributionAccount
from vouchers.services.insurance.booking import Flow, balances_of, booked_flows, target_flows
from vouchers.services.insurance.facts import facts_of

PEOPLE_AT_A_TIME = 500
KINDS = (kinds.INDIVIDUAL.code, kinds.POOLED.code)


def contribution_accounts() -> dict[str, int]:
    """Every account's rows are what its contributions, interest and passages say; together, what the ledger holds."""
    people = ContributionAccount.objects.order_by("resident_id").values_list("resident_id", flat=True).distinct()
    sums: Counter[AccountName] = Counter()
    for some in _portions(people.iterator()):
        facts = facts_of(some)
        wanted, (booked, _) = target_flows(facts), booked_flows([row.subject for row in facts.rows])
        for row in facts.rows:
            _compare(row, wanted[row.subject], booked.get(row.subject, {}))
            sums.update(balances_of(wanted[row.subject]))
    _compare_accounts(sums)
    return {"contribution_accounts": ContributionAccount.objects.count()}


def _compare(row: ContributionAccount, wanted: dict[Flow, int], booked: dict[Flow, int]) -> None:
    for flow in [*wanted, *(flow for flow in booked if flow not in wanted and flow.back not in wanted)]:
        by_facts, by_rows = wanted.get(flow, 0), booked.get(flow, 0) - booked.get(flow.back, 0)
        if by_facts != by_rows:
            problem = f"{flow.event} to {flow.credit}: {by_rows} fen, where its facts say {by_facts} fen"
            raise Fault(f"contribution account {row.pk} ({row.number})", problem)


def _compare_accounts(sums: Counter[AccountName]) -> None:
    rows = Transfer.objects.order_by()
    credited = dict(rows.filter(credit__kind__in=KINDS).values_list("credit_id").annotate(total=Sum("fen")))
    debited = dict(rows.filter(debit__kind__in=KINDS).values_list("debit_id").annotate(total=Sum("fen")))
    for account in LedgerAccount.objects.filter(kind__in=KINDS).order_by("code"):
        balance = int(credited.get(account.pk, 0)) - int(debited.get(account.pk, 0))
        if balance != sums[account.name]:
            raise Fault(f"account {account}", f"holds {balance} fen, where the insured have {sums[account.name]} fen")


def _portions(people: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(people, PEOPLE_AT_A_TIME)):
        yield some
