"""Moves as cases: listed, reported, answered, corrected and taken back."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.base import ApiViewSet
from accounts.api.fields import Body, DayField, NamedField, TextField
from accounts.api.paging import Stream
from accounts.api.schema import operation
from accounts.models import Resident, Role, User
from accounts.permissions import Act
from accounts.refusals import Refused
from vouchers.cases import Step
from vouchers.models import Move, MoveChannel
from vouchers.models.moves import MoveQuerySet
from vouchers.services.cases import CaseOpen, NoSuchMove, NotYours, StepNotPossible
from vouchers.services.facts import BeforeFirstResidence, DayTaken, TooFarAhead
from vouchers.services.moving import NotAMember, SameDistrict
from vouchers.services.reporting import NotYourMove, correct_move, report_move, take_back_move, take_step

MOST_CHARACTERS = 1000
MOST_TOGETHER = 20
#: The API speaks in codes. What a person may do in a case; the rest is done by reporting, correcting and the clock.
STATES = [(step.value, step.value) for step in Step]
STEPS_TO_TAKE = [
    (step.value, step.value) for step in (Step.CONFIRMED, Step.DISPUTED, Step.WITHDRAWN, Step.REJECTED, Step.ANNULLED)
]
NEEDS_A_NOTE = (Step.DISPUTED, Step.REJECTED)
#: What stands in the way of where and when somebody is said to live.
REFUSALS_OF_FACTS: tuple[type[Refused], ...] = (
    NotYourMove,
    NotAMember,
    SameDistrict,
    BeforeFirstResidence,
    DayTaken,
    TooFarAhead,
    CaseOpen,
)
REFUSALS_OF_STEPS: tuple[type[Refused], ...] = (NotYours, StepNotPossible)


def _own_or_anybody(number: str, user: User) -> Resident | None:
    """Find whom ``user`` may report a move of: an administrator anybody, as people move in from elsewhere."""
    if user.role == Role.RESIDENT:
        return Resident.objects.visible_to(user).filter(number=number).first()
    return selectors.find_exactly(number)


class MoveStepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=STATES)
    note = serializers.CharField(help_text="Its grounds.")
    due_on = serializers.DateField(allow_null=True, help_text="The last day of the clock that it started.")
    booked_on = serializers.DateField()


class MoveSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    resident = serializers.CharField(source="resident.number")
    origin = serializers.CharField(source="origin_id", allow_null=True, help_text="Null: from outside the area.")
    destination = serializers.CharField(source="destination_id", allow_null=True, help_text="Null: out of the area.")
    effective_on = serializers.DateField(help_text="The first day of living there.")
    booked_on = serializers.DateField(help_text="The day it was recorded.")
    state = serializers.ChoiceField(choices=STATES, help_text="The last step taken.")
    due_on = serializers.DateField(
        source="last_step.due_on", allow_null=True, help_text="The last day to act; null when nobody has to."
    )
    channel = serializers.ChoiceField(choices=MoveChannel.values)
    note = serializers.CharField(help_text="The evidence given with the report.")
    together_with = serializers.IntegerField(
        source="together_with_id", allow_null=True, help_text="The first move of the household's case, if not this one."
    )
    corrects = serializers.IntegerField(
        source="corrects_id", allow_null=True, help_text="The move it took the place of."
    )
    annulled_on = serializers.DateField(
        source="over.booked_on", default=None, allow_null=True, help_text="The day since which it counts no longer."
    )
    steps = MoveStepSerializer(source="steps.all", many=True)


class ReportSerializer(Body):
    """Somebody lives in the district ``to`` from ``effective_on`` on, which may be past or still to come."""

    resident = NamedField(
        find=_own_or_anybody, max_length=20, help_text="Resident number, wherever the person lives; a resident's own."
    )
    to = TextField(max_length=6, help_text="District code.")
    effective_on = DayField()
    note = TextField(max_length=MOST_CHARACTERS, allow_blank=True, required=False, help_text="The evidence.")
    together = serializers.ListField(
        child=NamedField(find=_own_or_anybody, max_length=20),
        max_length=MOST_TOGETHER,
        required=False,
        help_text="Resident numbers of those who move along, as one case.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        people = [values["resident"], *values.get("together", ())]
        if len({person.pk for person in people}) < len(people):
            raise serializers.ValidationError({"together": [_("The same person stands here twice.")]})
        return values


class StepSerializer(Body):
    step = serializers.ChoiceField(choices=STEPS_TO_TAKE)
    note = TextField(
        max_length=MOST_CHARACTERS, allow_blank=True, required=False, help_text="Needed with `disputed` and `rejected`."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["step"] in NEEDS_A_NOTE and not values.get("note"):
            raise serializers.ValidationError({"note": [_("Say why.")]})
        return {**values, "step": Step(values["step"])}


class CorrectionSerializer(Body):
    """What is right; what is left out stays as it was."""

    to = TextField(max_length=6, required=False, help_text="District code.")
    effective_on = DayField(required=False)
    note = TextField(max_length=MOST_CHARACTERS, allow_blank=True, required=False)


class AnnulSerializer(Body):
    """A move of a resident that counts, named by its effective day."""

    resident = NamedField(
        find=lambda number, user: Resident.objects.visible_to(user).filter(number=number).first(), max_length=20
    )
    effective_on = DayField()


class MoveFilter(django_filters.FilterSet):
    resident = django_filters.CharFilter(field_name="resident__number", max_length=20)
    origin = django_filters.CharFilter(max_length=6, help_text="District code.")
    destination = django_filters.CharFilter(max_length=6, help_text="District code.")
    effective_from = django_filters.DateFilter(field_name="effective_on", lookup_expr="gte")
    effective_before = django_filters.DateFilter(field_name="effective_on", lookup_expr="lt")
    state = django_filters.ChoiceFilter(choices=STATES, method="in_state")

    def in_state(self, moves: QuerySet[Move], _name: str, value: str) -> QuerySet[Move]:
        assert isinstance(moves, MoveQuerySet)
        return moves.in_state(Step(value))


@extend_schema_view(
    list=extend_schema(operation_id="list_moves", summary="List moves"),
    retrieve=extend_schema(operation_id="get_move", summary="Look at a move and its steps"),
)
class MoveViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Move]):
    """Moves of the residents whom the person asking may see, those that count no longer included."""

    acts = {
        "list": {Act.SEE_MOVES, Act.SEE_WALLET},
        "retrieve": {Act.SEE_MOVES, Act.SEE_WALLET},
        "create": {Act.RECORD_MOVE, Act.REPORT_OWN_MOVE},
        "steps": {Act.RECORD_MOVE, Act.REPORT_OWN_MOVE},
        "correct": {Act.RECORD_MOVE, Act.REPORT_OWN_MOVE},
        "annul": {Act.RECORD_MOVE},
    }
    queryset = Move.objects.none()
    pagination_class = Stream
    filterset_class = MoveFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> MoveQuerySet:
        return Move.objects.visible_to(self.user).select_related("resident").with_steps()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        bodies: dict[str, type[serializers.BaseSerializer[Any]]] = {
            "create": ReportSerializer,
            "annul": AnnulSerializer,
            "steps": StepSerializer,
            "correct": CorrectionSerializer,
        }
        return bodies.get(self.action, MoveSerializer)

    @operation("record_move", summary="Report a move", responses={201: MoveSerializer}, refusals=REFUSALS_OF_FACTS)
    def create(self, request: Request) -> Response:
        """Benefits follow from the effective day on, whatever is decided. Who acts for the district moved to confirms
        by reporting; else that district is asked, and the city bears what would be its share.
        """
        row = report_move(stamp=self.stamp(), **self.read_body())
        return self._answer(row, status=status.HTTP_201_CREATED)

    @operation(
        "take_step",
        summary="Confirm, dispute, withdraw, reject or annul a move",
        responses={200: MoveSerializer},
        refusals=(NotYourMove, *REFUSALS_OF_STEPS),
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def steps(self, request: Request, pk: str) -> Response:
        """For everybody of a household's case at once. Vouchers are planned again from there."""
        row = take_step(move=self.get_object(), stamp=self.stamp(), **self.read_body())
        return self._answer(row)

    @operation(
        "correct_move",
        summary="Put another move in the place of one that counts",
        responses={201: MoveSerializer},
        refusals=(*REFUSALS_OF_FACTS, *REFUSALS_OF_STEPS),
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def correct(self, request: Request, pk: str) -> Response:
        """Also one that is not the last: what came later is planned again along with it. The answer is the new move."""
        row = correct_move(move=self.get_object(), stamp=self.stamp(), **self.read_body())
        return self._answer(row, status=status.HTTP_201_CREATED)

    @operation(
        "annul_move",
        summary="Annul a move, named by its day",
        responses={200: MoveSerializer},
        refusals=(NotYourMove, NoSuchMove, *REFUSALS_OF_STEPS),
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def annul(self, request: Request) -> Response:
        """It never happened, or is withdrawn while it is open; both rows stay, and the vouchers are planned again."""
        return self._answer(take_back_move(stamp=self.stamp(), **self.read_body()))

    def _answer(self, move: Move, *, status: int = status.HTTP_200_OK) -> Response:
        """Tell a move as it is now, read again with its steps."""
        row = self.get_queryset().get(pk=move.pk)
        return Response(MoveSerializer(row).data, status=status)
