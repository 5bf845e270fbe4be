"""Payments and the bank: batches with their files, accounts, and statements with what became of each line."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import Body, MonthField, TextField
from accounts.api.schema import operation
from accounts.permissions import Act
from ledger.models import BankStatement, Payment, PaymentBatch
from ledger.selectors import banking
from ledger.services.banking import orders, statements

PAYMENT_KINDS = [(kind.value, kind.value) for kind in PaymentBatch.Kind]
WAYS = [(way.value, way.value) for way in Payment.Way]


class FileField(TextField):
    """A file as it is, byte by byte, in base64."""

    default_error_messages = {"base64": _("This is not base64.")}

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]
        try:
            return b64decode(super().to_internal_value(data), validate=True)
        except (Error, ValueError):
            self.fail("base64")


class PaymentBatchSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    key = serializers.CharField(help_text="What is paid, as settlement:2026-10.")
    kind = serializers.ChoiceField(choices=PAYMENT_KINDS)
    month = MonthField(allow_null=True)
    pays_on = serializers.DateField()
    proposed_by = serializers.CharField(source="proposed_by.username")
    approved_by = serializers.CharField(source="approved_by.username")
    number = serializers.IntegerField(help_text="How many payments it has.")
    amount_fen = serializers.IntegerField(source="fen", help_text="What they come to.")


class PaymentSerializer(serializers.Serializer[Any]):
    end_to_end_id = serializers.CharField(help_text="Comes back in the statements of both sides.")
    way = serializers.ChoiceField(choices=WAYS)
    authority = serializers.CharField(source="authority_id")
    party = serializers.CharField(help_text="The provider, where it is paid.")
    programme = serializers.CharField()
    amount_fen = serializers.IntegerField(source="fen")
    paid_fen = serializers.IntegerField(help_text="What the bank has shown of it, less what went back.")


class PaymentBatchInFullSerializer(PaymentBatchSerializer):
    payments = PaymentSerializer(many=True)


class OrderFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sha256 = serializers.CharField()
    content = serializers.CharField(help_text="The file, ISO 20022 pain.001, in base64.")


class BankStatementSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    account_number = serializers.CharField()
    statement_id = serializers.CharField(help_text="As the bank named it.")
    from_day = serializers.DateField(allow_null=True)
    to_day = serializers.DateField()
    opening_fen = serializers.IntegerField()
    closing_fen = serializers.IntegerField()
    sha256 = serializers.CharField()
    loaded_by = serializers.CharField(source="loaded_by.username")
    loaded_at = serializers.DateTimeField()


class BankEntrySerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    amount_fen = serializers.IntegerField(source="fen", help_text="Received above zero, paid below.")
    booked_on = serializers.DateField(allow_null=True)
    is_reversal = serializers.BooleanField()
    end_to_end_id = serializers.CharField()
    reference = serializers.CharField()
    text = serializers.CharField()
    counterparty = serializers.CharField()
    counterparty_number = serializers.CharField()
    defect = serializers.CharField(help_text="Why the line could not be used; empty for a good one.")
    outcome = serializers.CharField(
        source="match.outcome", default="", help_text="`matched`, or what differs; empty while it waits."
    )


class LoadingSerializer(Body):
    file_name = TextField(max_length=120)
    content = FileField(help_text="The file, ISO 20022 camt.053, in base64.")


@extend_schema_view(list=extend_schema(operation_id="list_payment_batches", summary="List payments ordered together"))
class PaymentBatchViewSet(ListModelMixin, ApiViewSet[PaymentBatch]):
    """What two people ordered to be paid. It counts as paid when a bank statement shows it."""

    acts = {"list": {Act.SEE_BOOKS}, "retrieve": {Act.SEE_BOOKS}, "order": {Act.RUN_PAYMENTS}}
    serializer_class = PaymentBatchSerializer
    queryset = PaymentBatch.objects.none()
    filter_backends = ()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[PaymentBatch]:
        return banking.with_totals(banking.payment_batches_seen_by(self.user))

    @operation(
        "get_payment_batch", summary="Look at a batch of payments", responses={200: PaymentBatchInFullSerializer}
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Each payment with what the bank has shown of it."""
        batch = self.get_object()
        payments = list(banking.payments_seen_by(self.user).filter(batch=batch))
        paid = banking.paid_of(payments)
        for payment in payments:
            payment.paid_fen = paid.get(payment.pk, 0)  # type: ignore[attr-defined]
        answer = PaymentBatchSerializer(batch).data
        return Response({**answer, "payments": PaymentSerializer(payments, many=True).data})

    @operation(
        "write_payment_file",
        summary="Write the file for the bank",
        request=None,
        responses={200: OrderFileSerializer},
        refusals=(orders.NoPayments, orders.NoBankAccount, orders.OrderNotValid),
    )
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: str) -> Response:
        """The same file each time as long as no account changes; who wrote it when is kept with its hash."""
        written = orders.write_order(batch=self.get_object(), stamp=self.stamp())
        answer = {**written._asdict(), "content": b64encode(written.content).decode()}
        return Response(OrderFileSerializer(answer).data)


@extend_schema_view(
    list=extend_schema(operation_id="list_bank_statements", summary="List bank statements, the newest first"),
    retrieve=extend_schema(operation_id="get_bank_statement", summary="Look at a bank statement"),
)
class BankStatementViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[BankStatement]):
    """What banks say. They show everybody's payments, so only the city and its auditors read them."""

    acts = {
        "list": {Act.SEE_BOOKS},
        "retrieve": {Act.SEE_BOOKS},
        "entries": {Act.SEE_BOOKS},
        "create": {Act.RUN_PAYMENTS},
    }
    serializer_class = BankStatementSerializer
    queryset = BankStatement.objects.none()
    filter_backends = ()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[BankStatement]:
        return banking.statements_seen_by(self.user)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return LoadingSerializer if self.action == "create" else super().get_serializer_class()

    @operation(
        "load_bank_statement",
        summary="Load a bank statement",
        responses={201: BankStatementSerializer},
        refusals=(
            *statements.UNREADABLE.values(),
            statements.SeveralStatements,
            statements.UnknownBankAccount,
            statements.StatementLoadedBefore,
        ),
    )
    def create(self, request: Request) -> Response:
        """Checked whole: a file whose sums do not hold is refused, a bad line is kept with its reason.

        The lines are matched by a job. `details.first` of `statement_loaded_before` is the statement loaded first.
        """
        made = statements.load_statement(**self.read_body(), stamp=self.stamp())
        return Response(BankStatementSerializer(made).data, status=status.HTTP_201_CREATED)

    @operation(
        "list_bank_entries",
        summary="List the lines of a bank statement",
        responses={200: BankEntrySerializer(many=True)},
    )
    @action(detail=True)
    def entries(self, request: Request, pk: str) -> Response:
        """In the order of the file, with what became of each."""
        rows: Any = banking.entries_of(self.get_object())
        return self.get_paginated_response(BankEntrySerializer(self.paginate_queryset(rows), many=True).data)
