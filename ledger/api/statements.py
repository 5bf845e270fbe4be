"""Statements: what a month comes to for each authority and each pair, and what the districts answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiViewSet
from accounts.api.fields import Body, MonthField, TextField
from accounts.api.schema import operation
from accounts.permissions import Act
from accounts.stamps import FIRST_DAY, LAST_DAY
from ledger import selectors
from ledger.api.disputes import DisputeInFullSerializer
from ledger.models import StatementAnswer, Transfer, Verdict
from ledger.months import parse_month
from ledger.payloads import payload_hash
from ledger.selectors import Line
from ledger.selectors.answers import Standing, disputes_seen_by, standings, statements_waiting
from ledger.selectors.statements import statement, statement_payload, statements
from ledger.services import disputes
from ledger.services import statements as answering
from ledger.statement_forms import LONGEST_NOTE
from ledger.statements import Dues, Statement

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]
MONTH = OpenApiParameter("month", str, OpenApiParameter.PATH, description="As 2026-10.")
AUTHORITY = OpenApiParameter("authority", str, OpenApiParameter.PATH, description="As 310106.")
COUNTERPART = OpenApiParameter("counterpart", str, OpenApiParameter.PATH, description="As 310112.")
CODE = "[0-9a-z]{1,8}"
FIGURES = ("opening_fen", "to_receive_fen", "to_pay_fen", "netted_fen", "taken_over_fen", "closing_fen")
SIGNED = "Above zero it is to be received, below zero to be paid."


class WaitingSerializer(serializers.Serializer[Any]):
    """A statement that waits for an answer."""

    month = MonthField()
    authority = serializers.CharField()
    lines = serializers.IntegerField(help_text="Lines it has not answered.")
    last_day = serializers.DateField(help_text="Until when it may object.")


class FiguresSerializer(serializers.Serializer[Any]):
    """Closing is opening, plus what is to be received, less what is to be paid, plus what moved."""

    opening_fen = serializers.IntegerField(help_text=SIGNED)
    to_receive_fen = serializers.IntegerField()
    to_pay_fen = serializers.IntegerField()
    netted_fen = serializers.IntegerField(help_text="Moved to the settlement hub this month.")
    taken_over_fen = serializers.IntegerField(help_text="Moved with a book that another authority took over.")
    closing_fen = serializers.IntegerField(help_text=SIGNED)


class StatementSummarySerializer(FiguresSerializer):
    month = MonthField()
    authority = serializers.CharField()


class StatementLineSerializer(serializers.Serializer[Any]):
    debtor = serializers.CharField()
    creditor = serializers.CharField()
    event = serializers.CharField()
    programme = serializers.CharField()
    belongs_to = MonthField(help_text="The month it happened in: an earlier one when it was recorded late.")
    amount_fen = serializers.IntegerField(source="fen")
    transfers = serializers.IntegerField(help_text="How many it sums.")
    answer = serializers.ChoiceField(choices=VERDICTS, allow_null=True)
    answer_of_counterpart = serializers.ChoiceField(choices=VERDICTS, allow_null=True)
    in_dispute_fen = serializers.IntegerField()
    disputes = serializers.ListField(child=serializers.IntegerField(), help_text="Their numbers.")


class DuesSerializer(FiguresSerializer):
    counterpart = serializers.CharField()
    lines = StatementLineSerializer(many=True)


class HubSerializer(serializers.Serializer[Any]):
    opening_fen = serializers.IntegerField()
    netted_fen = serializers.IntegerField()
    paid_fen = serializers.IntegerField()
    taken_over_fen = serializers.IntegerField()
    closing_fen = serializers.IntegerField()


class ProofSerializer(serializers.Serializer[Any]):
    """Zero and empty while the month is not sealed, or its statements are not issued."""

    head = serializers.IntegerField(help_text="Number of the first tree head over the whole month.")
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    kid = serializers.CharField()
    payload = serializers.CharField(help_text="SHA-256 of all figures of the month, when they were issued.")


class StatementInFullSerializer(StatementSummarySerializer):
    dues = DuesSerializer(many=True, help_text="The account with each counterpart.")
    hub = HubSerializer(allow_null=True, help_text="The account with the settlement hub; null in a pair's statement.")
    proof = ProofSerializer()


class HashedSerializer(serializers.Serializer[Any]):
    payload = serializers.DictField(help_text="Every figure of the month's statements, each once.")
    sha256 = serializers.CharField(help_text="Of the payload as JSON: names sorted, no spaces, UTF-8.")


class NamedLineSerializer(Body):
    """Names a line by what tells it from the others."""

    debtor = TextField(max_length=8)
    creditor = TextField(max_length=8)
    event = TextField(max_length=20)
    programme = TextField(max_length=40, allow_blank=True)
    belongs_to = TextField(max_length=7, help_text="As 2026-10.")

    def validate_belongs_to(self, text: str) -> date:
        return _month(text)


class ConfirmationSerializer(Body):
    lines = NamedLineSerializer(many=True, required=False, help_text="All that wait, when left out.")


class ObjectionSerializer(Body):
    line = NamedLineSerializer()
    reason = TextField(max_length=LONGEST_NOTE)
    transfer = TextField(max_length=120, required=False, help_text="Key of the one transfer it is about.")


class ConfirmedSerializer(serializers.Serializer[Any]):
    confirmed = serializers.IntegerField(help_text="How many lines.")


class StatementViewSet(ApiViewSet[StatementAnswer]):
    """A month as an authority is shown it, by month of booking: once the month is closed, its figures stay."""

    acts = {
        "list": {Act.SEE_BOOKS},
        "retrieve": {Act.SEE_BOOKS},
        "figures": {Act.SEE_BOOKS},
        "of_authority": {Act.SEE_BOOKS},
        "of_pair": {Act.SEE_BOOKS},
        "confirm": {Act.ANSWER_STATEMENTS},
        "dispute": {Act.ANSWER_STATEMENTS},
    }
    queryset = StatementAnswer.objects.none()
    filter_backends = ()
    pagination_class = None
    serializer_class = StatementSummarySerializer
    lookup_url_kwarg = "month"
    lookup_value_regex = "[0-9]{4}-[0-9]{2}"

    @operation(
        "list_statements_waiting",
        summary="Statements that wait for an answer",
        responses={200: WaitingSerializer(many=True)},
    )
    def list(self, request: Request) -> Response:
        """Those of the own districts, or of all: the oldest month first."""
        waiting = statements_waiting(selectors.authority_codes_seen_by(self.user))
        return Response(WaitingSerializer(list(waiting), many=True).data)

    @operation(
        "list_statements",
        summary="The statements of a month",
        parameters=(MONTH,),
        responses={200: StatementSummarySerializer(many=True)},
    )
    def retrieve(self, request: Request, month: str) -> Response:
        """One line for each authority whose books the person asking may open."""
        found = statements(self._known(month), codes=selectors.authority_codes_seen_by(self.user))
        return Response(StatementSummarySerializer(list(found.values()), many=True).data)

    @operation(
        "get_hashed_figures",
        summary="The figures whose hash was taken when the statements were issued",
        parameters=(MONTH,),
        responses={200: HashedSerializer},
    )
    @action(detail=True)
    def figures(self, request: Request, month: str) -> Response:
        """For the city and its auditors: hash the payload yourself and compare it with `proof.payload`."""
        if not self.user.sees_everything:
            raise Http404
        payload = statement_payload(self._known(month))
        return Response(HashedSerializer({"payload": payload, "sha256": payload_hash(payload)}).data)

    @operation(
        "get_statement",
        summary="An authority's statement",
        parameters=(MONTH, AUTHORITY),
        responses={200: StatementInFullSerializer},
    )
    @action(detail=True, url_path=f"(?P<authority>{CODE})")
    def of_authority(self, request: Request, month: str, authority: str) -> Response:
        """The account with each counterpart line by line, the account with the hub, and what holds us to it."""
        return Response(_in_full(self._statement(month, authority)))

    @operation(
        "get_statement_of_pair",
        summary="The statement of two authorities",
        parameters=(MONTH, AUTHORITY, COUNTERPART),
        responses={200: StatementInFullSerializer},
    )
    @action(detail=True, url_path=f"(?P<authority>{CODE})/with/(?P<counterpart>{CODE})")
    def of_pair(self, request: Request, month: str, authority: str, counterpart: str) -> Response:
        """The account of the first with the second; the other way round every sign is the opposite."""
        whole = self._statement(month, authority)
        if counterpart == authority or counterpart not in selectors.authorities_by_code():
            raise Http404
        return Response(_in_full(whole.with_counterpart(counterpart)))

    @operation(
        "confirm_statement",
        summary="Confirm lines",
        parameters=(MONTH, AUTHORITY),
        responses={200: ConfirmedSerializer},
        refusals=(
            answering.NoStatement,
            answering.AlreadyNetted,
            answering.NoSuchLine,
            answering.NotAParty,
            answering.LineAnswered,
        ),
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=f"(?P<authority>{CODE})/confirm",
        serializer_class=ConfirmationSerializer,
    )
    def confirm(self, request: Request, month: str, authority: str) -> Response:
        """Those that are named, or all that wait for the authority's answer."""
        self._own(authority)
        named, lines = self.read_body().get("lines"), None
        if named is not None:
            lines = [Line(month=_month(month), **line) for line in named]
        number = answering.confirm(month=_month(month), authority=authority, lines=lines, stamp=self.stamp())
        return Response(ConfirmedSerializer({"confirmed": number}).data)

    @operation(
        "object_to_line",
        summary="Object to a line, or to one transfer of it",
        parameters=(MONTH, AUTHORITY),
        responses={201: DisputeInFullSerializer},
        refusals=(
            answering.NoStatement,
            answering.AlreadyNetted,
            answering.NoSuchLine,
            answering.NotAParty,
            answering.LineAnswered,
            disputes.WindowOver,
            disputes.NothingToHold,
        ),
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=f"(?P<authority>{CODE})/disputes",
        serializer_class=ObjectionSerializer,
    )
    def dispute(self, request: Request, month: str, authority: str) -> Response:
        """From now on its rows stay out of the netting of their month; the other side is asked to answer."""
        self._own(authority)
        body = self.read_body()
        made = disputes.raise_dispute(
            line=Line(month=_month(month), **body["line"]),
            authority=authority,
            reason=body["reason"],
            transfer=self._transfer(body.get("transfer")),
            stamp=self.stamp(),
        )
        found = disputes_seen_by(self.user).get(pk=made.pk)
        return Response(DisputeInFullSerializer(found).data, status=status.HTTP_201_CREATED)

    def _statement(self, month: str, authority: str) -> Statement:
        known = self._known(month)
        return statement(known, authority=get_object_or_404(selectors.authorities_seen_by(self.user), pk=authority).pk)

    def _known(self, text: str) -> date:
        month = _month_or_404(text)
        if month not in selectors.known_months(today=self.stamp().as_of):
            raise Http404
        return month

    def _own(self, authority: str) -> None:
        """Statements of other districts do not exist for a finance officer."""
        if authority not in self.user.district_codes():
            raise Http404

    def _transfer(self, key: str | None) -> Transfer | None:
        return None if key is None else get_object_or_404(Transfer.objects.visible_to(self.user), key=key)


