"""Programmes and providers: what can be issued, and where it can be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import audit
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import kinds
from ledger.models import LedgerAccount
from vouchers.models import Accreditation, Programme, Provider, Visits, VisitTerms
from vouchers.visits import Terms

#: What names a programme in the ledger, or decides who bears what. Changed later, it would change days gone by.
FIXED_ONCE_ISSUED = ("code", "cost_rule", "count_days", "funded_by")
#: What names a provider's account in the ledger.
FIXED_ONCE_OWED = ("code", "district")


class FixedOnceIssued(Refused):
    code = "fixed_once_issued"
    sentence = _(
        "Vouchers of this programme have been issued, so this can no longer change: %(fields)s. It would change who "
        "bears what for days gone by. Make a new programme instead."
    )


class FixedOnceOwed(Refused):
    code = "fixed_once_owed"
    sentence = _(
        "Vouchers have been redeemed at this provider, so this can no longer change: %(fields)s. The books name the "
        "provider by it. Make a new provider instead."
    )


class VisitsNotFiled(Refused):
    code = "visits_not_filed"
    sentence = _("Terms for visits belong to a programme that needs a visitor filing. Change its use elsewhere first.")


@transaction.atomic
def save_programme(*, programme: Programme, stamp: Stamp) -> Programme:
    """Store a new or changed programme. Vouchers already issued keep their amount and window.

    Raises FixedOnceIssued when something that the plans of issued vouchers rest on would change.
    """
    stored = Programme.objects.select_for_update().filter(pk=programme.pk).first()
    if stored is not None and stored.vouchers.exists():
        _refuse_changes(stored, programme, fields=FIXED_ONCE_ISSUED, refusal=FixedOnceIssued)
    programme.full_clean()
    programme.save()
    audit.record(stamp=stamp, verb="save_programme", subject=f"programme:{programme.pk}", fen=programme.annual_fen)
    return programme


@transaction.atomic
def set_visit_terms(*, programme: Programme, since: date, terms: Terms, stamp: Stamp) -> VisitTerms:
    """Fix what a programme pays of a visitor's bill from ``since`` on; earlier terms keep their days.

    Raises VisitsNotFiled.
    """
    if programme.visits != Visits.FILED:
        raise VisitsNotFiled
    row = VisitTerms(
        programme=programme, since=since, booked_on=stamp.booked_on, recorded_by=stamp.by, **terms._asdict()
    )
    row.full_clean()
    row.save(force_insert=True)
    subject, day = f"programme:{programme.pk}", since.isoformat()
    audit.record(stamp=stamp, verb="set_visit_terms", subject=subject, since=day, percent=terms.percent)
    return row


@transaction.atomic
def save_provider(*, provider: Provider, programmes: Iterable[Programme], stamp: Stamp) -> Provider:
    """Store a provider and what it is accredited for.

    Raises FixedOnceOwed when what names its account in the ledger would change.
    """
    stored = Provider.objects.select_for_update().filter(pk=provider.pk).first()
    if stored is not None and was_owed(stored):
        _refuse_changes(stored, provider, fields=FIXED_ONCE_OWED, refusal=FixedOnceOwed)
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


def was_owed(provider: Provider) -> bool:
    """Return whether the ledger has an account of this provider."""
    return LedgerAccount.objects.filter(kind=kinds.PAYABLE.code, party=provider.code).exists()


def _refuse_changes(
    stored: models.Model, wanted: models.Model, *, fields: Sequence[str], refusal: type[Refused]
) -> None:
    described = [stored._meta.get_field(name) for name in fields]
    changed = [
        str(field.verbose_name)
        for field in described
        if isinstance(field, models.Field) and field.value_from_object(stored) != field.value_from_object(wanted)
    ]
    if changed:
        raise refusal(fields=str(pgettext_lazy("between things in a list", ", ")).join(changed))
