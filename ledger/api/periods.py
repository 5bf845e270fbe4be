"""Periods: how far each month has come, who owes whom in it, and what takes it onwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import MonthField
from accounts.api.schema import operation
from accounts.permissions import Act
from accounts.stamps import FIRST_DAY, LAST_DAY
from ledger import selectors
from ledger.api.calendars import AppointmentSerializer
from ledger.api.jobs import JobSerializer
from ledger.models import Job, PeriodStep, Step
from ledger.months import parse_month
from ledger.services import periods
from ledger.services.period_jobs import MonthNotOver, WindowOpen, propose_closing, propose_settling
from ledger.services.statements import NoStatement
from ledger.states import STATES

MONTH = OpenApiParameter("month", str, OpenApiParameter.PATH, description="As 2026-10.")
STATE_CODES = [(state.code, state.code) for state in STATES]


class PeriodSerializer(serializers.Serializer[Any]):
    month = MonthField()
    state = serializers.ChoiceField(source="state.code", choices=STATE_CODES)


class PeriodStepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=[(step.value, step.value) for step in Step])
    proposed_by = serializers.CharField(source="proposed_by.username")
    approved_by = serializers.CharField(
        source="approved_by.username",
        default=None,
        allow_null=True,
        help_text="Null for statements, which nobody approves.",
    )
    payload = serializers.CharField(help_text="SHA-256 of the figures that were approved.")
    booked_on = serializers.DateField()
    at = serializers.DateTimeField()


class PeriodInFullSerializer(PeriodSerializer):
    steps = PeriodStepSerializer(many=True, help_text="The steps it has taken, in order.")
    job = serializers.IntegerField(source="job.id", default=None, allow_null=True, help_text="The job under way.")


class ObligationSerializer(serializers.Serializer[Any]):
    debtor = serializers.CharField()
    creditor = serializers.CharField()
    amount_fen = serializers.IntegerField(source="fen")


class PositionSerializer(serializers.Serializer[Any]):
    authority = serializers.CharField()
    net_fen = serializers.IntegerField(help_text="What it receives; below zero what it pays.")


class PeriodViewSet(ApiViewSet[PeriodStep]):
    """Months of the ledger: open, closed, netted, settled."""

    acts = {
        "list": {Act.SEE_BOOKS},
        "retrieve": {Act.SEE_BOOKS},
        "obligations": {Act.SEE_BOOKS},
        "positions": {Act.SEE_BOOKS},
        "calendar": {Act.SEE_BOOKS},
        "close": {Act.RUN_PERIODS},
        "settle": {Act.RUN_PERIODS},
    }
    queryset = PeriodStep.objects.none()
    filter_backends = ()
    serializer_class = PeriodSerializer
    lookup_url_kwarg = "month"
    lookup_value_regex = "[0-9]{4}-[0-9]{2}"

    @operation("list_periods", summary="List months, newest first")
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(selectors.known_months(today=self.stamp().as_of))
        states = selectors.states_of(page or [])
        rows = [{"month": month, "state": state} for month, state in states.items()]
        return self.get_paginated_response(PeriodSerializer(rows, many=True).data)

    @operation("get_period", summary="Look at a month", parameters=(MONTH,), responses={200: PeriodInFullSerializer})
    def retrieve(self, request: Request, month: str) -> Response:
        """Its state, the steps it has taken with who proposed and who approved them, and the job under way."""
        book = selectors.period_book(month=self._known(month), user=self.user)
        steps = selectors.steps_taken(book.month)
        shown = {"month": book.month, "state": book.state, "steps": steps, "job": book.job}
        return Response(PeriodInFullSerializer(shown).data)

    @operation(
        "list_obligations",
        summary="Who owes whom in a month",
        parameters=(MONTH,),
        responses={200: ObligationSerializer(many=True)},
    )
    @action(detail=True, pagination_class=None)
    def obligations(self, request: Request, month: str) -> Response:
        """Gross, one for each ordered pair: as recorded once the month is netted, derived until then."""
        book = selectors.period_book(month=self._known(month), user=self.user)
        return Response(ObligationSerializer(book.obligations, many=True).data)

    @operation(
        "list_positions",
        summary="Net positions of a month",
        parameters=(MONTH,),
        responses={200: PositionSerializer(many=True)},
    )
    @action(detail=True, pagination_class=None)
    def positions(self, request: Request, month: str) -> Response:
        """What each authority receives or pays; over all authorities they sum to zero."""
        book = selectors.period_book(month=self._known(month), user=self.user)
        rows = [{"authority": code, "net_fen": fen} for code, fen in sorted(book.positions.items())]
        return Response(PositionSerializer(rows, many=True).data)

    @operation(
        "get_calendar",
        summary="The calendar of a month",
        parameters=(MONTH,),
        responses={200: AppointmentSerializer(many=True)},
    )
    @action(detail=True, pagination_class=None)
    def calendar(self, request: Request, month: str) -> Response:
        """Its milestones in order, from cut-off to finality, each with its day and how it stands today."""
        known = self._known(month)
        agenda = selectors.agenda([known], today=self.stamp().as_of)
        return Response(AppointmentSerializer(agenda[known], many=True).data)

    @operation(
        "propose_closing",
        summary="Propose to close a month",
        parameters=(MONTH,),
        request=None,
        responses={202: JobSerializer},
        refusals=(MonthNotOver, periods.EarlierPeriodOpen, periods.AlreadyClosed),
    )
    @action(detail=True, methods=["post"])
    def close(self, request: Request, month: str) -> Response:
        """Answers with the job. Another person has to approve it; proposing twice makes one job."""
        return self._accepted(propose_closing(month=self._month(month), stamp=self.stamp()))

    @operation(
        "propose_settling",
        summary="Propose to net a month and order its payments",
        parameters=(MONTH,),
        request=None,
        responses={202: JobSerializer},
        refusals=(periods.PeriodOpen, periods.AlreadySettled, NoStatement, WindowOpen),
    )
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, month: str) -> Response:
        """Answers with the job. Another person has to approve it; proposing twice makes one job."""
        return self._accepted(propose_settling(month=self._month(month), stamp=self.stamp()))

    def _known(self, text: str) -> date:
        month = self._month(text)
        if month not in selectors.known_months(today=self.stamp().as_of):
            raise Http404
        return month

    def _month(self, text: str) -> date:
        try:
            month = parse_month(text)
        except ValueError as error:
            raise Http404 from error
        if not FIRST_DAY <= month <= LAST_DAY:
            raise Http404
        return month

    def _accepted(self, job: Job) -> Response:
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
