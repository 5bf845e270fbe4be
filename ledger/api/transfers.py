"""Transfers: the rows of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.api.base import ApiViewSet
from accounts.api.fields import MonthField
from accounts.api.paging import Stream
from accounts.permissions import Act
from ledger.models import Transfer
from ledger.models.transfers import TransferQuerySet
from ledger.months import parse_month


class TransferSerializer(serializers.Serializer[Any]):
    """One event, one row: ``amount_fen`` from the credit to the debit account. Never changed, only reversed."""

    key = serializers.CharField()
    event = serializers.CharField()
    act = serializers.CharField(help_text="The act that caused it, such as `move:17`.")
    debit = serializers.CharField(source="debit.code", help_text="Ledger account, such as `310106/education/cost`.")
    credit = serializers.CharField(source="credit.code")
    amount_fen = serializers.IntegerField(source="fen")
    occurred_on = serializers.DateField(help_text="The day it happened.")
    booked_on = serializers.DateField(help_text="The day it was recorded.")
    period = MonthField(help_text="The month it is in.")
    settles = MonthField(allow_null=True, help_text="For netting and payment: the month it settles.")
    reverses = serializers.CharField(
        source="reverses.key", default=None, allow_null=True, help_text="Key of the row it takes back."
    )


class MonthFormField(forms.CharField):
    """2026-10 as the first day of that month."""

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        try:
            return parse_month(text) if text else None
        except ValueError as error:
            raise forms.ValidationError("YYYY-MM") from error


class MonthFilter(django_filters.CharFilter):
    field_class = MonthFormField


class TransferFilter(django_filters.FilterSet):
    period = MonthFilter(help_text="Month it is in, as 2026-10.")
    settles = MonthFilter(help_text="Month it settles, as 2026-10.")
    event = django_filters.CharFilter(max_length=20)
    act = django_filters.CharFilter(max_length=80)
    account = django_filters.CharFilter(method="with_account", max_length=120, help_text="On either side.")
    programme = django_filters.CharFilter(field_name="debit__programme", max_length=40)
    debtor = django_filters.CharFilter(
        field_name="debit__authority", max_length=6, help_text="Authority of the debit side: it owes the other's."
    )
    creditor = django_filters.CharFilter(field_name="credit__authority", max_length=6)

    def with_account(self, rows: TransferQuerySet, name: str, code: str) -> TransferQuerySet:
        return rows.filter(debit__code=code) | rows.filter(credit__code=code)


@extend_schema_view(
    list=extend_schema(operation_id="list_transfers", summary="List transfers"),
    retrieve=extend_schema(operation_id="get_transfer", summary="Look at a transfer"),
)
class TransferViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Transfer]):
    """The rows that touch the books the person asking may open."""

    acts = {"list": {Act.SEE_BOOKS}, "retrieve": {Act.SEE_BOOKS}}
    serializer_class = TransferSerializer
    queryset = Transfer.objects.none()
    pagination_class = Stream
    filterset_class = TransferFilter
    lookup_field = "key"
    lookup_value_regex = r"[\x21-\x7e]{1,120}"

    def get_queryset(self) -> QuerySet[Transfer]:
        return Transfer.objects.visible_to(self.user).select_related("debit", "credit", "reverses")
