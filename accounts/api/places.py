"""Districts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts import selectors
from accounts.api.base import EVERYBODY, ApiViewSet
from accounts.models import District


class DistrictSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="GB/T 2260 code.")
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    pool = serializers.CharField(source="pool_id", help_text="Authority that funds pooled programmes.")
    merged_into = serializers.CharField(
        source="merger.successor_id",
        default=None,
        allow_null=True,
        help_text="Code of the district that it is part of; null while it goes on.",
    )
    merged_on = serializers.DateField(
        source="merger.day", default=None, allow_null=True, help_text="The first day on which it is part of it."
    )
    census_residents = serializers.IntegerField(help_text="Residents at the last census, persons.")


@extend_schema_view(
    list=extend_schema(operation_id="list_districts", summary="List districts"),
    retrieve=extend_schema(operation_id="get_district", summary="Look at a district"),
)
class DistrictViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[District]):
    """The districts that take part."""

    acts = {"list": EVERYBODY, "retrieve": EVERYBODY}
    serializer_class = DistrictSerializer
    queryset = selectors.all_districts()
    lookup_field = "pk"
    lookup_url_kwarg = "code"
    lookup_value_regex = "[0-9]{6}"
