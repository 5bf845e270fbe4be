"""The kinds of ledger account, as data: a new kind is a new line here and nothing in posting."""

from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Side(models.TextChoices):
    DEBIT = "debit", _("Debit")
    CREDIT = "credit", _("Credit")


class Kind(NamedTuple):
    code: str
    normal_side: Side
    by_programme: bool
    by_party: bool
    label: str | Promise


COST = Kind("cost", Side.DEBIT, True, False, _("Cost of residents' entitlements"))
ENTITLEMENT = Kind("entitlement", Side.CREDIT, True, False, _("Promised and not yet used"))
PAYABLE = Kind("payable", Side.CREDIT, True, True, _("Owed to a provider"))
CLEARING = Kind("clearing", Side.DEBIT, False, False, _("Position against the settlement hub"))
CASH = Kind("cash", Side.DEBIT, False, False, _("Treasury account"))
INDIVIDUAL = Kind("individual", Side.CREDIT, True, False, _("Individual accounts of the insured"))
POOLED = Kind("pooled", Side.CREDIT, True, False, _("Pooled fund of the insured"))

PREFUND = Kind("prefund", Side.DEBIT, False, False, _("Paid to the settlement hub in advance"))
PREFUNDED = Kind("prefunded", Side.CREDIT, False, True, _("Held in advance for an authority"))
UNIDENTIFIED = Kind("unidentified", Side.CREDIT, False, False, _("Received and not yet identified"))
INTEREST = Kind("interest", Side.DEBIT, False, False, _("Interest on late payments"))

KINDS = {
    kind.code: kind
    for kind in (
        COST,
        ENTITLEMENT,
        PAYABLE,
        CLEARING,
        CASH,
        INDIVIDUAL,
        POOLED,
        PREFUND,
        PREFUNDED,
        UNIDENTIFIED,
        INTEREST,
    )
}


class AccountName(NamedTuple):
    """What names a ledger account; ``str()`` is its code, as in ``310106/education/payable/school-ja``."""

    authority: str
    kind: str
    programme: str = ""
    party: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.authority, self.programme, self.kind, self.party) if part)
