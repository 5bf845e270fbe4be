"""What more than one address answers with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from vouchers.models.vouchers import ACTIVE, EndReason

STATUSES = [(code, code) for code in (ACTIVE, *EndReason.values)]


class VoucherSerializer(serializers.Serializer[Any]):
    """One resident's entitlement under one programme for one window ``[valid_from, valid_until)``."""

    number = serializers.CharField()
    resident = serializers.CharField(source="resident.number")
    programme = serializers.CharField(source="programme.code")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(help_text="The first day on which it no longer holds.")
    amount_fen = serializers.IntegerField()
    spent_fen = serializers.IntegerField()
    returned_fen = serializers.IntegerField(help_text="What expired or was revoked.")
    remaining_fen = serializers.IntegerField()
    payer = serializers.CharField(help_text="Authority that owes what remains today.")
    status = serializers.ChoiceField(choices=STATUSES, help_text="A spent voucher stays active.")
    issued_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
