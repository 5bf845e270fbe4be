"""Redemptions and reversals, at the provider of the clerk who calls."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.errors import Problem, problem_of_refusal
from accounts.api.fields import Body, DayField, MonthField, TextField
from accounts.api.schema import operation
from accounts.permissions import Act
from accounts.refusals import Refused
from ledger.models import Transfer
from ledger.months import month_text
from vouchers.api.claims import (
    KEY_PATTERN,
    KEY_SENTENCE,
    BilledClaimSerializer,
    RedemptionListSerializer,
    plain_slips,
    slips_of,
)
from vouchers.refusals import Expired, NotValidYet, NoVoucher, Revoked
from vouchers.services import counter
from vouchers.services.claims import BalanceTooLow, KeyReused, WrongProgramme
from vouchers.services.counter_many import redeem_listed
from vouchers.services.redeeming import AlreadyReversed, NoSuchRedemption
from vouchers.services.visiting import VisitDrawsTooMuch, VisitNotFiled, VisitsNotAllowed

IDEMPOTENCY_KEY = "Idempotency-Key"
KEY_HEADER = OpenApiParameter(
    IDEMPOTENCY_KEY,
    {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Yours, one for each redemption and the same on every retry; a UUID is a good one. "
    "It is taken for ever, across all providers.",
)


class RedemptionSerializer(serializers.Serializer[Any]):
    """What was taken from a voucher at a provider."""

    key = serializers.CharField()
    voucher = serializers.CharField()
    resident = serializers.CharField()
    programme = serializers.CharField()
    provider = serializers.CharField()
    amount_fen = serializers.IntegerField(source="fen")
    day = serializers.DateField()
    booked_on = serializers.DateField()
    period = MonthField(help_text="The month of the ledger it is in.")
    reversed_on = serializers.DateField(allow_null=True)


class ListedAnswerSerializer(serializers.Serializer[Any]):
    """What became of one claim: either the redemption, booked now or before under this key, or the refusal."""

    key = serializers.CharField()
    redemption = RedemptionSerializer(allow_null=True)
    refusal = Problem(allow_null=True)


class ListedAnswersSerializer(serializers.Serializer[Any]):
    """In the order of the claims."""

    results = ListedAnswerSerializer(many=True)


class ReversalSerializer(Body):
    """The redemption to take back, whole."""

    key = TextField(max_length=64, help_text="The idempotency key of the redemption.")
    day = DayField(help_text="The day it was put right, not later than today.")


class RedemptionViewSet(ApiViewSet[Transfer]):
    """Value taken from a voucher. The same key with the same body is answered with the first result."""

    acts = {"create": {Act.REDEEM}, "batch": {Act.REDEEM}, "retrieve": {Act.REDEEM, Act.SEE_BOOKS}}
    queryset = Transfer.objects.none()
    filter_backends = ()
    pagination_class = None
    serializer_class = BilledClaimSerializer
    lookup_field = "key"
    lookup_value_regex = KEY_PATTERN

    @operation("get_redemption", summary="Look at a redemption", responses={200: RedemptionSerializer})
    def retrieve(self, request: Request, key: str) -> Response:
        """By its idempotency key; for the provider that made it, and for readers of the books."""
        return Response(RedemptionSerializer(counter.redemption_known_to(self.user, key=key)).data)

    @operation(
        "redeem",
        summary="Redeem a voucher",
        parameters=(KEY_HEADER,),
        responses={201: RedemptionSerializer, 200: RedemptionSerializer},
        refusals=(
            counter.NoProvider,
            counter.NoSuchVoucher,
            counter.NoSuchResident,
            counter.NoSuchProgramme,
            counter.DayAhead,
            KeyReused,
            WrongProgramme,
            NoVoucher,
            NotValidYet,
            Expired,
            Revoked,
            VisitNotFiled,
            VisitsNotAllowed,
            VisitDrawsTooMuch,
            BalanceTooLow,
        ),
    )
    def create(self, request: Request) -> Response:
        """201 when it is booked now; 200 with the first result when this key was accepted before."""
        key, claim = idempotency_key(request), self.read_body()
        common: dict[str, Any] = {
            "clerk": self.user,
            "fen": claim["amount_fen"],
            "day": claim["day"],
            "bill": claim.get("bill"),
            "key": key,
            "stamp": self.stamp(),
        }
        if "voucher" in claim:
            taken = counter.redeem_shown(number=claim["voucher"], **common)
        else:
            taken = counter.redeem_for(resident_number=claim["resident"], programme_code=claim["programme"], **common)
        answer = status.HTTP_200_OK if taken.replayed else status.HTTP_201_CREATED
        return Response(RedemptionSerializer(taken).data, status=answer)

    @operation(
        "redeem_many",
        summary="Redeem many vouchers",
        responses={200: ListedAnswersSerializer},
        refusals=(counter.NoProvider,),
    )
    @action(detail=False, methods=["post"], serializer_class=RedemptionListSerializer)
    def batch(self, request: Request) -> Response:
        """Up to 1,000 claims, each accepted or refused on its own, as if they were sent one after another.

        The same call again is safe, and answered with the same redemptions. A malformed claim refuses the whole call.
        """
        slips = plain_slips(request.data) or slips_of(self.read_body()["redemptions"])
        answers = redeem_listed(clerk=self.user, slips=slips, stamp=self.stamp())
        return Response({"results": [_result(slip.key, answer) for slip, answer in zip(slips, answers, strict=True)]})


class ReversalViewSet(ApiViewSet[Transfer]):
    """Redemptions taken back by the provider that made them."""

    acts = {"create": {Act.REVERSE}}
    queryset = Transfer.objects.none()
    serializer_class = ReversalSerializer

    @operation(
        "reverse_redemption",
        summary="Reverse a redemption",
        responses={201: RedemptionSerializer},
        refusals=(counter.NoProvider, counter.DayAhead, NoSuchRedemption, AlreadyReversed),
    )
    def create(self, request: Request) -> Response:
        """Give back what a redemption of your provider took, whole. Answers with the redemption."""
        body = self.read_body()
        counter.reverse_here(clerk=self.user, stamp=self.stamp(), **body)
        redemption = counter.redemption_known_to(self.user, key=body["key"])
        return Response(RedemptionSerializer(redemption).data, status=status.HTTP_201_CREATED)


def _result(key: str, answer: counter.Redemption | Refused) -> dict[str, Any]:
    """Return what ListedAnswerSerializer describes. Running it for a thousand answers takes as long as booking them."""
    if isinstance(answer, Refused):
        return {"key": key, "redemption": None, "refusal": problem_of_refusal(answer)}
    redemption = {
        "key": answer.key,
        "voucher": answer.voucher,
        "resident": answer.resident,
        "programme": answer.programme,
        "provider": answer.provider,
        "amount_fen": answer.fen,
        "day": answer.day.isoformat(),
        "booked_on": answer.booked_on.isoformat(),
        "period": month_text(answer.period),
        "reversed_on": answer.reversed_on.isoformat() if answer.reversed_on else None,
    }
    return {"key": key, "redemption": redemption, "refusal": None}


def idempotency_key(request: Request) -> str:
    """Return the key that the caller chose. Raises ValidationError when it is missing or malformed."""
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    if not re.fullmatch(KEY_PATTERN, key):
        raise serializers.ValidationError({IDEMPOTENCY_KEY: [KEY_SENTENCE]})
    return key
