"""A provider's payments are suspended for some days: what was redeemed on them waits until somebody decides."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.models import Provider, ProviderSuspension


class SuspensionEndsFirst(Refused):
    code = "suspension_ends_first"
    sentence = _("The suspension has to last a day at least: give a last day that is not before the first.")


@transaction.atomic
def suspend(*, provider: Provider, start: date, end: date, reason: str, stamp: Stamp) -> ProviderSuspension:
    """Suspend payments for services on the days ``[start, end)``, past days included. Raises SuspensionEndsFirst.

    Vouchers go on being taken: that a provider may take them is its accreditation.
    """
    assert stamp.by is not None
    if end <= start:
        raise SuspensionEndsFirst()
    suspension = ProviderSuspension.objects.create(
        provider=provider, start=start, end=end, reason=reason, recorded_by=stamp.by
    )
    audit.record(stamp=stamp, verb="suspend_provider", subject=f"provider:{provider.pk}")
    return suspension
