"""Prefunds, limits of net debit, and interest on late payments."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import AmountField, Body, DayField, NamedField, TextField, WholeField
from accounts.api.schema import operation
from accounts.models import Authority, User
from accounts.permissions import Act
from accounts.stamps import FIRST_DAY, LAST_DAY
from ledger import selectors
from ledger.api.jobs import JobSerializer
from ledger.models import LateInterestRate, NetDebitCap, PaymentBatch
from ledger.prefunds import Level
from ledger.services import parameters, prefunding

YEAR = OpenApiParameter("year", str, OpenApiParameter.PATH, description="As 2026.")
#: A hundred percent.
MOST_PPM = 1_000_000
LEVELS = [(level.value, level.value) for level in Level]


class PrefundSerializer(serializers.Serializer[Any]):
    authority = serializers.CharField(source="authority.pk")
    spent_fen = serializers.IntegerField(help_text="What it owed others in the netted months of the year before.")
    target_fen = serializers.IntegerField(help_text="Six months of that.")
    held_fen = serializers.IntegerField(help_text="What the hub holds for it now.")
    missing_fen = serializers.IntegerField(help_text="What it has to pay in; below zero what it gets back.")
    used_fen = serializers.IntegerField(help_text="What it owes on net now and has not paid.")
    used_percent = serializers.IntegerField(allow_null=True, help_text="Null while nothing is held.")
    level = serializers.ChoiceField(choices=LEVELS, help_text="Yellow from 70 percent on, red from 90.")


class PrefundViewSet(ApiViewSet[PaymentBatch]):
    """What authorities pay the hub in advance, by year."""

    acts = {"retrieve": {Act.SEE_BOOKS}, "true_up": {Act.RUN_PAYMENTS}}
    queryset = PaymentBatch.objects.none()
    filter_backends = ()
    pagination_class = None
    serializer_class = PrefundSerializer
    lookup_url_kwarg = "year"
    lookup_value_regex = "[0-9]{4}"

    @operation(
        "get_prefunds",
        summary="Prefunds by the target of a year",
        parameters=(YEAR,),
        responses={200: PrefundSerializer(many=True)},
    )
    def retrieve(self, request: Request, year: str) -> Response:
        """As they stand now, by what was spent in the year before. A district sees its own."""
        found = selectors.prefunds_seen_by(self.user, year=_year(year))
        return Response(PrefundSerializer(found, many=True).data)

    @operation(
        "propose_true_up",
        summary="Propose to set the prefunds of a year",
        parameters=(YEAR,),
        request=None,
        responses={202: JobSerializer},
        refusals=(prefunding.YearNotOver, prefunding.AlreadyTruedUp, prefunding.PrefundsUnpaid),
    )
    @action(detail=True, methods=["post"], url_path="true-up")
    def true_up(self, request: Request, year: str) -> Response:
        """Answers with the job. Another person has to approve it; proposing twice makes one job."""
        job = prefunding.propose_true_up(year=_year(year), stamp=self.stamp())
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


def _year(text: str) -> int:
    if not FIRST_DAY.year < int(text) <= LAST_DAY.year:
        raise Http404
    return int(text)


class CapSerializer(serializers.Serializer[Any]):
    authority = serializers.CharField(source="authority_id")
    limit_fen = serializers.IntegerField(source="fen", allow_null=True, help_text="Null where it was lifted.")
    valid_from = serializers.DateField()
    recorded_by = serializers.CharField(source="recorded_by.username", default=None, allow_null=True)
    recorded_at = serializers.DateTimeField()


def authority_named(code: str, user: User) -> Authority | None:
    return selectors.authorities_seen_by(user).filter(pk=code).first()


class NewCapSerializer(Body):
    """The latest limit of an authority counts, for months netted from its day on."""

    authority = NamedField(find=authority_named)
    limit_fen = AmountField(min_value=0, allow_null=True, help_text="Null lifts the limit.")
    valid_from = DayField()


@extend_schema_view(list=extend_schema(operation_id="list_net_debit_caps", summary="List limits of net debit"))
class CapViewSet(ListModelMixin, ApiViewSet[NetDebitCap]):
    """The most an authority may have to pay for one month once all is netted."""

    acts = {"list": {Act.SEE_BOOKS}, "create": {Act.RUN_PAYMENTS}}
    serializer_class = CapSerializer
    queryset = NetDebitCap.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[NetDebitCap]:
        return selectors.caps_seen_by(self.user)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return NewCapSerializer if self.action == "create" else super().get_serializer_class()

    @operation("set_net_debit_cap", summary="Set or lift a limit", responses={201: CapSerializer})
    def create(self, request: Request) -> Response:
        """Recorded in the name of whoever calls."""
        body = self.read_body()
        cap = parameters.set_cap(
            authority=body["authority"].pk, fen=body["limit_fen"], valid_from=body["valid_from"], stamp=self.stamp()
        )
        return Response(CapSerializer(cap).data, status=status.HTTP_201_CREATED)


class RateSerializer(serializers.Serializer[Any]):
    valid_from = serializers.DateField()
    rate_ppm = serializers.IntegerField(help_text="In parts per million a year of 365 days.")
    rule = serializers.CharField(source="source", help_text="What sets it.")
    recorded_by = serializers.CharField(source="recorded_by.username", default=None, allow_null=True)
    recorded_at = serializers.DateTimeField()


class NewRateSerializer(Body):
    """Counts from its day on, until the next rate's day."""

    rate_ppm = WholeField(min_value=0, max_value=MOST_PPM, help_text="In parts per million a year: 36500 is 3.65 %.")
    valid_from = DayField()
    rule = TextField(max_length=200, help_text="Name and number of the rule that sets it.")


@extend_schema_view(
    list=extend_schema(operation_id="list_late_interest_rates", summary="List rates of interest on late payments")
)
class RateViewSet(ListModelMixin, ApiViewSet[LateInterestRate]):
    """What paying a month late costs."""

    acts = {"list": {Act.SEE_BOOKS}, "create": {Act.RUN_PAYMENTS}}
    serializer_class = RateSerializer
    queryset = LateInterestRate.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[LateInterestRate]:
        return selectors.recorded_rates()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return NewRateSerializer if self.action == "create" else super().get_serializer_class()

    @operation("set_late_interest_rate", summary="Set a rate", responses={201: RateSerializer})
    def create(self, request: Request) -> Response:
        """Recorded in the name of whoever calls."""
        body = self.read_body()
        rate = parameters.set_late_interest_rate(
            rate_ppm=body["rate_ppm"], valid_from=body["valid_from"], source=body["rule"], stamp=self.stamp()
        )
        return Response(RateSerializer(rate).data, status=status.HTTP_201_CREATED)
