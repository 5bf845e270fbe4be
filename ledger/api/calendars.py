"""A month's calendar: its milestones, their days, and who passed them on what figures."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ledger.calendar import MILESTONES, Standing

MILESTONE_CODES = [(milestone.code, milestone.code) for milestone in MILESTONES]
STANDINGS = [(standing.value, standing.value) for standing in Standing]


class AppointmentSerializer(serializers.Serializer[Any]):
    milestone = serializers.ChoiceField(source="milestone.code", choices=MILESTONE_CODES)
    day = serializers.DateField(help_text="A working day, kept as it was reckoned when the month began.")
    standing = serializers.ChoiceField(
        choices=STANDINGS, help_text="How it stands today; `waiting` cannot begin before something else was done."
    )
    working_days_left = serializers.IntegerField(help_text="After today, the day itself included; 0 once it has come.")
    done_on = serializers.DateField(source="step.booked_on", default=None, allow_null=True)
    proposed_by = serializers.CharField(source="step.proposed_by.username", default=None, allow_null=True)
    approved_by = serializers.CharField(source="step.approved_by.username", default=None, allow_null=True)
    payload = serializers.CharField(
        source="step.payload", default=None, allow_null=True, help_text="SHA-256 of the figures that were approved."
    )
