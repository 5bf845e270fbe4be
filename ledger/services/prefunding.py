"""Prefunds: what each authority pays the hub in advance, set anew once a year by what it spent elsewhere."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.working_days import working_days_after
from ledger import calendar, events, selectors
from ledger.models import Job, Payment, PaymentBatch
from ledger.services import jobs, payments, periods

TRUE_UP = "true_up_prefunds"


class AlreadyTruedUp(Refused):
    code = "already_trued_up"
    sentence = _("The prefunds of %(year)s are set already. Nothing was changed.")


class YearNotOver(Refused):
    code = "prefund_year_not_over"
    sentence = _("Prefunds of %(year)s are set by what was spent the year before, which is not over yet.")


class PrefundsUnpaid(Refused):
    code = "prefunds_unpaid"
    sentence = _("The prefunds of %(year)s are ordered and not all paid yet. Wait for them: nobody is to pay twice.")


def check_true_up(*, year: int, stamp: Stamp) -> None:
    """Raise what stands in the way of setting the prefunds of ``year``: YearNotOver, AlreadyTruedUp, PrefundsUnpaid."""
    if stamp.booked_on.year < year:
        raise YearNotOver(year=year)
    if PaymentBatch.objects.filter(key=_key(year)).exists():
        raise AlreadyTruedUp(year=year)
    if unpaid := _first_unpaid():
        raise PrefundsUnpaid(year=unpaid.key.rpartition(":")[2])


@transaction.atomic
def propose_true_up(*, year: int, stamp: Stamp) -> Job:
    """Ask for the prefunds of ``year`` to be set by what was spent in the year before. Needs a second person."""
    check_true_up(year=year, stamp=stamp)
    return jobs.ask(
        kind=TRUE_UP,
        key=job_key(year),
        params={"year": year, "payload": selectors.true_up_payload(year=year)},
        total=1,
        needs_approval=True,
        stamp=stamp,
    )


@transaction.atomic
def true_up(*, year: int, approved_by: User, stamp: Stamp) -> PaymentBatch:
    """Order what each authority has to pay in, or gets back, so that it holds six months of last year's spend."""
    check_true_up(year=year, stamp=stamp)
    payments.ensure_hub()
    batch = payments.order(
        key=_key(year),
        kind=PaymentBatch.Kind.PREFUND,
        pays_on=working_days_after(stamp.booked_on, calendar.TRUE_UP_WORKING_DAYS),
        stamp=stamp,
        approved_by=approved_by,
    )
    Payment.objects.bulk_create(
        Payment(
            batch=batch,
            way=Payment.Way.TO_HUB if prefund.missing_fen > 0 else Payment.Way.FROM_HUB,
            authority=prefund.authority,
            fen=abs(prefund.missing_fen),
            end_to_end_id=f"TP{year}-{prefund.authority.pk}",
        )
        for prefund in selectors.prefunds(year=year)
        if prefund.missing_fen
    )
    return batch


def job_key(year: int) -> str:
    """Return the key of the one job that sets the prefunds of ``year``."""
    return f"{TRUE_UP}:{year}"


def _first_unpaid() -> PaymentBatch | None:
    """Return the first order of prefunds of which something is still to be paid."""
    prefunds = [events.PREFUND_PAID.code, events.PREFUND_RETURNED.code]
    rows = payments.all_arrivals().filter(event__in=prefunds).order_by()
    booked = dict(rows.values_list("act").annotate(total=Sum("fen")))
    ordered = Payment.objects.filter(batch__kind=PaymentBatch.Kind.PREFUND).select_related("batch").order_by("pk")
    return next((one.batch for one in ordered if booked.get(one.act, 0) < one.fen), None)


def _key(year: int) -> str:
    return f"prefund:{year}"


@jobs.kind(TRUE_UP, _("Set the prefunds of a year"))
def true_up_as_job(job: Job, step: jobs.Step) -> bool:
    assert step.approved_by is not None, "the database lets no such job run unapproved"
    year = job.params["year"]
    if selectors.true_up_payload(year=year) != job.params["payload"]:
        raise periods.PayloadChanged(month=year)
    true_up(year=year, approved_by=step.approved_by, stamp=step.stamp)
    job.done_count = job.total_count
    return True
