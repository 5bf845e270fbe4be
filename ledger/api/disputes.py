"""Disputes about lines of statements: answered, taken back, decided by two people."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import AmountField, Body, MonthField, TextField
from accounts.api.schema import operation
from accounts.permissions import Act
from ledger.api.jobs import JobSerializer
from ledger.models import Dispute, DisputeStep
from ledger.models.statements import DisputeQuerySet
from ledger.selectors.answers import disputes_seen_by
from ledger.services import disputes
from ledger.statement_forms import LONGEST_NOTE

DISPUTE_STEPS = [(step.value, step.value) for step in DisputeStep.Step]


class DisputeStepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=DISPUTE_STEPS)
    accepted_fen = serializers.IntegerField(allow_null=True, help_text="What the debtor owes after all.")
    note = serializers.CharField()
    by = serializers.CharField(source="by.username")
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)
    at = serializers.DateTimeField()


class DisputeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    month = MonthField(help_text="The month of the statement.")
    debtor = serializers.CharField(source="debtor_id")
    creditor = serializers.CharField(source="creditor_id")
    event = serializers.CharField()
    programme = serializers.CharField()
    belongs_to = MonthField()
    authority = serializers.CharField(source="authority_id", help_text="Who objects.")
    transfer = serializers.CharField(
        source="transfer.key", default=None, allow_null=True, help_text="The one transfer it is about, if it is."
    )
    amount_fen = serializers.IntegerField(source="fen", help_text="What it holds back.")
    due_on = serializers.DateField(help_text="The day by which it is to be decided.")
    is_over = serializers.BooleanField()
    is_mine = serializers.BooleanField(help_text="Whether it waits for you.")


class DisputeInFullSerializer(DisputeSerializer):
    reason = serializers.CharField()
    raised_by = serializers.CharField(source="raised_by.username")
    raised_at = serializers.DateTimeField()
    steps = DisputeStepSerializer(many=True, help_text="What was said since, in order.")


class OwedSerializer(Body):
    accepted_fen = AmountField(min_value=0, help_text="Owed after all: from 0 to what is held back.")
    note = TextField(max_length=LONGEST_NOTE)


class NoteSerializer(Body):
    note = TextField(max_length=LONGEST_NOTE)


class DisputeFilter(django_filters.FilterSet):
    is_over = django_filters.BooleanFilter(label="Whether it has ended.")
    is_mine = django_filters.BooleanFilter(label="Whether it waits for you.")


@extend_schema_view(
    list=extend_schema(operation_id="list_disputes", summary="List disputes, those that wait for you first"),
    retrieve=extend_schema(
        operation_id="get_dispute", summary="Look at a dispute", responses={200: DisputeInFullSerializer}
    ),
)
class DisputeViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Dispute]):
    """Objections to lines: what they hold back waits outside the netting until they are decided."""

    acts = {
        "list": {Act.SEE_BOOKS},
        "retrieve": {Act.SEE_BOOKS},
        "answer": {Act.ANSWER_STATEMENTS},
        "withdraw": {Act.ANSWER_STATEMENTS},
        "decide": {Act.DECIDE_DISPUTES},
    }
    serializer_class = DisputeSerializer
    queryset = Dispute.objects.none()
    filterset_class = DisputeFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> DisputeQuerySet | QuerySet[Dispute]:
        return disputes_seen_by(self.user)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What it is about, why, and what was said since."""
        return self._answer()

    @operation(
        "answer_dispute",
        summary="Answer an objection",
        responses={200: DisputeInFullSerializer},
        refusals=(disputes.DisputeEnded, disputes.NotYourTurn, disputes.AmountOutside),
    )
    @action(detail=True, methods=["post"], serializer_class=OwedSerializer)
    def answer(self, request: Request, pk: str) -> Response:
        """As the other of the two: what the debtor owes in its view. It books nothing."""
        found, body = self.get_object(), self.read_body()
        disputes.offer(dispute=found, authority=self._side(found.other.pk, found), stamp=self.stamp(), **body)
        return self._answer()

    @operation(
        "withdraw_objection",
        summary="Take an objection back",
        responses={200: DisputeInFullSerializer},
        refusals=(disputes.DisputeEnded, disputes.NotYourTurn),
    )
    @action(detail=True, methods=["post"], serializer_class=NoteSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:
        """Then all of it is owed, and is netted in the month that is open now."""
        found, body = self.get_object(), self.read_body()
        disputes.withdraw(dispute=found, authority=self._side(found.authority_id, found), stamp=self.stamp(), **body)
        return self._answer()

    @operation(
        "propose_decision",
        summary="Propose a decision",
        responses={202: JobSerializer},
        refusals=(disputes.DisputeEnded, disputes.AmountOutside),
    )
    @action(detail=True, methods=["post"], serializer_class=OwedSerializer)
    def decide(self, request: Request, pk: str) -> Response:
        """Answers with the job. Another person has to approve it; proposing twice makes one job."""
        job = disputes.propose_decision(dispute=self.get_object(), stamp=self.stamp(), **self.read_body())
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    def _side(self, wanted: str, found: Dispute) -> str:
        """Return for whom the caller speaks: the side whose turn it is, if that is an own district."""
        own = self.user.district_codes()
        return wanted if wanted in own else next(code for code in (found.debtor_id, found.creditor_id) if code in own)

    def _answer(self) -> Response:
        return Response(DisputeInFullSerializer(self.get_object()).data)
