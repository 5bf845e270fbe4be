"""Vouchers: listed, looked at, issued; and the rows that money left behind."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import AmountField, Body, DayField, NamedField
from accounts.api.paging import Stream
from accounts.api.schema import operation
from accounts.models import Resident, User
from accounts.permissions import Act
from accounts.stamps import Stamp
from ledger.api.transfers import TransferSerializer
from ledger.models import Transfer
from vouchers import selectors
from vouchers.api.knowing import KnownQuery, KnownVoucherSerializer
from vouchers.api.shapes import STATUSES, VoucherSerializer
from vouchers.api.tracing import TraceSerializer
from vouchers.models import Voucher
from vouchers.models.vouchers import ACTIVE, VoucherQuerySet
from vouchers.services.issuing import AlreadyIssued, Offer
from vouchers.services.knowing import NotKnownYet, voucher_known
from vouchers.services.offering import BirthdayUnknown, NotOfAge, ProgrammeOver, issue_to_eligible
from vouchers.services.tracing import trace

VOUCHER_NUMBER = "[0-9A-Z]{1,20}"


def person_to_issue_to(number: str, user: User) -> Resident | None:
    people = Resident.objects.administered_by(user, day=Stamp.today(user).as_of)
    return people.filter(number=number).first()


class IssueSerializer(Body):
    """What to issue to whom; amount and window are the programme's own where they are left out."""

    default_error_messages = {"empty": _("It has to be later than the first day.")}

    resident = NamedField(find=person_to_issue_to, help_text="Number of a resident of a district you act for.")
    programme = NamedField(find=lambda code, _user: selectors.all_programmes().filter(code=code).first())
    amount_fen = AmountField(required=False)
    valid_from = DayField(required=False)
    valid_until = DayField(required=False, help_text="The first day on which it no longer holds.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        offer = Offer.of(
            attrs["programme"],
            fen=attrs.get("amount_fen"),
            valid_from=attrs.get("valid_from"),
            valid_until=attrs.get("valid_until"),
        )
        if offer.valid_until <= offer.valid_from:
            raise serializers.ValidationError({"valid_until": [self.error_messages["empty"]]})
        return {"resident": attrs["resident"], "offer": offer}


class VoucherFilter(django_filters.FilterSet):
    programme = django_filters.CharFilter(field_name="programme__code", max_length=40)
    resident = django_filters.CharFilter(field_name="resident__number", max_length=20)
    payer = django_filters.CharFilter(field_name="holder__authority", max_length=6, help_text="Authority code.")
    status = django_filters.ChoiceFilter(method="with_status", choices=STATUSES)
    valid_on = django_filters.DateFilter(method="valid_on_day", help_text="A day within its window.")

    def with_status(self, rows: VoucherQuerySet, name: str, wanted: str) -> VoucherQuerySet:
        return rows.active() if wanted == ACTIVE else rows.filter(ending__reason=wanted)

    def valid_on_day(self, rows: VoucherQuerySet, name: str, day: date) -> VoucherQuerySet:
        return rows.filter(valid_from__lte=day, valid_until__gt=day)


class VoucherViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Voucher]):
    """The vouchers the person asking may see. A clerk can look at one that is shown, and list none."""

    acts = {
        "list": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
        "retrieve": {Act.SEE_RESIDENTS, Act.SEE_WALLET, Act.REDEEM},
        "create": {Act.ISSUE_VOUCHER},
        "transfers": {Act.SEE_BOOKS},
        "trace": {Act.SEE_RESIDENTS},
        "known": {Act.SEE_RESIDENTS, Act.SEE_WALLET},
    }
    serializer_class = VoucherSerializer
    queryset = Voucher.objects.none()
    pagination_class = Stream
    filterset_class = VoucherFilter
    lookup_field = "number"
    lookup_value_regex = VOUCHER_NUMBER

    def get_queryset(self) -> VoucherQuerySet:
        return Voucher.objects.visible_to(self.user).select_related("resident", "programme", "holder", "ending")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return IssueSerializer if self.action == "create" else VoucherSerializer

    @operation("list_vouchers", summary="List vouchers")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @operation("get_voucher", summary="Look at a voucher")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().retrieve(request, *args, **kwargs)

    @operation(
        "issue_voucher",
        summary="Issue a voucher",
        responses={201: VoucherSerializer},
        refusals=(AlreadyIssued, ProgrammeOver, NotOfAge, BirthdayUnknown),
    )
    def create(self, request: Request) -> Response:
        """Issue one to somebody the programme is for. Sent twice, the second is refused: `already_issued`."""
        voucher = issue_to_eligible(stamp=self.stamp(), **self.read_body())
        return Response(VoucherSerializer(voucher).data, status=status.HTTP_201_CREATED)

    @operation(
        "list_voucher_transfers", summary="List a voucher's transfers", responses={200: TransferSerializer(many=True)}
    )
    @action(detail=True, filterset_class=None)
    def transfers(self, request: Request, number: str) -> Response:
        """Every row of the ledger about this voucher that touches a book you may open, newest first."""
        rows = Transfer.objects.visible_to(self.user).filter(subject=self.get_object().pk)
        page = self.paginate_queryset(cast("QuerySet[Any]", rows.select_related("debit", "credit", "reverses")))
        return self.get_paginated_response(TransferSerializer(page, many=True).data)

    @operation("trace_voucher", summary="Trace a voucher", responses={200: TraceSerializer})
    @action(detail=True, filterset_class=None, pagination_class=None)
    def trace(self, request: Request, number: str) -> Response:
        """Every row, what was known when it was booked, each plan term by term, and the settlements it went into."""
        found = trace(voucher=self.get_object(), user=self.user, as_of=self.stamp().as_of)
        return Response(TraceSerializer(found).data)

    @operation(
        "get_known_voucher",
        summary="Look at a voucher as of one day, as known on another",
        parameters=(KnownQuery,),
        responses={200: KnownVoucherSerializer},
        refusals=(NotKnownYet,),
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def known(self, request: Request, number: str) -> Response:
        """By the facts of the day `as_of`, as they had been booked by the end of the day `known_on`."""
        times = KnownQuery(data=request.query_params).times(today=self.stamp().as_of)
        return Response(KnownVoucherSerializer(voucher_known(voucher=self.get_object(), times=times)).data)