def _month(text: str) -> date:
    """Return the month that is named. Raises ValidationError."""
    try:
        return _month_or_404(text)
    except Http404:
        raise serializers.ValidationError("YYYY-MM") from None


def _month_or_404(text: str) -> date:
    try:
        month = parse_month(text)
    except ValueError as error:
        raise Http404 from error
    if not FIRST_DAY <= month <= LAST_DAY:
        raise Http404
    return month


def _in_full(stated: Statement) -> Mapping[str, Any]:
    """Return a statement with what was answered to its lines by now."""
    stands = standings(stated)
    shown = {**_figures(stated), "month": stated.month, "authority": stated.authority}
    dues = [
        {
            **_figures(due),
            "counterpart": due.counterpart,
            "lines": [_line(line, stands[Line._make(line.key)]) for line in due.lines],
        }
        for due in stated.dues
    ]
    return StatementInFullSerializer({**shown, "dues": dues, "hub": stated.hub, "proof": stated.proof}).data


def _figures(of: Statement | Dues) -> dict[str, int]:
    return {name: getattr(of, name) for name in FIGURES}


def _line(line: Any, standing: Standing) -> dict[str, Any]:
    names = ("debtor", "creditor", "event", "programme", "belongs_to", "fen", "transfers")
    return {
        **{name: getattr(line, name) for name in names},
        "answer": standing.own,
        "answer_of_counterpart": standing.other,
        "in_dispute_fen": standing.held_fen,
        "disputes": [dispute.pk for dispute in standing.disputes],
    }
