"""Social insurance: accounts, contributions and transfers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import MOST_FEN, Body, DayField, NamedField, TextField
from accounts.api.paging import Stream
from accounts.api.schema import operation
from accounts.models import District
from accounts.permissions import Act
from accounts.selectors import all_districts
from accounts.stamps import FIRST_DAY, LAST_DAY
from ledger.months import parse_month
from vouchers.insured import Place
from vouchers.models import ContributionAccount, InsuranceCase, Scheme
from vouchers.models.insurance import (
    ContributionAccountQuerySet,
    InsuranceCaseQuerySet,
    Share,
    Step,
)
from vouchers.services.insurance import contributing, transferring
from vouchers.services.insurance.facts import facts_of
from vouchers.services.insurance.joining import BirthdayUnknown

ACCOUNT_NUMBER = "SI[0-9A-Z]{10}"
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


@extend_schema_field({"type": "string", "pattern": MONTH})
class InsuredMonthField(TextField):
    """A month as 2026-10."""

    def to_internal_value(self, data: Any) -> date:  # type: ignore[override]
        try:
            month = parse_month(super().to_internal_value(data))
        except ValueError:
            self.fail("invalid")
        if not FIRST_DAY <= month <= LAST_DAY:
            self.fail("invalid")
        return month


class WageField(serializers.IntegerField):
    """A wage base in whole fen, as a JSON number; 0 where nothing was earned."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MOST_FEN, **options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class AccountSerializer(serializers.Serializer[Any]):
    """One person's insurance with one place."""

    number = serializers.CharField()
    resident = serializers.CharField(source="resident.number")
    scheme = serializers.ChoiceField(choices=[(code, code) for code in Scheme.values])
    kind = serializers.CharField(help_text="relationship, or temporary while the relationship stays elsewhere.")
    district = serializers.CharField(source="district_id")
    pool = serializers.CharField(source="pool_id")
    opened_on = serializers.DateField()
    passed_on = serializers.DateField(allow_null=True, help_text="The day it left for the next place.")


class HoldingSerializer(serializers.Serializer[Any]):
    """An account and what it holds, in fen."""

    account = AccountSerializer()

    individual_fen = serializers.IntegerField(source="holding.individual_fen")
    pooled_fen = serializers.IntegerField(source="holding.in_pool_fen", help_text="What its pool holds from it.")
    interest_fen = serializers.IntegerField(source="holding.interest_fen")


class ContributionSerializer(serializers.Serializer[Any]):
    account = serializers.CharField(source="account.number")
    month = serializers.DateField(format="%Y-%m")
    wage_fen = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="0, and one more for each correction.")
    key = serializers.CharField()


class ContributeSerializer(Body):
    """The wage base of a month; ``key`` is the sender's own, the same on every retry."""

    month = InsuredMonthField()
    wage_fen = WageField()
    key = TextField(max_length=100)


class StepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=[(code, code) for code in Step.values])
    day = serializers.DateField()
    due_on = serializers.DateField(allow_null=True, help_text="Until when the next step has to follow.")
    reason = serializers.CharField()


class CaseSerializer(serializers.Serializer[Any]):
    """An account on its way to another place."""

    id = serializers.IntegerField()
    account = serializers.CharField(source="origin.number")
    resident = serializers.CharField(source="origin.resident.number")
    to = serializers.CharField(source="to_id")
    share = serializers.ChoiceField(choices=[(code, code) for code in Share.values])
    steps = StepSerializer(many=True, source="steps.all")


class ApplySerializer(Body):
    """An account is to go to a district; inside one pool that is done at once."""

    account = NamedField(
        find=lambda number, user: ContributionAccount.objects.visible_to(user).filter(number=number).first(),
        max_length=20,
    )
    to = NamedField(find=lambda code, _user: _district(code), max_length=6, help_text="District code.")
    day = DayField()


class TakeStepSerializer(Body):
    day = DayField()


class RejectSerializer(TakeStepSerializer):
    reason = TextField(max_length=200)


class AccountFilter(django_filters.FilterSet):
    resident = django_filters.CharFilter(field_name="resident__number", max_length=20)
    pool = django_filters.CharFilter(max_length=6, help_text="Authority code.")


