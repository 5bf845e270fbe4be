"""A month's claims of a provider: control totals first, lines only where these differ."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import AmountField, Body, DayField, MonthField, TextField
from accounts.api.schema import operation
from accounts.permissions import Act
from ledger.months import parse_month
from vouchers.api.claims import KEY_IS_PRINTABLE
from vouchers.claim_matching import Named, Total
from vouchers.models import ClaimFile
from vouchers.models.claims import ClaimFileQuerySet
from vouchers.selectors import differences_of, last_comparison_of, programmes_by_id
from vouchers.services import claiming
from vouchers.services.counter import NoProvider, NoSuchProgramme

#: Totals in one call: a programme and day each. Lines in one call, and differences in one answer.
MOST_TOTALS, MOST_LINES, MOST_DIFFERENCES = 2_000, 10_000, 1_000
MOST_ON_A_DAY = 1_000_000


@extend_schema_field(str)
class MonthGivenField(serializers.Field):  # type: ignore[type-arg]
    """A month as 2026-10."""

    default_error_messages = {"month": _("Give a month as 2026-10.")}

    def to_internal_value(self, data: Any) -> date:
        try:
            return parse_month(data)
        except (TypeError, ValueError):
            self.fail("month")


class TotalSerializer(Body):
    """A control total of one programme and day."""

    programme = TextField(max_length=40)
    day = DayField()
    number = serializers.IntegerField(min_value=1, max_value=MOST_ON_A_DAY)
    amount_fen = AmountField()


class TotalsSerializer(Body):
    month = MonthGivenField()
    totals = serializers.ListField(child=TotalSerializer(), min_length=1, max_length=MOST_TOTALS)


class LineSerializer(Body):
    programme = TextField(max_length=40)
    day = DayField()
    key = TextField(max_length=64, trim_whitespace=False, validators=[KEY_IS_PRINTABLE], help_text="Of the redemption.")
    amount_fen = AmountField()
    voucher = TextField(max_length=20, required=False, help_text="Voucher number, if you have it.")


class LinesSerializer(Body):
    lines = serializers.ListField(child=LineSerializer(), min_length=1, max_length=MOST_LINES)


class ClaimFileSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    provider = serializers.CharField(source="provider.code")
    month = MonthField()
    channel = serializers.CharField()
    file_name = serializers.CharField()
    sent_on = serializers.DateField()


class DifferingDaySerializer(serializers.Serializer[Any]):
    """A programme and day whose sums are not what our books hold."""

    programme = serializers.CharField()
    day = serializers.DateField()
    claimed_number = serializers.IntegerField(source="theirs_number")
    claimed_fen = serializers.IntegerField(source="theirs_fen")
    booked_number = serializers.IntegerField(source="ours_number")
    booked_fen = serializers.IntegerField(source="ours_fen")
    lines_awaited = serializers.BooleanField(help_text="Send the lines of this programme and day.")


class ClaimDifferenceSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    difference_fen = serializers.IntegerField(source="fen", help_text="What you claim less what our books hold.")
    evidence = serializers.DictField(help_text="What either side says: `ours` and `theirs`.")


class ClaimFileInFullSerializer(ClaimFileSerializer):
    differing = DifferingDaySerializer(many=True, help_text="As the books are now.")
    compared_at = serializers.DateTimeField(allow_null=True, help_text="When it was last compared row by row.")
    differences = ClaimDifferenceSerializer(many=True, help_text="What that comparison found, the first 1,000.")


@extend_schema_view(list=extend_schema(operation_id="list_claims", summary="List claims, the newest first"))
class ClaimFileViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[ClaimFile]):
    """What a provider says it is owed for a month. Later claims of a month take the place of earlier ones."""

    acts = {
        "list": {Act.SEE_CLAIMS},
        "retrieve": {Act.SEE_CLAIMS},
        "create": {Act.SEND_CLAIMS},
        "lines": {Act.SEND_CLAIMS},
    }
    queryset = ClaimFile.objects.none()
    filter_backends = ()
    serializer_class = ClaimFileSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> ClaimFileQuerySet:
        return ClaimFile.objects.visible_to(self.user).select_related("provider")

    @operation("get_claims", summary="Look at a month's claims", responses={200: ClaimFileInFullSerializer})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The days that differ now, and what the last comparison found row by row."""
        return Response(_in_full(self.get_object()))

    @operation(
        "send_totals",
        summary="Send a month's control totals",
        request=TotalsSerializer,
        responses={201: ClaimFileInFullSerializer},
        refusals=(NoProvider, NoSuchProgramme, claiming.NotInMonth, claiming.TotalGivenTwice),
    )
    def create(self, request: Request) -> Response:
        """Answers with the days that differ. Send the lines of those; the others need none.

        The same totals again are answered with the same claims.
        """
        body = TotalsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        totals = [
            Total(total["programme"], total["day"], total["number"], total["amount_fen"])
            for total in body.validated_data["totals"]
        ]
        file = claiming.send_totals(
            clerk=self.user, month=body.validated_data["month"], totals=totals, stamp=self.stamp()
        )
        return Response(_in_full(file), status=status.HTTP_201_CREATED)

    @operation(
        "send_lines",
        summary="Send the lines of days that differ",
        responses={200: ClaimFileInFullSerializer},
        refusals=(
            NoProvider,
            NoSuchProgramme,
            claiming.ClaimsReplaced,
            claiming.LinesSentBefore,
            claiming.LinesDoNotTie,
        ),
    )
    @action(detail=True, methods=["post"], serializer_class=LinesSerializer)
    def lines(self, request: Request, pk: str) -> Response:
        """Whole days only: number and sum have to be those of the totals."""
        lines = [
            Named(0, line["programme"], line["day"], line["key"], line["amount_fen"], line.get("voucher", ""))
            for line in self.read_body()["lines"]
        ]
        file = claiming.send_lines(clerk=self.user, file_id=self.get_object().pk, lines=lines, stamp=self.stamp())
        return Response(_in_full(file))


def _in_full(file: ClaimFile) -> dict[str, Any]:
    programmes = programmes_by_id()
    run = last_comparison_of(file)
    days = [{**cell._asdict(), "programme": programmes[cell.programme_id].code} for cell in claiming.differing(file)]
    return {
        **ClaimFileSerializer(file).data,
        "differing": DifferingDaySerializer(days, many=True).data,
        "compared_at": run.finished_at if run else None,
        "differences": ClaimDifferenceSerializer(differences_of(file, run=run)[:MOST_DIFFERENCES], many=True).data,
    }
