"""Visitor filings: listed, made, ended."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import Body, DayField, NamedField, TextField
from accounts.api.paging import Stream
from accounts.api.schema import operation
from accounts.models import Resident, User
from accounts.permissions import Act
from accounts.stamps import Stamp
from vouchers.models import Visitor, VisitorFiling
from vouchers.models.visits import FilingQuerySet
from vouchers.services.filing import (
    FilingOverlaps,
    HomeDistrict,
    NoSuchFiling,
    TemporaryTooShort,
    end_filing,
    file_visit,
)
from vouchers.services.moving import NotAMember

CLASSES = [(visitor, visitor) for visitor in Visitor.values]


def _kept(number: str, user: User) -> Resident | None:
    return Resident.objects.kept_by(user, day=Stamp.today(user).as_of).filter(number=number).first()


class FilingSerializer(serializers.Serializer[Any]):
    """Somebody may use vouchers in another district ``[start, end)``, at every provider there."""

    resident = serializers.CharField(source="resident.number")
    district = serializers.CharField(source="district_id")
    visitor = serializers.ChoiceField(choices=CLASSES, help_text="What share of a bill is paid depends on it.")
    start = serializers.DateField()
    end = serializers.DateField(
        allow_null=True, help_text="The first day on which it no longer holds; null until it is ended."
    )
    booked_on = serializers.DateField(help_text="The day it was recorded.")


class FileSerializer(Body):
    """A long-term filing has no ``until``; any other has one, six months after ``start`` or later."""

    default_error_messages = {"until": _("Give it for a temporary filing, and for no other.")}

    resident = NamedField(find=_kept, max_length=20, help_text="Resident number: yours, a ward's, or of your district.")
    district = TextField(max_length=6, help_text="District code.")
    visitor = serializers.ChoiceField(choices=CLASSES)
    start = DayField()
    until = DayField(required=False, help_text="The first day on which a temporary filing no longer holds.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("until" in attrs) == (attrs["visitor"] == Visitor.LONG_TERM):
            raise serializers.ValidationError({"until": [self.error_messages["until"]]})
        return attrs


class EndSerializer(Body):
    """The filing of a resident for a district, named by a day on which it holds: from then on it does not."""

    resident = NamedField(find=_kept, max_length=20)
    district = TextField(max_length=6, help_text="District code.")
    day = DayField()


class FilingFilter(django_filters.FilterSet):
    resident = django_filters.CharFilter(field_name="resident__number", max_length=20)
    district = django_filters.CharFilter(max_length=6, help_text="District code.")


@extend_schema_view(list=extend_schema(operation_id="list_filings", summary="List visitor filings"))
class FilingViewSet(ListModelMixin, ApiViewSet[VisitorFiling]):
    """Filings of the residents whom the person asking may see, ended ones included."""

    acts = {
        "list": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
        "create": {Act.FILE_VISIT, Act.SEE_WALLET},
        "end": {Act.FILE_VISIT, Act.SEE_WALLET},
    }
    queryset = VisitorFiling.objects.none()
    pagination_class = Stream
    filterset_class = FilingFilter

    def get_queryset(self) -> FilingQuerySet:
        return VisitorFiling.objects.visible_to(self.user).select_related("resident", "ending")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return {"create": FileSerializer, "end": EndSerializer}.get(self.action, FilingSerializer)

    @operation(
        "file_visit",
        summary="File a visit",
        responses={201: FilingSerializer},
        refusals=(NotAMember, HomeDistrict, TemporaryTooShort, FilingOverlaps),
    )
    def create(self, request: Request) -> Response:
        """It holds at once, for the district and every provider in it, as often as needed."""
        filing = file_visit(stamp=self.stamp(), **self.read_body())
        return Response(FilingSerializer(filing).data, status=status.HTTP_201_CREATED)

    @operation("end_filing", summary="End a filing", responses={200: FilingSerializer}, refusals=(NoSuchFiling,))
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def end(self, request: Request) -> Response:
        """Both rows stay; what was used under it stays paid."""
        ending = end_filing(stamp=self.stamp(), **self.read_body())
        return Response(FilingSerializer(ending.filing).data)
