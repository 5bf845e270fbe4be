"""Programmes and providers: what can be issued, and where it can be used."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts import audit
from accounts.stamps import Stamp
from vouchers.models import Accreditation, Programme, Provider


@transaction.atomic
def save_programme(*, programme: Programme, stamp: Stamp) -> Programme:
    """Store a new or changed programme. Vouchers already issued keep their amount and window."""
    programme.full_clean()
    programme.save()
    audit.record(stamp=stamp, verb="save_programme", subject=f"programme:{programme.pk}", fen=programme.annual_fen)
    return programme


@transaction.atomic
def save_provider(*, provider: Provider, programmes: Iterable[Programme], stamp: Stamp) -> Provider:
    """Store a provider and what it is accredited for."""
    provider.full_clean()
    provider.save()
    wanted = {programme.pk for programme in programmes}
    Accreditation.objects.filter(provider=provider).exclude(programme__in=wanted).delete()
    Accreditation.objects.bulk_create(
        [Accreditation(provider=provider, programme_id=key) for key in sorted(wanted)], ignore_conflicts=True
    )
    detail = ",".join(str(key) for key in sorted(wanted))
    audit.record(stamp=stamp, verb="save_provider", subject=f"provider:{provider.pk}", programmes=detail)
    return provider
