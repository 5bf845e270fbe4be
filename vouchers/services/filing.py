"""Visitor filings: somebody lives in one district and may use vouchers in another. Nobody has to approve them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts import selectors as places
from accounts.models import District, Resident
from accounts.refusals import Refused
from accounts.services.residents import lock_residents
from accounts.stamps import Stamp
from vouchers import visits
from vouchers.models import Visitor, VisitorFiling, VisitorFilingEnd
from vouchers.services.moving import NotAMember


class HomeDistrict(Refused):
    code = "home_district"
    sentence = _("%(resident)s lives in %(district)s on %(day)s. At home no filing is needed.")


class TemporaryTooShort(Refused):
    code = "temporary_too_short"
    sentence = _("A temporary filing lasts six months at least: from %(start)s, %(least)s or later is its last day.")


class FilingOverlaps(Refused):
    code = "filing_overlaps"
    sentence = _(
        "There is a filing for %(district)s from %(start)s already. Use that one, or end it first and file again."
    )


class NoSuchFiling(Refused):
    code = "no_such_filing"
    sentence = _("%(resident)s has no filing for %(district)s that could be ended on %(day)s.")


@transaction.atomic
def file_visit(
    *, resident: Resident, district: str, visitor: str, start: date, stamp: Stamp, until: date | None = None
) -> VisitorFiling:
    """File that vouchers may be used in ``district`` from ``start`` on: at every provider there, as often as needed.

    ``until`` is the first day on which a temporary filing no longer holds; a long-term one holds until it is ended.
    Raises NotAMember, HomeDistrict, TemporaryTooShort or FilingOverlaps.
    """
    assert (until is None) == (visitor == Visitor.LONG_TERM)
    lock_residents([resident.pk])
    host = host_of(resident=resident, district=district, start=start, until=until)
    filing = VisitorFiling.objects.create(
        resident=resident,
        district=host,
        visitor=visitor,
        start=start,
        until=until,
        booked_on=stamp.booked_on,
        recorded_by=stamp.by,
    )
    audit.record(stamp=stamp, verb="file_visit", subject=f"filing:{filing.pk}", district=district)
    return filing


def host_of(*, resident: Resident, district: str, start: date, until: date | None) -> District:
    """Return the district that a filing would be for, or raise what stands in its way. Writes nothing."""
    host = places.all_districts().filter(pk=district).first()
    if host is None or not places.funders().is_member(district, day=start):
        raise NotAMember(district=district)
    _refuse_home(resident, host, day=start)
    if until is not None and until < visits.earliest_end(start):
        raise TemporaryTooShort(start=start, least=visits.earliest_end(start) - timedelta(days=1))
    _refuse_overlap(resident, host, start=start, until=until)
    return host


@transaction.atomic
def end_filing(*, resident: Resident, district: str, day: date, stamp: Stamp) -> VisitorFilingEnd:
    """End the filing for ``district`` that holds on ``day``, from that day on. Raises NoSuchFiling.

    What was used under it before stays as it is.
    """
    lock_residents([resident.pk])
    filing = VisitorFiling.objects.on(day).filter(resident=resident, district=district).first()
    if filing is None:
        host = places.all_districts().filter(pk=district).first()
        raise NoSuchFiling(resident=resident.name, district=host or district, day=day)
    ending = VisitorFilingEnd.objects.create(filing=filing, day=day, booked_on=stamp.booked_on, recorded_by=stamp.by)
    audit.record(stamp=stamp, verb="end_filing", subject=f"filing:{filing.pk}")
    return ending


def _refuse_home(resident: Resident, host: District, *, day: date) -> None:
    homes = places.homes_by_resident([resident.pk])[resident.pk]
    if visits.home_on(day, homes=homes) == host.code:
        raise HomeDistrict(resident=resident.name, district=host, day=day)


def _refuse_overlap(resident: Resident, host: District, *, start: date, until: date | None) -> None:
    for other in VisitorFiling.objects.filter(resident=resident, district=host).select_related("ending"):
        begins_later = until is not None and other.start >= until
        if not begins_later and not other.is_over(start) and other.start != other.end:
            raise FilingOverlaps(district=host, start=other.start)
