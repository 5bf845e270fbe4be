"""Seals: the signed heads, and the proofs that hold us to them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import MonthField
from accounts.api.paging import Stream, number_asked
from accounts.api.schema import operation
from accounts.permissions import Act
from ledger.bundle import key_set
from ledger.models import SealReason, Transfer, TreeHead
from ledger.selectors import seals
from ledger.services import proving

REASONS = [(reason.value, reason.value) for reason in SealReason]
OLDER = OpenApiParameter("older", int, description="Number of the earlier head; 1 where it is left out.")


class TreeHeadSerializer(serializers.Serializer[Any]):
    """The first `size` leaves have this `root`. `jws` says all of it, signed; keep it, and you are a witness."""

    number = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.CharField(help_text="In hexadecimal, after RFC 6962.")  # type: ignore[assignment]
    previous = serializers.CharField(help_text="SHA-256 of the `jws` before; empty for the first head.")
    closed_through = MonthField(allow_null=True, help_text="Every transfer of a month up to this one is sealed.")
    reason = serializers.ChoiceField(choices=REASONS)
    at = serializers.DateTimeField()
    kid = serializers.CharField(help_text="RFC 7638 thumbprint of the key that signed.")
    jws = serializers.CharField()


class ConsistencySerializer(serializers.Serializer[Any]):
    older = TreeHeadSerializer()
    newer = TreeHeadSerializer()
    path = serializers.ListField(child=serializers.CharField(), help_text="RFC 6962, 2.1.2, in hexadecimal.")


class InclusionSerializer(serializers.Serializer[Any]):
    leaf = serializers.CharField(help_text="What was sealed: its hash is SHA-256 over a zero byte and this text.")
    sequence = serializers.IntegerField(help_text="The leaf's place, from 0.")
    head = TreeHeadSerializer()
    path = serializers.ListField(child=serializers.CharField(), help_text="RFC 6962, 2.1.1, in hexadecimal.")


class KeySetSerializer(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.DictField(), help_text="Public keys as JWK, the oldest first.")


@extend_schema_view(
    list=extend_schema(operation_id="list_tree_heads", summary="List signed tree heads"),
    retrieve=extend_schema(operation_id="get_tree_head", summary="Look at a signed tree head"),
)
class TreeHeadViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[TreeHead]):
    """What the ledger was at a moment, signed and chained. Every district may keep them, and so bear witness."""

    acts = {
        "list": {Act.SEE_BOOKS},
        "retrieve": {Act.SEE_BOOKS},
        "consistency": {Act.SEE_BOOKS},
        "keys": {Act.SEE_BOOKS},
    }
    serializer_class = TreeHeadSerializer
    queryset = TreeHead.objects.none()
    pagination_class = Stream
    filter_backends = ()
    lookup_url_kwarg = "number"
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[TreeHead]:
        return seals.heads()

    @operation(
        "prove_consistency",
        summary="Prove that an earlier tree is the beginning of this one",
        responses={200: ConsistencySerializer},
        parameters=(OLDER,),
    )
    @action(detail=True)
    def consistency(self, request: Request, number: str) -> Response:
        """Nothing under the earlier head was changed, moved or taken out."""
        heads = seals.heads().filter(pk__lte=int(number))
        older = get_object_or_404(heads, pk=number_asked(request, "older", least=1) or 1)
        proof = proving.consistency(older=older, newer=self.get_object())
        return Response(ConsistencySerializer(proof).data)

    @operation(
        "get_signing_keys", summary="The public keys that heads were signed with", responses={200: KeySetSerializer}
    )
    @action(detail=False, pagination_class=None)
    def keys(self, request: Request) -> Response:
        return Response(key_set())


class ProofViewSet(ApiViewSet[Transfer]):
    """Proofs that a transfer is in the tree; named by its key, as `/transfers` names it."""

    acts = {"retrieve": {Act.SEE_BOOKS}}
    serializer_class = InclusionSerializer
    queryset = Transfer.objects.none()
    lookup_field = "key"
    lookup_value_regex = r"[\x21-\x7e]{1,120}"

    def get_queryset(self) -> QuerySet[Transfer]:
        return Transfer.objects.visible_to(self.user)

    @operation(
        "prove_transfer",
        summary="Prove that a transfer is sealed",
        responses={200: InclusionSerializer},
        refusals=(proving.NotSealedYet,),
    )
    def retrieve(self, request: Request, key: str) -> Response:
        """Hash the leaf, follow the path: it leads to the root that the head signs."""
        return Response(InclusionSerializer(proving.inclusion(self.get_object())).data)
