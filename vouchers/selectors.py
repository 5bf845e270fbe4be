"""Questions about programmes, vouchers and the people they are for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.bulk import among
from accounts.models import Residence, Resident
from ledger import kinds
from ledger.break_reasons import CLAIM
from ledger.models import ReconciliationRun, Transfer
from ledger.months import month_of, month_text, next_month
from vouchers import events
from vouchers.eligibility import birthdays
from vouchers.models import (
    ClaimDifference,
    ClaimFile,
    ContributionAccount,
    Move,
    Programme,
    Provider,
    VisitBill,
    VisitorFiling,
    Visits,
    Voucher,
)
from vouchers.models.insurance import FIRST_SUBJECT
from vouchers.models.visits import FILING_STATES, FilingQuerySet
from vouchers.models.vouchers import VoucherQuerySet


def eligible_residents(*, programme: Programme, district_code: str, day: date, valid_from: date) -> QuerySet[Resident]:
    """Return who lives in the district on ``day`` and is of the programme's age on ``valid_from``."""
    earliest, latest = birthdays(day=valid_from, min_age=programme.min_age, max_age=programme.max_age)
    here = Residence.objects.current().on(day).filter(district=district_code, resident=OuterRef("pk"))
    people = Resident.objects.filter(Exists(here)).order_by("pk")
    if earliest is not None:
        people = people.filter(born_on__gte=earliest)
    if latest is not None:
        people = people.filter(born_on__lte=latest)
    return people


def past_the_deadline(*, programme: Programme, day: date) -> QuerySet[Voucher]:
    """Return the active vouchers whose validity and days for late claims are both over on ``day``."""
    last = date.fromordinal(day.toordinal() - programme.late_claim_days)
    return Voucher.objects.active().filter(programme=programme).valid_until_at_most(last).order_by("pk")


def days_on_which_moves_began(*, after: date, until: date) -> list[date]:
    """Return the days on which moves recorded before them took effect, later than ``after``, up to ``until``."""
    began = Move.objects.standing().filter(effective_on__gt=after, effective_on__lte=until)
    ahead = began.filter(booked_on__lt=F("effective_on")).order_by("effective_on")
    return list(ahead.values_list("effective_on", flat=True).distinct())


def moves_beginning(day: date) -> QuerySet[Move]:
    """Return the moves that take effect on ``day`` and were recorded before it."""
    return Move.objects.standing().filter(effective_on=day, booked_on__lt=day).order_by("pk")


def all_programmes() -> QuerySet[Programme]:
    """Return every programme; what the city offers is public."""
    return Programme.objects.order_by("code")


def programmes_by_code() -> dict[str, Programme]:
    """Return every programme, to call it by its name."""
    return {programme.code: programme for programme in all_programmes()}


def programmes_in_force(*, day: date) -> QuerySet[Programme]:
    """Return the programmes whose own window is not over on ``day``."""
    return all_programmes().filter(valid_until__gt=day)


def vouchers_in_use(resident: Resident) -> VoucherQuerySet:
    """Return the active vouchers of somebody, whoever asks: what a double registration is about."""
    return Voucher.objects.active().filter(resident=resident).select_related("programme")


def numbers_of(voucher_ids: Collection[int]) -> dict[int, str]:
    """Return the numbers of vouchers: what the ledger's subjects are called."""
    return dict(Voucher.objects.filter(pk__in=among(voucher_ids)).values_list("pk", "number"))


def insurance_numbers_of(subjects: Collection[int]) -> dict[int, str]:
    """Return the numbers of contribution accounts by what the ledger calls them."""
    ids = [subject - FIRST_SUBJECT for subject in subjects if subject > FIRST_SUBJECT]
    rows = ContributionAccount.objects.filter(pk__in=among(ids)).values_list("pk", "number") if ids else []
    return {FIRST_SUBJECT + pk: number for pk, number in rows}


def redemptions_at(provider: Provider) -> QuerySet[Transfer]:
    """Return what this provider redeemed, newest first, reversed redemptions included."""
    rows = Transfer.objects.filter(
        event=events.REDEEM.code, credit__kind=kinds.PAYABLE.code, credit__party=provider.code
    )
    return rows.select_related("reversed_by").order_by("-pk")


def redemptions_booked_on(day: date, *, provider: Provider) -> QuerySet[Transfer]:
    """Return what this provider redeemed on ``day``, for whatever day of service; the month's index narrows it down."""
    return redemptions_at(provider).filter(period__gte=month_of(day), booked_on=day)


def filings_told(rows: FilingQuerySet, *, day: date) -> list[tuple[VisitorFiling, str]]:
    """Return filings with what they are on ``day``: those "active", then those "waiting", then those "ended"."""
    told = [(row, row.state_on(day)) for row in rows.select_related("resident", "district__authority", "ending")]
    return sorted(told, key=lambda filing_and_state: FILING_STATES.index(filing_and_state[1]))


def rows_about(voucher: Voucher) -> list[Transfer]:
    """Return every row of a voucher, also those between districts that the reader does not act for."""
    rows = Transfer.objects.filter(subject=voucher.pk).order_by("id")
    return list(rows.select_related("debit__authority", "credit__authority", "recorded_by", "reverses"))


def programmes_that_need_a_filing(vouchers: QuerySet[Voucher]) -> QuerySet[Programme]:
    """Return the programmes of these vouchers that are used elsewhere only with a filing."""
    return Programme.objects.filter(visits=Visits.FILED, vouchers__in=vouchers).distinct()


def bill_of(row: Transfer) -> VisitBill | None:
    """Return the bill that a redemption on a visit was part of."""
    return VisitBill.objects.filter(transfer=row).first()


def redemptions_of_month(provider: Provider, *, month: date) -> QuerySet[Transfer]:
    """Return what this provider redeemed for services of a month and did not reverse, by day."""
    rows = redemptions_at(provider).filter(period__gte=month, occurred_on__gte=month, occurred_on__lt=next_month(month))
    return rows.filter(reversed_by=None).select_related("credit").order_by("occurred_on", "pk")


def standing_among(files: Collection[ClaimFile]) -> set[int]:
    """Return the ids of those that no later claims of their month have replaced."""
    return set(ClaimFile.objects.standing().filter(pk__in=[file.pk for file in files]).values_list("pk", flat=True))


def programmes_by_id() -> dict[int, Programme]:
    return Programme.objects.in_bulk()


def providers_by_code(codes: Collection[str]) -> dict[str, Provider]:
    return {provider.code: provider for provider in Provider.objects.filter(code__in=codes)}


def last_comparison_of(file: ClaimFile) -> ReconciliationRun | None:
    """Return the last comparison of the file's month that began after the file came."""
    runs = ReconciliationRun.objects.filter(kind=CLAIM, scope=month_text(file.month), started_at__gte=file.sent_at)
    return runs.order_by("-pk").first()


def differences_of(file: ClaimFile, *, run: ReconciliationRun | None) -> QuerySet[ClaimDifference]:
    """Return what a comparison found about one file."""
    return file.differences.filter(job=run.job) if run else ClaimDifference.objects.none()
