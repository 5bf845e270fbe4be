"""Recording a death, and taking it back when it was a mistake. Vouchers and residences follow from what stands."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.models import Death, DeathTakenBack, Resident
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from vouchers.refusals import MergedPerson
from vouchers.services.facts import BeforeBirth
from vouchers.services.histories import retell
from vouchers.services.planning import Cause


class AlreadyDied(Refused):
    code = "already_died"
    sentence = _("The death of %(resident)s on %(day)s is recorded already. If that day is wrong, take it back first.")


class NoDeath(Refused):
    code = "no_death"
    sentence = _("No death of %(resident)s is recorded.")


class KnownOnlyLater(Refused):
    code = "before_first_residence"
    sentence = _(
        "%(resident)s is known here since %(start)s only, in %(district)s. A death before is not for us to record."
    )


class NotYet(Refused):
    code = "not_yet"
    sentence = _("%(day)s has not come yet. Only what has happened can be recorded.")


@transaction.atomic
def record_death(*, resident: Resident, day: date, stamp: Stamp, note: str = "") -> Death:
    """End the residence and the vouchers of ``resident`` on ``day``, however late it is recorded.

    What was used before can be claimed until the programme's days for late claims are over. Raises MergedPerson,
    NotYet, AlreadyDied, BeforeBirth or KnownOnlyLater.
    """
    lock_residents([resident.pk])
    check_death(resident=resident, day=day, stamp=stamp)
    death = Death.objects.create(resident=resident, day=day, note=note, booked_on=stamp.booked_on, recorded_by=stamp.by)
    audit.record(stamp=stamp, verb="record_death", subject=f"resident:{resident.pk}", day=day.isoformat())
    _retell(resident, cause=Cause(f"death:{death.pk}", day), stamp=stamp)
    return death


@transaction.atomic
def take_back_death(*, resident: Resident, stamp: Stamp, note: str = "") -> Death:
    """Let the person live on as if nothing had been recorded: residence, vouchers and money. Raises NoDeath."""
    lock_residents([resident.pk])
    death = places.death_of(resident)
    if death is None:
        raise NoDeath(resident=resident.name)
    DeathTakenBack.objects.create(death=death, note=note, booked_on=stamp.booked_on, recorded_by=stamp.by)
    audit.record(stamp=stamp, verb="take_back_death", subject=f"resident:{resident.pk}", day=death.day.isoformat())
    _retell(resident, cause=Cause(f"take_back_death:{death.pk}", death.day), stamp=stamp)
    return death


def check_death(*, resident: Resident, day: date, stamp: Stamp) -> None:
    """Raise what stands in the way of recording a death."""
    kept, death = places.kept_entry(resident), places.death_of(resident)
    first = places.spells_by_resident([resident.pk])[resident.pk][0]
    if kept != resident:
        raise MergedPerson(number=resident.number, kept=kept.number)
    if day > stamp.booked_on:
        raise NotYet(day=day)
    if death is not None:
        raise AlreadyDied(resident=resident.name, day=death.day)
    if resident.born_on and day < resident.born_on:
        raise BeforeBirth(resident=resident.name, born_on=resident.born_on)
    if day < first.start:
        raise KnownOnlyLater(resident=resident.name, start=first.start, district=first.district)


def _retell(resident: Resident, *, cause: Cause, stamp: Stamp) -> None:
    retell(resident_ids=[resident.pk], cause=lambda _voucher: cause, stamp=stamp)
