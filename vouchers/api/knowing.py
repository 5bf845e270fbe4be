"""A voucher as of one day, as known on another."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from accounts.api.fields import Body, DayField
from vouchers.api.shapes import STATUSES
from vouchers.api.tracing import TermSerializer
from vouchers.services.knowing import Times


class KnownQuery(Body):
    """Two days; either is today where it is left out."""

    as_of = DayField(required=False, help_text="The day asked about.")
    known_on = DayField(ahead=False, required=False, help_text="What was booked by the end of this day answers.")

    def times(self, *, today: date) -> Times:
        """Return both days. Raises ValidationError."""
        self.is_valid(raise_exception=True)
        return Times(self.validated_data.get("as_of", today), self.validated_data.get("known_on", today))


class KnownVoucherSerializer(serializers.Serializer[Any]):
    """What was left of a voucher, who paid and who bore what, by the facts of one day as known on another."""

    number = serializers.CharField(source="voucher.number")
    as_of = serializers.DateField(source="times.as_of")
    known_on = serializers.DateField(source="times.known_on")
    payer = serializers.CharField(help_text="Authority that owed what remained; `suspense` is the city meanwhile.")
    amount_fen = serializers.IntegerField()
    spent_fen = serializers.IntegerField()
    returned_fen = serializers.IntegerField()
    remaining_fen = serializers.IntegerField()
    status = serializers.ChoiceField(choices=STATUSES)
    terms = TermSerializer(many=True)