@extend_schema_view(list=extend_schema(operation_id="list_contribution_accounts", summary="List contribution accounts"))
class ContributionAccountViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[ContributionAccount]):
    """Contribution accounts: everything for the city and its auditors, the own ones for a resident."""

    acts = {
        "list": {Act.SEE_INSURANCE, Act.SEE_WALLET},
        "retrieve": {Act.SEE_INSURANCE, Act.SEE_WALLET},
        "contributions": {Act.RUN_INSURANCE},
        "corrections": {Act.RUN_INSURANCE},
    }
    queryset = ContributionAccount.objects.none()
    pagination_class = Stream
    filterset_class = AccountFilter
    lookup_field = "number"
    lookup_value_regex = ACCOUNT_NUMBER

    def get_queryset(self) -> ContributionAccountQuerySet:
        return ContributionAccount.objects.visible_to(self.user).select_related("resident", "passage")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ContributeSerializer if self.action in ("contributions", "corrections") else AccountSerializer

    @operation(
        "get_contribution_account",
        summary="Look at a contribution account",
        responses={200: HoldingSerializer},
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        account = self.get_object()
        holding = facts_of([account.resident_id]).holdings()[account.pk]
        return Response(HoldingSerializer(Place(account=account, holding=holding)).data)

    @operation(
        "record_contribution",
        summary="Record a month's wage base",
        responses={201: ContributionSerializer},
        refusals=(
            contributing.ContributionKeyReused,
            contributing.BeforeTheScheme,
            contributing.MonthAhead,
            contributing.BeforeOpening,
            contributing.AccountPassedOn,
            contributing.MonthTaken,
        ),
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def contributions(self, request: Request, number: str) -> Response:
        """Both parts are booked. The same call again books nothing and is answered with the same contribution."""
        return self._record(contributing.contribute)

    @operation(
        "correct_contribution",
        summary="Correct a month's wage base",
        responses={201: ContributionSerializer},
        refusals=(contributing.ContributionKeyReused, contributing.NoContribution),
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def corrections(self, request: Request, number: str) -> Response:
        """Only the difference is booked, and it follows the person through every transfer since."""
        return self._record(contributing.correct_contribution)

    def _record(self, deed: Callable[..., Any]) -> Response:
        row = deed(account=self.get_object(), stamp=self.stamp(), **self.read_body())
        return Response(ContributionSerializer(row).data, status=status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(operation_id="list_insurance_transfers", summary="List insurance transfers"),
    retrieve=extend_schema(operation_id="get_insurance_transfer", summary="Look at an insurance transfer"),
)
class InsuranceTransferViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[InsuranceCase]):
    """Accounts on their way: applied for, agreed, sent, received, each within 15 working days; or rejected."""

    acts = {
        "list": {Act.SEE_INSURANCE, Act.SEE_WALLET},
        "retrieve": {Act.SEE_INSURANCE, Act.SEE_WALLET},
        **{verb: {Act.RUN_INSURANCE} for verb in ("create", "agree", "send", "receive", "reject")},
    }
    queryset = InsuranceCase.objects.none()
    pagination_class = Stream
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> InsuranceCaseQuerySet:
        rows = InsuranceCase.objects.visible_to(self.user).select_related("origin__resident")
        return rows.prefetch_related("steps")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        taken = dict.fromkeys(("agree", "send", "receive"), TakeStepSerializer)
        bodies = {"create": ApplySerializer, "reject": RejectSerializer, **taken}
        return bodies.get(self.action, CaseSerializer)

    @operation(
        "apply_for_insurance_transfer",
        summary="Apply for an insurance transfer",
        responses={201: CaseSerializer},
        refusals=(
            contributing.AccountPassedOn,
            transferring.TransferOpen,
            transferring.SamePlace,
            transferring.TemporaryAccount,
            transferring.RelationshipStays,
            BirthdayUnknown,
            contributing.BeforeOpening,
            transferring.StepAhead,
        ),
    )
    def create(self, request: Request) -> Response:
        """The rule for the pooled part that holds on the day is kept for the whole case."""
        case = transferring.apply_for_transfer(stamp=self.stamp(), **self.read_body())
        return Response(CaseSerializer(case).data, status=status.HTTP_201_CREATED)

    @operation(
        "agree_to_insurance_transfer",
        summary="Record that the new place agrees",
        responses={200: CaseSerializer},
        refusals=(transferring.StepNotPossible, transferring.StepOutOfOrder, transferring.StepAhead),
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def agree(self, request: Request, pk: str) -> Response:
        """The old place then has 15 working days to send."""
        return self._take(transferring.agree)

    @operation(
        "send_insurance",
        summary="Record that the old place has sent the account",
        responses={200: CaseSerializer},
        refusals=(transferring.StepNotPossible, transferring.StepOutOfOrder, transferring.StepAhead),
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def send(self, request: Request, pk: str) -> Response:
        """From now on the old pool owes the new one what goes along."""
        return self._take(transferring.send)

    @operation(
        "receive_insurance",
        summary="Record that the new place has received the account",
        responses={200: CaseSerializer},
        refusals=(transferring.StepNotPossible, transferring.StepOutOfOrder, transferring.StepAhead),
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def receive(self, request: Request, pk: str) -> Response:
        """The case is finished."""
        return self._take(transferring.receive)

    @operation(
        "reject_insurance_transfer",
        summary="Reject an insurance transfer",
        responses={200: CaseSerializer},
        refusals=(transferring.StepNotPossible, transferring.StepOutOfOrder, transferring.StepAhead),
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def reject(self, request: Request, pk: str) -> Response:
        """Before anything was sent; the account stays where it is."""
        return self._take(transferring.reject)

    def _take(self, deed: Callable[..., Any]) -> Response:
        deed(case=self.get_object(), stamp=self.stamp(), **self.read_body())
        return Response(CaseSerializer(self.get_object()).data)


def _district(code: str) -> District | None:
    return all_districts().filter(pk=code).first()
