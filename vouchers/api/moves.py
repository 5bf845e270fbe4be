"""Moves: listed, recorded, annulled."""

from __future__ import annotations

from typing import Any

import django_filters
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
from accounts.models import Resident
from accounts.permissions import Act
from vouchers.models import Move
from vouchers.models.moves import MoveQuerySet
from vouchers.services.moving import MoveOverlaps, NotAMember, NotTheLastMove, SameDistrict
from vouchers.services.reporting import NotYourMove, report_move, take_back_move


class MoveSerializer(serializers.Serializer[Any]):
    resident = serializers.CharField(source="resident.number")
    origin = serializers.CharField(source="origin_id")
    destination = serializers.CharField(source="destination_id")
    effective_on = serializers.DateField(help_text="The first day of living there.")
    booked_on = serializers.DateField(help_text="The day it was recorded.")
    annulled_on = serializers.DateField(
        source="over.booked_on", default=None, allow_null=True, help_text="The day the annulment was recorded."
    )


class ReportSerializer(Body):
    """Somebody lives in the district ``to`` from ``effective_on`` on, which may be past or still to come."""

    resident = NamedField(
        find=lambda number, _user: selectors.find_exactly(number),
        max_length=20,
        help_text="Resident number, wherever the person lives.",
    )
    to = TextField(max_length=6, help_text="District code.")
    effective_on = DayField()


class AnnulSerializer(Body):
    """The last move of a resident, named by its effective day."""

    resident = NamedField(
        find=lambda number, user: Resident.objects.visible_to(user).filter(number=number).first(), max_length=20
    )
    effective_on = DayField()


class MoveFilter(django_filters.FilterSet):
    resident = django_filters.CharFilter(field_name="resident__number", max_length=20)
    origin = django_filters.CharFilter(max_length=6, help_text="District code.")
    destination = django_filters.CharFilter(max_length=6, help_text="District code.")
    effective_from = django_filters.DateFilter(field_name="effective_on", lookup_expr="gte")
    effective_before = django_filters.DateFilter(field_name="effective_on", lookup_expr="lt")


@extend_schema_view(list=extend_schema(operation_id="list_moves", summary="List moves"))
class MoveViewSet(ListModelMixin, ApiViewSet[Move]):
    """Moves of the residents whom the person asking may see, annulled ones included."""

    acts = {
        "list": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
        "create": {Act.RECORD_MOVE},
        "annul": {Act.RECORD_MOVE},
    }
    queryset = Move.objects.none()
    pagination_class = Stream
    filterset_class = MoveFilter

    def get_queryset(self) -> MoveQuerySet:
        return Move.objects.visible_to(self.user).select_related("resident").with_steps()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return {"create": ReportSerializer, "annul": AnnulSerializer}.get(self.action, MoveSerializer)

    @operation(
        "record_move",
        summary="Record a move",
        responses={201: MoveSerializer},
        refusals=(NotYourMove, NotAMember, SameDistrict, MoveOverlaps),
    )
    def create(self, request: Request) -> Response:
        """From the effective day on, the new district pays. What may still be spent never changes."""
        row = report_move(stamp=self.stamp(), **self.read_body())
        return Response(MoveSerializer(row).data, status=status.HTTP_201_CREATED)

    @operation(
        "annul_move",
        summary="Annul the last move",
        responses={200: MoveSerializer},
        refusals=(NotYourMove, NotTheLastMove),
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def annul(self, request: Request) -> Response:
        """It never happened; both rows stay, and the vouchers are planned again."""
        row = take_back_move(stamp=self.stamp(), **self.read_body())
        return Response(MoveSerializer(row).data)
