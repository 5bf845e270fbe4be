"""What becomes of residents: births, deaths, departures and merges, recorded and taken back; double registrations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.base import ApiViewSet
from accounts.api.fields import Body, DayField, NamedField, TextField
from accounts.api.paging import Stream
from accounts.api.schema import operation
from accounts.models import DoubleRegistration, RegistrationFinding, Resident, User
from accounts.models.life import DoubleRegistrationQuerySet
from accounts.permissions import Act
from accounts.services.residents import (
    AlreadyAnswered,
    AlreadyRegistered,
    InvalidIdNumber,
    answer_double_registration,
)
from vouchers.api.shapes import VoucherSerializer
from vouchers.refusals import Died, MergedPerson
from vouchers.services import registry
from vouchers.services.births import AlreadyBorn, BirthdayDiffers, GuardianElsewhere
from vouchers.services.cases import CaseOpen
from vouchers.services.deaths import AlreadyDied, KnownOnlyLater, NoDeath, NotYet
from vouchers.services.facts import AlreadyOutside, BeforeBirth, BeforeFirstResidence, DayTaken, TooFarAhead
from vouchers.services.merging import DeathsDiffer, NoMerge, SameEntry
from vouchers.services.registry import NotYourResident

FINDINGS = [(finding, finding) for finding in RegistrationFinding.values]


def _seen(number: str, user: User) -> Resident | None:
    return Resident.objects.visible_to(user).filter(number=number).first()


def _resident(help_text: str = "Resident number.") -> NamedField:
    return NamedField(find=_seen, max_length=20, help_text=help_text)


class DeathSerializer(serializers.Serializer[Any]):
    resident = serializers.CharField(source="resident.number")
    day = serializers.DateField(help_text="From this day on nothing can be used.")
    booked_on = serializers.DateField(help_text="The day it was recorded.")


class MergeSerializer(serializers.Serializer[Any]):
    """The number of ``dropped`` leads to ``kept`` from ``day`` on."""

    dropped = serializers.CharField(source="dropped.number")
    kept = serializers.CharField(source="kept.number")
    day = serializers.DateField()


class DepartureSerializer(serializers.Serializer[Any]):
    resident = serializers.CharField(source="resident.number")
    day = serializers.DateField(source="effective_on", help_text="The first day of living elsewhere.")
    booked_on = serializers.DateField(help_text="The day it was recorded.")


class BornSerializer(serializers.Serializer[Any]):
    resident = serializers.CharField(source="resident.number")
    vouchers = VoucherSerializer(many=True, help_text="What was issued at birth.")


class DoubleSerializer(serializers.Serializer[Any]):
    """An id number that somebody wanted to register in ``district`` and that is known from another one."""

    id = serializers.IntegerField()
    district = serializers.CharField(source="district_id")
    known_in = serializers.CharField(source="known_in_id", allow_null=True, help_text="Null when outside the area.")
    booked_on = serializers.DateField()
    finding = serializers.ChoiceField(
        choices=FINDINGS, source="answer.finding", default=None, allow_null=True, help_text="Null until answered."
    )


class RecordDeathSerializer(Body):
    resident = _resident()
    day = DayField(ahead=False)
    note = TextField(max_length=1000, required=False, allow_blank=True)


class RecordDepartureSerializer(Body):
    """Somebody lives outside the participating area from ``day`` on."""

    resident = _resident()
    day = DayField()
    note = TextField(max_length=1000, required=False, allow_blank=True)


class RecordBirthSerializer(Body):
    guardian = _resident("Resident number of the guardian, with whom the child lives.")
    name = TextField(max_length=80)
    day = DayField(ahead=False)
    id_number = TextField(max_length=18, required=False)


class RecordMergeSerializer(Body):
    """Two entries are one person: ``kept`` stands for it, and its number stays."""

    dropped = _resident("Resident number of the entry that is to lead to the other.")
    kept = NamedField(
        find=lambda number, _user: selectors.find_exactly(number), max_length=20, help_text="Resident number."
    )
    note = TextField(max_length=1000)


class TakeBackDeathSerializer(Body):
    resident = _resident()
    note = TextField(max_length=1000)


class TakeBackMergeSerializer(Body):
    dropped = _resident("Resident number of the entry that is to stand for itself again.")
    note = TextField(max_length=1000)


class AnswerSerializer(Body):
    finding = serializers.ChoiceField(choices=FINDINGS)
    note = TextField(max_length=1000, required=False, allow_blank=True)


class LifeViewSet(ApiViewSet[Resident]):
    """Life events of residents of the districts that the person asking acts for."""

    acts = dict.fromkeys(
        ("births", "deaths", "take_back_death", "departures", "merges", "take_back_merge"), frozenset({Act.RECORD_LIFE})
    )
    queryset = Resident.objects.none()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return {
            "births": RecordBirthSerializer,
            "deaths": RecordDeathSerializer,
            "take_back_death": TakeBackDeathSerializer,
            "departures": RecordDepartureSerializer,
            "merges": RecordMergeSerializer,
            "take_back_merge": TakeBackMergeSerializer,
        }[self.action]

    @operation(
        "record_birth",
        summary="Record a birth",
        responses={201: BornSerializer},
        refusals=(
            NotYourResident,
            MergedPerson,
            NotYet,
            GuardianElsewhere,
            AlreadyBorn,
            BirthdayDiffers,
            InvalidIdNumber,
            AlreadyRegistered,
        ),
    )
    @action(detail=False, methods=["post"])
    def births(self, request: Request) -> Response:
        """The child lives where the guardian did, and gets what is given at birth, whole."""
        born = registry.record_birth(stamp=self.stamp(), **self.read_body())
        return Response(BornSerializer(born).data, status=status.HTTP_201_CREATED)

    @operation(
        "record_death",
        summary="Record a death",
        responses={201: DeathSerializer},
        refusals=(NotYourResident, MergedPerson, NotYet, AlreadyDied, BeforeBirth, KnownOnlyLater),
    )
    @action(detail=False, methods=["post"])
    def deaths(self, request: Request) -> Response:
        """Residence and vouchers end on the day, however late it is recorded."""
        death = registry.record_death(stamp=self.stamp(), **self.read_body())
        return Response(DeathSerializer(death).data, status=status.HTTP_201_CREATED)

    @operation(
        "take_back_death",
        summary="Take back a death",
        responses={200: DeathSerializer},
        refusals=(NotYourResident, NoDeath),
    )
    @action(detail=False, methods=["post"], url_path="deaths/take-back")
    def take_back_death(self, request: Request) -> Response:
        """Residence, vouchers and money are as if it had never been recorded; both rows stay."""
        return Response(DeathSerializer(registry.take_back_death(stamp=self.stamp(), **self.read_body())).data)

    @operation(
        "record_departure",
        summary="Record a departure from the area",
        responses={201: DepartureSerializer},
        refusals=(
            NotYourResident,
            CaseOpen,
            MergedPerson,
            Died,
            TooFarAhead,
            BeforeBirth,
            BeforeFirstResidence,
            AlreadyOutside,
            DayTaken,
        ),
    )
    @action(detail=False, methods=["post"])
    def departures(self, request: Request) -> Response:
        """It is a move to nowhere, and annulled like any move; coming back is a move."""
        body = self.read_body()
        move = registry.leave_area(residents=[body.pop("resident")], stamp=self.stamp(), **body)
        return Response(DepartureSerializer(move).data, status=status.HTTP_201_CREATED)

    @operation(
        "merge_residents",
        summary="Merge two entries of one person",
        responses={201: MergeSerializer},
        refusals=(NotYourResident, SameEntry, MergedPerson, DeathsDiffer, CaseOpen),
    )
    @action(detail=False, methods=["post"])
    def merges(self, request: Request) -> Response:
        """Of double vouchers that of the kept entry stays; what only the other held goes on with it."""
        merge = registry.merge_residents(stamp=self.stamp(), **self.read_body())
        return Response(MergeSerializer(merge).data, status=status.HTTP_201_CREATED)

    @operation(
        "take_back_merge",
        summary="Take back a merge",
        responses={200: MergeSerializer},
        refusals=(NotYourResident, NoMerge),
    )
    @action(detail=False, methods=["post"], url_path="merges/take-back")
    def take_back_merge(self, request: Request) -> Response:
        """Both entries stand for themselves again; what was issued anew ends."""
        return Response(MergeSerializer(registry.take_back_merge(stamp=self.stamp(), **self.read_body())).data)


@extend_schema_view(list=extend_schema(operation_id="list_doubles", summary="List double registrations"))
class DoubleViewSet(ListModelMixin, ApiViewSet[DoubleRegistration]):
    """Double registrations of the districts that the person asking acts for."""

    acts = {"list": {Act.RECORD_LIFE}, "answer": {Act.RECORD_LIFE}}
    queryset = DoubleRegistration.objects.none()
    pagination_class = Stream

    def get_queryset(self) -> DoubleRegistrationQuerySet:
        return DoubleRegistration.objects.visible_to(self.user).with_details()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return AnswerSerializer if self.action == "answer" else DoubleSerializer

    @operation(
        "answer_double",
        summary="Say what a double registration was",
        responses={200: DoubleSerializer},
        refusals=(AlreadyAnswered,),
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def answer(self, request: Request, pk: str) -> Response:
        """It is answered once."""
        found = self.get_object()
        answer_double_registration(registration=found, stamp=self.stamp(), **self.read_body())
        return Response(DoubleSerializer(self.get_queryset().get(pk=found.pk)).data)
