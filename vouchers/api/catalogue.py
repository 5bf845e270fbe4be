"""Programmes and providers, to be read by everybody who is signed in."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.api.base import EVERYBODY, ApiViewSet
from vouchers import selectors
from vouchers.models import CostRule, Funding, Programme, Provider, ProviderKind, Sector, Visits

CODE = r"[\w-]{1,40}"


def codes(choices: type[Sector | CostRule | Funding | ProviderKind | Visits]) -> list[tuple[str, str]]:
    """Return choices without their translated labels: the API speaks in codes."""
    return [(choice, choice) for choice in choices.values]


class ProgrammeSerializer(serializers.Serializer[Any]):
    """A benefit: what it buys, for whom, how much, how long, who funds it, who bears what after a move."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    buys_zh = serializers.CharField()
    buys_en = serializers.CharField()
    sector = serializers.ChoiceField(choices=codes(Sector))
    amount_fen = serializers.IntegerField(source="annual_fen")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(help_text="The first day after its validity.")
    cost_rule = serializers.ChoiceField(choices=codes(CostRule))
    count_days = serializers.DictField(help_text="Head-count days by month, where the programme has its own.")
    funded_by = serializers.ChoiceField(choices=codes(Funding))
    visits = serializers.ChoiceField(choices=codes(Visits), help_text="Whether use elsewhere needs a filing.")
    late_claim_days = serializers.IntegerField()
    min_age = serializers.IntegerField(allow_null=True, help_text="Completed years.")
    max_age = serializers.IntegerField(allow_null=True, help_text="Completed years.")
    amount_source = serializers.CharField(source="source", help_text="Where the amount comes from.")


class ProviderSerializer(serializers.Serializer[Any]):
    """A school, clinic or office, and the programmes it is accredited for."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.ChoiceField(choices=codes(ProviderKind))
    district = serializers.CharField(source="district_id")
    programmes = serializers.SerializerMethodField(help_text="Codes of the programmes it is accredited for.")

    def get_programmes(self, provider: Provider) -> list[str]:
        return [programme.code for programme in provider.programmes.all()]


class ProgrammeFilter(django_filters.FilterSet):
    sector = django_filters.ChoiceFilter(choices=codes(Sector))
    valid_on = django_filters.DateFilter(method="valid_on_day", help_text="A day within its validity.")

    def valid_on_day(self, rows: QuerySet[Programme], name: str, day: Any) -> QuerySet[Programme]:
        return rows.filter(valid_from__lte=day, valid_until__gt=day)


class ProviderFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=codes(ProviderKind))
    district = django_filters.CharFilter(max_length=6, help_text="District code.")
    programme = django_filters.CharFilter(field_name="programmes__code", max_length=40)


@extend_schema_view(
    list=extend_schema(operation_id="list_programmes", summary="List programmes"),
    retrieve=extend_schema(operation_id="get_programme", summary="Look at a programme"),
)
class ProgrammeViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Programme]):
    """What the city offers."""

    acts = {"list": EVERYBODY, "retrieve": EVERYBODY}
    serializer_class = ProgrammeSerializer
    queryset = selectors.all_programmes()
    filterset_class = ProgrammeFilter
    lookup_field = "code"
    lookup_value_regex = CODE


@extend_schema_view(
    list=extend_schema(operation_id="list_providers", summary="List providers"),
    retrieve=extend_schema(operation_id="get_provider", summary="Look at a provider"),
)
class ProviderViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Provider]):
    """Where vouchers can be used. A clerk sees the own provider only."""

    acts = {"list": EVERYBODY, "retrieve": EVERYBODY}
    serializer_class = ProviderSerializer
    queryset = Provider.objects.none()
    filterset_class = ProviderFilter
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self) -> QuerySet[Provider]:
        return Provider.objects.visible_to(self.user).prefetch_related("programmes").order_by("code")
