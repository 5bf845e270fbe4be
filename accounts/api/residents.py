"""Residents: listed, found, looked at, registered."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import identity, selectors
from accounts.api.base import ApiViewSet
from accounts.api.fields import Body, DayField, NamedField, TextField
from accounts.api.paging import Stream
from accounts.api.schema import operation
from accounts.models import Resident
from accounts.models.people import ResidentQuerySet
from accounts.permissions import Act
from accounts.refusals import Refused
from accounts.services.residents import AlreadyRegistered, BornLater, InvalidIdNumber, register
from accounts.stamps import Stamp

RESIDENT_NUMBER = "[0-9A-Z]{1,20}"


class NobodyKnown(Refused):
    code = "nobody_known"
    sentence = _("Nobody with this id number is registered. Check each of its 18 characters, or register the person.")


class ResidenceSerializer(serializers.Serializer[Any]):
    """A spell ``[start, end)`` of living in a district; ``end`` is null while it lasts."""

    district = serializers.CharField(source="district_id")
    start = serializers.DateField()
    end = serializers.DateField(allow_null=True)


class BeliefSerializer(ResidenceSerializer):
    """A residence as believed by what was booked from `known_from` on and before `known_until`; null while it is."""

    confirmed = serializers.BooleanField(help_text="Whether the district agreed to the move, or let its time pass.")
    known_from = serializers.DateField()
    known_until = serializers.DateField(allow_null=True)


class KnownOnQuery(Body):
    known_on = DayField(ahead=False, required=False, help_text="What was booked by then answers; today if left out.")


class ResidentSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    name = serializers.CharField()
    born_on = serializers.DateField(allow_null=True)
    id_number_masked = serializers.CharField(help_text="Its ends only; empty where none is known.")
    lives_in = serializers.SerializerMethodField(help_text="Code of the district of residence today.")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_lives_in(self, resident: Resident) -> str | None:
        here = resident.here  # type: ignore[attr-defined]
        return here[0].district_id if here else None


class ResidentInFullSerializer(ResidentSerializer):
    residences = serializers.SerializerMethodField(help_text="As known today, earliest first.")
    died_on = serializers.SerializerMethodField(help_text="Null while no death stands.")
    merged_into = serializers.SerializerMethodField(
        help_text="Number of the entry that stands for the same person; null where this one does."
    )

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_died_on(self, resident: Resident) -> Any:
        death = selectors.death_of(resident)
        return death.day if death else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_merged_into(self, resident: Resident) -> str | None:
        kept = selectors.kept_entry(resident)
        return None if kept == resident else kept.number

    @extend_schema_field(ResidenceSerializer(many=True))
    def get_residences(self, resident: Resident) -> Any:
        spells = selectors.spells_by_resident([resident.pk])[resident.pk]
        return ResidenceSerializer(spells, many=True).data


class RegisterSerializer(Body):
    """Who somebody is and where the person lives. An id number says the day of birth, so only one of them is given."""

    default_error_messages = {"one_of_two": _("Give either the id number or the day of birth.")}

    name = TextField(max_length=80)
    district = NamedField(
        find=lambda code, user: selectors.districts_administered_by(user).filter(pk=code).first(),
        help_text="Code of a district you act for.",
    )
    since = DayField(ahead=False, help_text="First day of living there.")
    id_number = TextField(max_length=18, required=False)
    born_on = DayField(ahead=False, required=False)
    registered_in = TextField(max_length=40, required=False, allow_blank=True, help_text="Household register.")
    guardian = NamedField(
        find=lambda number, _user: selectors.find_exactly(number),
        required=False,
        help_text="Resident number of the guardian of a child or a ward.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("id_number" in attrs) == ("born_on" in attrs):
            raise serializers.ValidationError({"id_number": [self.error_messages["one_of_two"]]})
        return attrs


class FindSerializer(Body):
    id_number = TextField(max_length=18, help_text="The whole 18-digit number. It travels in the body, never in a URL.")


class FoundSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    name = serializers.CharField()
    id_number_masked = serializers.CharField()


def no_id_number(text: str) -> None:
    """Addresses are logged, so no id number may stand in one."""
    if identity.looks_like_id_number(text):
        raise DjangoValidationError(_("An id number must not stand in an address. Send it to residents/find."))


class ResidentFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(
        method="matching", max_length=80, validators=[no_id_number], help_text="Resident number, or part of the name."
    )
    lives_in = django_filters.CharFilter(method="living_in", max_length=6, help_text="District code, as of today.")

    def matching(self, people: ResidentQuerySet, name: str, text: str) -> ResidentQuerySet:
        return people.matching(text)

    def living_in(self, people: ResidentQuerySet, name: str, code: str) -> ResidentQuerySet:
        return people.living_in([code], day=Stamp.today(None).as_of)


class ResidentViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Resident]):
    """The residents whom the person asking may see."""

    acts = {
        "list": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
        "retrieve": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
        "create": {Act.REGISTER_RESIDENT},
        "find": {Act.RECORD_MOVE},
        "residences": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
    }
    serializer_class = ResidentSerializer
    queryset = Resident.objects.none()
    pagination_class = Stream
    filterset_class = ResidentFilter
    lookup_field = "number"
    lookup_value_regex = RESIDENT_NUMBER

    def get_queryset(self) -> ResidentQuerySet:
        people = Resident.objects.visible_to(self.user)
        return selectors.with_present_district(people, day=self.stamp().as_of)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return {"retrieve": ResidentInFullSerializer, "create": RegisterSerializer, "find": FindSerializer}.get(
            self.action, ResidentSerializer
        )

    @operation("list_residents", summary="List or search residents")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @operation("get_resident", summary="Look at a resident")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().retrieve(request, *args, **kwargs)

    @operation(
        "register_resident",
        summary="Register a resident",
        responses={201: ResidentInFullSerializer},
        refusals=(InvalidIdNumber, AlreadyRegistered, BornLater),
    )
    def create(self, request: Request) -> Response:
        """Register somebody who lives in one of your districts."""
        person = register(stamp=self.stamp(), **self.read_body())
        shown = self.get_queryset().get(pk=person.pk)
        return Response(ResidentInFullSerializer(shown).data, status=status.HTTP_201_CREATED)

    @operation(
        "find_resident",
        summary="Find a resident by id number",
        responses={200: FoundSerializer},
        refusals=(NobodyKnown,),
    )
    @action(detail=False, methods=["post"])
    def find(self, request: Request) -> Response:
        """Find somebody by the whole id number, wherever the person lives."""
        person = selectors.find_exactly(self.read_body()["id_number"])
        if person is None:
            raise NobodyKnown
        return Response(FoundSerializer(person).data)

    @operation(
        "list_residences",
        summary="List where a resident lived, as known on a day",
        parameters=(KnownOnQuery,),
        responses={200: BeliefSerializer(many=True)},
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def residences(self, request: Request, number: str) -> Response:
        """What was believed at the end of that day, earliest first, whatever was found out later."""
        asked = KnownOnQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        known_on = asked.validated_data.get("known_on", self.stamp().as_of)
        spells = self.get_object().residences.known_on(known_on).order_by("start")
        return Response(BeliefSerializer(spells, many=True).data)
