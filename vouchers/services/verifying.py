"""What the vouchers claim, computed again from the ledger's rows."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Sum

from ledger import kinds
from ledger.guards import TRANSFER
from ledger.models import LedgerAccount, Transfer
from ledger.services.verifying import Check, Fault
from vouchers.guards import RETURNED, SPENT, VOUCHER
from vouchers.models import Voucher
from vouchers.models.insurance import FIRST_SUBJECT
from vouchers.services.insurance.verifying import contribution_accounts

#: Vouchers, in id order, whose figures are not those of the rows about them; rows about no voucher come first.
DRIFTED = f"""
    SELECT s.subject, v.number, v.amount_fen, s.issued, v.spent_fen, s.spent, v.returned_fen, s.returned
      FROM (SELECT subject,
                   sum(CASE WHEN r.event = 'issue' THEN r.fen ELSE 0 END) AS issued,
                   sum({SPENT.format(row="r")}) AS spent,
                   sum({RETURNED.format(row="r")}) AS returned
              FROM {TRANSFER} r WHERE subject < {FIRST_SUBJECT} GROUP BY subject) s
      LEFT JOIN {VOUCHER} v ON v.id = s.subject
     WHERE v.id IS NULL OR v.amount_fen <> s.issued OR v.spent_fen <> s.spent OR v.returned_fen <> s.returned
     ORDER BY s.subject LIMIT 1
"""
FIGURES = ("amount", "spent", "returned")


def figures() -> dict[str, int]:
    """Every voucher's amount, spent and returned are what the rows about it say."""
    with connection.cursor() as cursor:
        cursor.execute(DRIFTED)
        drifted = cursor.fetchone()
    if drifted is not None:
        subject, number, *found = drifted
        if number is None:
            raise Fault(f"voucher {subject}", "is gone; transfers about it are there")
        pairs = zip(FIGURES, found[::2], found[1::2], strict=True)
        name, stored, by_rows = next(pair for pair in pairs if pair[1] != pair[2])
        raise Fault(f"voucher {subject} ({number})", f"{name}: {stored} fen, where its transfers say {by_rows} fen")
    for voucher in Voucher.objects.exclude(pk__in=Transfer.objects.filter(event="issue").values("subject"))[:1]:
        raise Fault(f"voucher {voucher.pk} ({voucher.number})", "was never issued: no transfer says so")
    return {"vouchers": Voucher.objects.count()}


def entitlements() -> dict[str, int]:
    """Every entitlement account holds exactly what remains on the vouchers it is the holder of."""
    left = F("amount_fen") - F("spent_fen") - F("returned_fen")
    held = _sums(Voucher.objects.order_by().values_list("holder_id").annotate(total=Sum(left)))
    credited = _sums(Transfer.objects.order_by().values_list("credit_id").annotate(total=Sum("fen")))
    debited = _sums(Transfer.objects.order_by().values_list("debit_id").annotate(total=Sum("fen")))
    accounts = LedgerAccount.objects.filter(kind=kinds.ENTITLEMENT.code)
    for account in accounts.order_by("code"):
        balance, remains = credited.get(account.pk, 0) - debited.get(account.pk, 0), held.get(account.pk, 0)
        if balance != remains:
            raise Fault(f"account {account}", f"holds {balance} fen, where its vouchers have {remains} fen left")
    return {"entitlement_accounts": accounts.count()}


def _sums(groups: Iterable[tuple[int, int]]) -> dict[int, int]:
    return {account: int(total) for account, total in groups}


CHECKS = (
    Check("vouchers", figures),
    Check("entitlements", entitlements),
    Check("contribution_accounts", contribution_accounts),
)
