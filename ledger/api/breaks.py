"""Differences that reconciliation found: read, aged, looked at, corrected by two people, closed."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import AmountField, Body, TextField
from accounts.api.schema import operation
from accounts.permissions import Act
from ledger.api.jobs import JobSerializer
from ledger.break_reasons import KINDS, REASONS
from ledger.models import Break, BreakStep
from ledger.models.breaks import BreakQuerySet
from ledger.selectors import breaks as queue
from ledger.services import breaks

BREAK_STATES = [("", ""), *((step.value, step.value) for step in BreakStep.Step)]
BREAK_KINDS = [(code, code) for code in KINDS]
BREAK_REASONS = [(code, code) for code in REASONS]


class BreakStepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    by = serializers.CharField(source="by.username", default=None, allow_null=True)
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)
    rule = serializers.CharField(help_text="The rule that closed it, if no person did.")
    note = serializers.CharField()
    correction = serializers.DictField(help_text="The proposed row: debit, credit, fen.")
    transfer = serializers.CharField(source="transfer.key", default=None, allow_null=True)
    at = serializers.DateTimeField()


class BreakSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=BREAK_KINDS)
    reason = serializers.CharField()
    key = serializers.CharField(help_text="Names the difference: the next run that finds it makes no second one.")
    authority = serializers.CharField(source="authority_id", allow_null=True)
    difference_fen = serializers.IntegerField(
        source="fen", help_text="What the other side says less what our books say."
    )
    state = serializers.ChoiceField(
        choices=BREAK_STATES, allow_null=True, help_text="Its last step; null while nobody looked at it."
    )
    opened_on = serializers.DateField()
    run = serializers.IntegerField(source="run_id", allow_null=True, help_text="The reconciliation that found it.")


class BreakInFullSerializer(BreakSerializer):
    evidence = serializers.DictField(help_text="What either side says: `ours` and `theirs`.")
    steps = BreakStepSerializer(many=True, help_text="What was done about it, in order.")


class AgeingSerializer(serializers.Serializer[Any]):
    """Open differences of one reason by days open."""

    reason = serializers.CharField(source="code")
    numbers = serializers.ListField(
        child=serializers.IntegerField(), help_text="Open for 0–7, 8–30, 31–90 and over 90 days."
    )
    number = serializers.IntegerField()
    difference_fen = serializers.IntegerField(source="fen")


class CorrectingRowSerializer(Body):
    """The row that puts it right, by the codes of two accounts."""

    debit = TextField(max_length=120)
    credit = TextField(max_length=120)
    amount_fen = AmountField()
    note = TextField(max_length=400, help_text="Why this puts it right.")


class ClosingSerializer(Body):
    note = TextField(max_length=400, help_text="Why nothing more is to be done.")


class BreakFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=BREAK_KINDS)
    reason = django_filters.ChoiceFilter(choices=BREAK_REASONS)
    open = django_filters.BooleanFilter(method="narrow_open", label="Whether it is still open.")

    def narrow_open(self, rows: BreakQuerySet, name: str, value: bool) -> BreakQuerySet:
        return rows.open() if value else rows.filter(steps__step=BreakStep.Step.CLOSED)


@extend_schema_view(
    list=extend_schema(operation_id="list_differences", summary="List differences, the oldest first"),
    retrieve=extend_schema(
        operation_id="get_difference", summary="Look at a difference", responses={200: BreakInFullSerializer}
    ),
)
class BreakViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Break]):
    """Differences between our books and another side, with a reason, an age, an owner and an end."""

    acts = {
        "list": {Act.SEE_BOOKS},
        "retrieve": {Act.SEE_BOOKS},
        "ageing": {Act.SEE_BOOKS},
        "assign": {Act.WORK_ON_BREAKS},
        "propose": {Act.WORK_ON_BREAKS},
        "close": {Act.WORK_ON_BREAKS},
    }
    serializer_class = BreakSerializer
    queryset = Break.objects.none()
    filterset_class = BreakFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> BreakQuerySet:
        rows = queue.breaks_seen_by(self.user)
        return rows if self.action == "list" else queue.with_history(rows)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its evidence on both sides, and what was done about it."""
        return self._answer()

    @operation(
        "age_differences",
        summary="How long differences have been open",
        responses={200: AgeingSerializer(many=True)},
    )
    @action(detail=False, pagination_class=None, filter_backends=())
    def ageing(self, request: Request) -> Response:
        """What is open, by reason and days open."""
        report = queue.ageing(user=self.user, today=self.stamp().as_of)
        return Response(AgeingSerializer(report.lines, many=True).data)

    @operation(
        "assign_difference",
        summary="Look at a difference oneself",
        request=None,
        responses={200: BreakInFullSerializer},
        refusals=(breaks.BreakClosed,),
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        breaks.assign(break_id=self.get_object().pk, owner=self.user, stamp=self.stamp())
        return self._answer()

    @operation(
        "propose_correction",
        summary="Propose a correction",
        responses={202: JobSerializer},
        refusals=(breaks.BreakClosed, breaks.CorrectionWaits, breaks.SameAccount, breaks.NotCorrectable),
    )
    @action(detail=True, methods=["post"], serializer_class=CorrectingRowSerializer)
    def propose(self, request: Request, pk: str) -> Response:
        """Answers with the job. Another person has to approve it; the row falls in the open month."""
        body = self.read_body()
        job = breaks.propose_correction(
            break_id=self.get_object().pk,
            correction=breaks.Correction(body["debit"], body["credit"], body["amount_fen"]),
            note=body["note"],
            stamp=self.stamp(),
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    @operation(
        "close_difference",
        summary="Close a difference with a note",
        responses={200: BreakInFullSerializer},
        refusals=(breaks.BreakClosed, breaks.CorrectionWaits),
    )
    @action(detail=True, methods=["post"], serializer_class=ClosingSerializer)
    def close(self, request: Request, pk: str) -> Response:
        breaks.close(break_id=self.get_object().pk, note=self.read_body()["note"], stamp=self.stamp())
        return self._answer()

    def _answer(self) -> Response:
        return Response(BreakInFullSerializer(self.get_object()).data)
