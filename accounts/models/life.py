"""What happens to people: deaths, and entries that turn out to be one person. Rows are added, never edited."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from accounts.bulk import among
from accounts.models.people import Resident
from accounts.models.places import District

if TYPE_CHECKING:
    from accounts.models.users import User


class Recorded(models.Model):
    """Something that somebody recorded, with its grounds."""

    note = models.TextField(_("evidence"), blank=True)
    booked_on = models.DateField(_("recorded on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class DeathQuerySet(models.QuerySet["Death"]):
    def standing(self) -> DeathQuerySet:
        """The deaths that were not taken back."""
        return self.filter(taken_back=None)

    def of(self, resident_ids: Collection[int]) -> DeathQuerySet:
        return self.filter(resident__in=among(resident_ids))


class Death(Recorded):
    """``resident`` died on ``day``: from that day on there is nobody who lives anywhere or uses anything."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="deaths")
    day = models.DateField(_("day of death"))

    objects = DeathQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.day}"


class DeathTakenBack(Recorded):
    """A death was recorded by mistake."""

    death = models.OneToOneField(Death, on_delete=models.PROTECT, related_name="taken_back")

    def __str__(self) -> str:
        return f"{self.death_id}"


class MergeQuerySet(models.QuerySet["ResidentMerge"]):
    def standing(self) -> MergeQuerySet:
        """The merges that were not taken back."""
        return self.filter(taken_back=None)

    def of(self, resident_ids: Collection[int]) -> MergeQuerySet:
        """The merges that ended one of these entries."""
        return self.filter(dropped__in=among(resident_ids))


class ResidentMerge(Recorded):
    """Two entries are one person: from ``day`` on the number of ``dropped`` leads to ``kept``."""

    dropped = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="merges")
    kept = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="merged_entries")
    day = models.DateField()

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(dropped=F("kept")), name="merge_joins_two_entries")]

    def __str__(self) -> str:
        return f"{self.dropped_id} → {self.kept_id} {self.day}"


def household_of(resident_id: int) -> RawSQL:
    """Return, for an ``__in`` lookup, all entries of a person and of those the person guards.

    Whichever of the entries a guardianship was recorded for.
    """
    return RawSQL(
        """
        WITH RECURSIVE joined (one, other) AS (
            SELECT m.dropped_id, m.kept_id FROM accounts_residentmerge m
             WHERE NOT EXISTS (SELECT 1 FROM accounts_mergetakenback t WHERE t.merge_id = m.id)
        ), pair (one, other) AS (
            SELECT one, other FROM joined UNION ALL SELECT other, one FROM joined
        ), own (id) AS (
            SELECT CAST(%s AS bigint) UNION SELECT pair.other FROM pair JOIN own ON pair.one = own.id
        ), seen (id) AS (
            SELECT id FROM (
                SELECT id FROM own
                UNION SELECT g.ward_id FROM accounts_guardianship g JOIN own ON g.guardian_id = own.id
            ) first
            UNION SELECT pair.other FROM pair JOIN seen ON pair.one = seen.id
        )
        SELECT id FROM seen
        """,
        [resident_id],
    )


class MergeTakenBack(Recorded):
    """Two entries were taken for one person by mistake."""

    merge = models.OneToOneField(ResidentMerge, on_delete=models.PROTECT, related_name="taken_back")

    def __str__(self) -> str:
        return f"{self.merge_id}"


class DoubleRegistrationQuerySet(models.QuerySet["DoubleRegistration"]):
    def visible_to(self, user: User) -> DoubleRegistrationQuerySet:
        """Those of a district this user acts for, the one it happened in or the one that knows the person."""
        own = District.objects.administered_by(user).values("pk")
        return self.filter(Q(district__in=own) | Q(known_in__in=own))

    def with_details(self) -> DoubleRegistrationQuerySet:
        """Read along what a page about them needs."""
        return self.select_related("district__authority", "known_in__authority", "recorded_by", "answer__recorded_by")

    def waiting(self) -> DoubleRegistrationQuerySet:
        """Those that nobody has looked into yet."""
        return self.filter(answer=None)


class DoubleRegistration(Recorded):
    """Somebody tried to register in ``district`` an id number that is known from another one.

    Only the keyed hash of the number is kept; ``known_in`` is where its person lived then, empty when outside the area.
    """

    id_number_hash = models.CharField(max_length=64, db_index=True)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    known_in = models.ForeignKey(District, null=True, on_delete=models.PROTECT, related_name="+")

    objects = DoubleRegistrationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.district_id} {self.booked_on}"


class RegistrationFinding(models.TextChoices):
    MOVED = "moved", _("The person moved, and the move is recorded")
    MERGED = "merged", _("Two entries were one person, and are merged")
    MISTAKE = "mistake", _("It was a mistake; nothing is to be done")


class DoubleRegistrationAnswer(Recorded):
    """What came of looking into a double registration."""

    registration = models.OneToOneField(DoubleRegistration, on_delete=models.PROTECT, related_name="answer")
    finding = models.CharField(max_length=10, choices=RegistrationFinding.choices)

    def __str__(self) -> str:
        return f"{self.registration_id} {self.finding}"
