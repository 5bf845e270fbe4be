"""Two districts become one: people, providers, balances and open dues, in one act.

From a day on the predecessor is part of its successor, which takes over its past as well: what each authority bears
afterwards is what it would bear had the two been one from the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import selectors as places
from accounts.models import District, DistrictMerger, Residence
from accounts.refusals import Refused
from accounts.services.places import join_districts, stop_moving
from accounts.stamps import Stamp
from ledger import selectors as books
from ledger.models import Job
from ledger.services import jobs
from ledger.services.posting import stop_postings
from ledger.services.succession import succeed
from ledger.states import SETTLED
from vouchers.models import Provider, Voucher
from vouchers.services.histories import retell
from vouchers.services.moving import NotAMember
from vouchers.services.planning import Cause

MERGE_DISTRICT = "merge_district"
#: How many people are told again at a time, so that memory stays the same however many there are.
PEOPLE_AT_A_TIME = 2_000


class MergesIntoItself(Refused):
    code = "merges_into_itself"
    sentence = _("%(district)s cannot become part of itself. Choose another district.")


class AlreadyMerged(Refused):
    code = "already_merged"
    sentence = _("%(district)s is part of %(successor)s since %(day)s already. Nothing was changed.")


class MergerNotYet(Refused):
    code = "merger_not_yet"
    sentence = _("The districts are two until %(day)s. Record the merger on that day or later.")


class MergedLater(Refused):
    code = "merged_later"
    sentence = _("%(other)s became part of %(district)s on %(day)s. %(district)s goes on until that day at least.")


@transaction.atomic
def merge_districts(*, predecessor: str, successor: str, day: date, stamp: Stamp) -> DistrictMerger:
    """Let ``successor`` take over everything of ``predecessor``; from ``day`` on people live in the successor.

    Open dues change hands through clearing, each in its own month. Whose pooled programmes were funded by another pool
    changes pool. Raises NotAMember, MergesIntoItself, AlreadyMerged, MergerNotYet or MergedLater.
    """
    stop_moving()
    stop_postings()
    joined = check_merger(predecessor=predecessor, successor=successor, day=day, stamp=stamp)
    people = residents_of(joined.predecessor)
    merger = join_districts(predecessor=joined.predecessor, successor=joined.successor, day=day, stamp=stamp)
    Provider.objects.filter(district=predecessor).update(district=successor)
    cause = Cause(f"merger:{merger.pk}", day)
    for ids in _some_at_a_time(people):
        retell(resident_ids=ids, cause=lambda _voucher: cause, stamp=stamp)
    succeed(predecessor=predecessor, successor=successor, day=day, stamp=stamp)
    held = Voucher.objects.filter(holder__authority=predecessor).count()
    assert not held, f"{held} vouchers are still held by {predecessor}"
    return merger


class Joined(NamedTuple):
    """The district that ends and the one that it becomes part of."""

    predecessor: District
    successor: District


def check_merger(*, predecessor: str, successor: str, day: date, stamp: Stamp) -> Joined:
    """Return the two districts, or raise what stands in the way of merging them."""
    before, after = (_member(code) for code in (predecessor, successor))
    if before == after:
        raise MergesIntoItself(district=before)
    mergers = DistrictMerger.objects.select_related("predecessor__authority", "successor__authority")
    if known := mergers.filter(predecessor__in=[before, after]).first():
        raise AlreadyMerged(district=known.predecessor, successor=known.successor, day=known.day)
    if day > stamp.booked_on:
        raise MergerNotYet(day=day)
    if later := mergers.filter(successor=before, day__gt=day).order_by("-day").first():
        raise MergedLater(other=later.predecessor, district=before, day=later.day)
    return Joined(before, after)


def residents_of(district: District) -> list[int]:
    """Return who ever lived where the district funds: there, in what it took over, or where it is the pool."""
    code, funders = district.authority_id, places.funders()
    funded = [one for one in funders.pools if code in (funders.of(one, pooled=False), funders.of(one, pooled=True))]
    spells = Residence.objects.current().filter(district__in=funded)
    return list(spells.order_by("resident_id").values_list("resident_id", flat=True).distinct())


def mergers_recorded() -> QuerySet[DistrictMerger]:
    """Return every merger with the names of its districts, the last one first."""
    rows = DistrictMerger.objects.select_related("predecessor__authority", "successor__authority")
    return rows.order_by("-day", "-pk")


class Extent(NamedTuple):
    """What a merger will move, in numbers, and the open months whose dues change hands."""

    residents: int
    providers: int
    accounts: int
    months: list[date]


def extent_of(district: District) -> Extent:
    """Return what there is of a district to be taken over now."""
    code = district.authority_id
    owed = books.obligations_by_month()
    states = books.states_of(owed)
    touched = (
        month
        for month, dues in owed.items()
        if states[month] is not SETTLED and any(code in (due.debtor, due.creditor) for due in dues)
    )
    return Extent(
        residents=len(residents_of(district)),
        providers=district.providers.count(),
        accounts=sum(1 for line in books.books(authority=code) if "/due/" not in line),
        months=sorted(touched),
    )


@transaction.atomic
def propose_merger(*, predecessor: str, successor: str, day: date, stamp: Stamp) -> Job:
    """Ask for a merger, which another person has to approve. Raises what ``check_merger`` raises."""
    joined = check_merger(predecessor=predecessor, successor=successor, day=day, stamp=stamp)
    return jobs.ask(
        kind=MERGE_DISTRICT,
        key=f"{MERGE_DISTRICT}:{predecessor}",
        params={"predecessor": predecessor, "successor": successor, "day": f"{day}"},
        total=len(residents_of(joined.predecessor)),
        needs_approval=True,
        stamp=stamp,
    )


@jobs.kind(MERGE_DISTRICT, _("Merge a district into another"))
def merge(job: Job, step: jobs.Step) -> bool:
    """Do all of it in one step: until it is committed, nothing of it is there."""
    asked = job.params
    merge_districts(
        predecessor=asked["predecessor"],
        successor=asked["successor"],
        day=date.fromisoformat(asked["day"]),
        stamp=step.stamp,
    )
    job.done_count = job.total_count
    return True


def _member(code: str) -> District:
    district = places.all_districts().filter(pk=code).first()
    if district is None:
        raise NotAMember(district=code)
    return district


def _some_at_a_time(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + PEOPLE_AT_A_TIME] for start in range(0, len(ids), PEOPLE_AT_A_TIME))
