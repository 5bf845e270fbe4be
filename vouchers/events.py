"""What can happen to the money of vouchers and of the insured, made known to the ledger."""

from django.utils.translation import gettext_lazy as _

from ledger.events import Event, register

ISSUE = register(Event("issue", True, _("Issue")))
REDEEM = register(Event("redeem", True, _("Redemption")))
REVERSE = register(Event("reverse", True, _("Reversal")))
HANDOVER = register(Event("handover", True, _("Handover")))
COST_SHARE = register(Event("cost_share", True, _("Cost share")))
EXPIRE = register(Event("expire", True, _("Expiry")))
REVOKE = register(Event("revoke", True, _("Revocation")))
CONTRIBUTION = register(Event("contribution", True, _("Insurance contribution")))
INTEREST = register(Event("interest", True, _("Interest on individual accounts")))
INSURANCE_TRANSFER = register(Event("insurance_transfer", True, _("Insurance transfer")))
RESTORE = register(Event("restore", True, _("Restoration")))
