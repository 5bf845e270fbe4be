"""What can happen to a voucher's money, made known to the ledger."""

from django.utils.translation import gettext_lazy as _

from ledger.events import Event, register

ISSUE = register(Event("issue", True, _("Issue")))
REDEEM = register(Event("redeem", True, _("Redemption")))
REVERSE = register(Event("reverse", True, _("Reversal")))
HANDOVER = register(Event("handover", True, _("Handover")))
COST_SHARE = register(Event("cost_share", True, _("Cost share")))
EXPIRE = register(Event("expire", True, _("Expiry")))
REVOKE = register(Event("revoke", True, _("Revocation")))
