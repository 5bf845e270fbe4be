"""All that explains one voucher, as the API tells it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.fields import MonthField
from ledger.api.transfers import TransferSerializer
from ledger.selectors.tracing import Contribution
from ledger.states import STATES
from vouchers.api.catalogue import codes
from vouchers.api.moves import MoveSerializer
from vouchers.api.shapes import VoucherSerializer
from vouchers.explaining import Tail
from vouchers.models import CostRule
from vouchers.plan_words import rule_in_words, tail_in_words
from vouchers.row_words import teller
from vouchers.services.tracing import MadePlan, Trace

BASES = ("whole", "days", "count_days", "first_payer", "use", "nothing")


class TailSerializer(serializers.Serializer[Any]):
    """What is borne from `day` on: `borne_fen` × `part` ÷ `whole`, rounded half up to the fen."""

    day = serializers.DateField()
    basis = serializers.ChoiceField(
        choices=[(basis, basis) for basis in BASES],
        help_text="What `part` and `whole` count: days, count days, or with `use` the fen not used before the day.",
    )
    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    fen = serializers.IntegerField()
    in_words = serializers.SerializerMethodField()

    def get_in_words(self, tail: Tail) -> str:
        return tail_in_words(tail)


class TermSerializer(serializers.Serializer[Any]):
    """`authority` bears `here` less `after`, for the time between their days."""

    authority = serializers.CharField()
    here = TailSerializer()
    after = TailSerializer()
    fen = serializers.IntegerField()


class PlanSerializer(serializers.Serializer[Any]):
    """A plan as it was made by what was known then; the last one is today's, and has no act."""

    act = serializers.CharField(source="last.act", default=None, allow_null=True)
    recorded_at = serializers.DateTimeField(source="last.recorded_at", default=None, allow_null=True)
    recorded_by = serializers.CharField(source="last.recorded_by", default=None, allow_null=True)
    as_of = serializers.DateField(help_text="The day whose facts count.")
    cost_rule = serializers.ChoiceField(source="entitlement.cost_rule", choices=codes(CostRule))
    count_days = serializers.DictField(source="entitlement.count_days", child=serializers.IntegerField())
    borne_fen = serializers.IntegerField(
        source="entitlement.borne_fen", help_text="The amount less what expired or was revoked by then."
    )
    terms = TermSerializer(many=True)
    agrees = serializers.BooleanField(help_text="Whether the books, after the act, bear what the plan wants.")
    in_words = serializers.SerializerMethodField()

    def get_in_words(self, plan: MadePlan) -> str:
        return rule_in_words(plan.entitlement)


class BelievedResidenceSerializer(serializers.Serializer[Any]):
    """Where the person lived in `[start, end)`, as believed from `recorded_at` until `superseded_at`."""

    district = serializers.CharField(source="district_id")
    start = serializers.DateField()
    end = serializers.DateField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)


class TracedMoveSerializer(MoveSerializer):
    recorded_by = serializers.CharField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    annulled_by = serializers.CharField(source="over.recorded_by", default=None, allow_null=True)


class TracedTransferSerializer(TransferSerializer):
    recorded_by = serializers.CharField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    in_words = serializers.CharField()


class SettlementSerializer(serializers.Serializer[Any]):
    """An obligation that rows of this voucher went into."""

    period = MonthField(source="month")
    debtor = serializers.CharField()
    creditor = serializers.CharField()
    amount_fen = serializers.IntegerField(source="fen", help_text="From this voucher.")
    transfers = serializers.SerializerMethodField(help_text="Keys of its rows in this obligation.")
    obligation_fen = serializers.IntegerField(
        allow_null=True, help_text="The whole of it, gross; null where it is not yours to see."
    )
    state = serializers.ChoiceField(source="state.code", choices=[(state.code, state.code) for state in STATES])
    settled_on = serializers.DateField(source="settled.booked_on", default=None, allow_null=True)
    proposed_by = serializers.CharField(source="settled.proposed_by", default=None, allow_null=True)
    approved_by = serializers.CharField(source="settled.approved_by", default=None, allow_null=True)

    def get_transfers(self, part: Contribution) -> list[str]:
        return [row.key for row in part.rows]


class TraceSerializer(serializers.Serializer[Any]):
    """From a voucher to the people, the plans and the settlements behind every fen of it."""

    voucher = VoucherSerializer()
    residences = BelievedResidenceSerializer(many=True)
    moves = TracedMoveSerializer(many=True)
    transfers = TracedTransferSerializer(source="rows", many=True)
    plans = PlanSerializer(many=True)
    settlements = SettlementSerializer(many=True)

    def to_representation(self, traced: Trace) -> dict[str, Any]:
        tell = teller(traced.rows)
        for row in traced.rows:
            row.in_words = tell(row)  # type: ignore[attr-defined]
        return super().to_representation(traced)
