"""Jobs: looked at, approved, withdrawn, tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.schema import operation
from accounts.permissions import Act
from accounts.refusals import OwnProposal
from ledger.models import Job, JobState
from ledger.selectors import jobs_seen_by
from ledger.services import jobs

#: Without their translated labels: the API speaks in codes.
STATES = [(state.value, state.value) for state in JobState]


class JobSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    key = serializers.CharField(help_text="What it is for: asking twice makes one job.")
    state = serializers.ChoiceField(choices=STATES)
    needs_approval = serializers.BooleanField()
    proposed_by = serializers.CharField(source="proposed_by.username", default=None, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)
    attempts = serializers.IntegerField()
    done_count = serializers.IntegerField()
    total_count = serializers.IntegerField()
    result = serializers.DictField(help_text="Figures by name, once there are any.")
    error_code = serializers.CharField(help_text="Code of the refusal that parked it; empty otherwise.")
    created_at = serializers.DateTimeField()
    next_try_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=STATES)
    kind = django_filters.CharFilter(max_length=40)


@extend_schema_view(
    list=extend_schema(operation_id="list_jobs", summary="List jobs"),
    retrieve=extend_schema(operation_id="get_job", summary="Look at a job"),
)
class JobViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Job]):
    """Long work as rows: asked for, perhaps approved by another person, worked step by step, done or parked."""

    acts = {
        "list": {Act.SEE_JOBS},
        "retrieve": {Act.SEE_JOBS},
        "approve": {Act.RUN_PERIODS},
        "withdraw": {Act.RUN_PERIODS, Act.ISSUE_VOUCHER},
        "retry": {Act.RUN_PERIODS, Act.ISSUE_VOUCHER},
    }
    serializer_class = JobSerializer
    queryset = Job.objects.none()
    filterset_class = JobFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Job]:
        return jobs_seen_by(self.user)

    @operation(
        "approve_job",
        summary="Approve what somebody else proposed",
        request=None,
        responses={200: JobSerializer},
        refusals=(OwnProposal, jobs.NotWaiting),
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Let a proposed job run. The person who proposed it cannot."""
        return self._answer(jobs.approve)

    @operation(
        "withdraw_job",
        summary="Withdraw a proposal or a parked job",
        request=None,
        responses={200: JobSerializer},
        refusals=(jobs.NotWaiting,),
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back. The same can then be proposed again."""
        return self._answer(jobs.withdraw)

    @operation(
        "retry_job",
        summary="Try a parked job again",
        request=None,
        responses={200: JobSerializer},
        refusals=(jobs.NotWaiting,),
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Open it again and ring for a worker."""
        return self._answer(jobs.retry, now=timezone.now())

    def _answer(self, act: Callable[..., Job], **more: Any) -> Response:
        job = act(job_id=self.get_object().pk, stamp=self.stamp(), **more)
        return Response(JobSerializer(job).data)
