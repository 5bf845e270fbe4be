"""Mergers of districts: listed, proposed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import EVERYBODY, ApiViewSet
from accounts.api.fields import Body, DayField, TextField
from accounts.api.schema import operation
from accounts.models import DistrictMerger
from accounts.permissions import Act
from ledger.api.jobs import JobSerializer
from vouchers.services.merging_districts import (
    AlreadyMerged,
    MergedLater,
    MergerNotYet,
    MergesIntoItself,
    mergers_recorded,
    propose_merger,
)
from vouchers.services.moving import NotAMember


class DistrictMergerSerializer(serializers.Serializer[Any]):
    predecessor = serializers.CharField(source="predecessor_id", help_text="Code of the district that ended.")
    successor = serializers.CharField(source="successor_id", help_text="Code of the district that took it over.")
    day = serializers.DateField(help_text="The first day on which the two are one.")
    booked_on = serializers.DateField(help_text="The day it was recorded.")


class ProposeMergerSerializer(Body):
    """From ``day`` on, today or earlier, ``predecessor`` is part of ``successor``."""

    predecessor = TextField(max_length=6, help_text="District code.")
    successor = TextField(max_length=6, help_text="District code.")
    day = DayField()


@extend_schema_view(list=extend_schema(operation_id="list_district_mergers", summary="List mergers of districts"))
class DistrictMergerViewSet(ListModelMixin, ApiViewSet[DistrictMerger]):
    """What districts became part of others; where people can live is no secret."""

    acts = {"list": EVERYBODY, "create": {Act.MERGE_DISTRICTS}}
    serializer_class = DistrictMergerSerializer
    queryset = mergers_recorded()

    @operation(
        "propose_district_merger",
        summary="Propose to merge two districts",
        request=ProposeMergerSerializer,
        responses={202: JobSerializer},
        refusals=(NotAMember, MergesIntoItself, AlreadyMerged, MergerNotYet, MergedLater),
    )
    def create(self, request: Request) -> Response:
        """Answers with the job. Another person has to approve it; proposing twice makes one job."""
        job = propose_merger(**self.read_body(), stamp=self.stamp())
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    def get_serializer_class(self) -> type[serializers.Serializer[Any]]:
        return ProposeMergerSerializer if self.action == "create" else DistrictMergerSerializer
