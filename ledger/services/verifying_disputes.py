"""Whether what districts objected to, and what was ordered to be paid, is accounted for to the fen."""

from __future__ import annotations

from django.db.models import Count, Sum

from ledger import events
from ledger.models import Dispute, DisputeStep, HeldTransfer, Payment, Transfer
from ledger.services import payments as paying
from ledger.services.verifying import Check, Fault


def disputes() -> dict[str, int]:
    """A dispute holds what it says, releases all of it once it ended and nothing before, and returns the rest."""
    held = HeldTransfer.objects.order_by().values_list("dispute")
    sums = {pk: (int(fen), rows, released) for pk, fen, rows, released in held.annotate(*COUNTED)}
    ends = DisputeStep.objects.filter(step__in=DisputeStep.ENDS)
    accepted = {pk: fen or 0 for pk, fen in ends.values_list("dispute", "accepted_fen")}
    returned = dict(Transfer.objects.filter(event=events.ADJUSTMENT.code).values_list("act", "fen"))
    found = Dispute.objects.order_by("pk").values_list("pk", "fen")
    for pk, fen in found.iterator():
        held_fen, rows, released = sums.get(pk, (0, 0, 0))
        _agree(f"dispute:{pk}", "holds", held_fen, fen)
        _agree(f"dispute:{pk}", "released rows", released, rows if pk in accepted else 0)
        _agree(f"dispute:{pk}", "gave back", returned.get(f"dispute:{pk}", 0), fen - accepted.get(pk, fen))
    return {"disputes": len(sums), "disputes_ended": len(accepted)}


#: Of the rows of a dispute: their amount, how many, and how many are released.
COUNTED = (Sum("transfer__fen"), Count("pk"), Count("released"))


def payments() -> dict[str, int]:
    """No payment has been booked for more than was ordered."""
    booked = dict(paying.all_arrivals().order_by().values_list("act").annotate(total=Sum("fen")))
    for payment in Payment.objects.order_by("pk").iterator():
        if booked.get(payment.act, 0) > payment.fen:
            raise Fault(f"payment {payment}", f"{booked[payment.act]} fen, where {payment.fen} were ordered")
    return {"payments": Payment.objects.count()}


def _agree(row: str, verb: str, found: int, expected: int) -> None:
    if found != expected:
        raise Fault(row, f"{verb} {found}, where its record says {expected}")


CHECKS = (Check("disputes", disputes), Check("payments", payments))
