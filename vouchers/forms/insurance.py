"""Applying for an insurance transfer and taking its steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField
from accounts.models import District
from vouchers.forms.choices import NamedChoiceField


class ApplyForm(forms.Form):
    """Where the account is to go, and when that was asked for."""

    to = NamedChoiceField(
        label=_("To which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district the insurance goes to.")},
    )
    day = DateBoxesField(
        label=_("On which day was it applied for?"),
        help_text=_("The rule of that day decides what goes along, and the first 15 working days begin."),
    )

    def __init__(self, *args: Any, destinations: QuerySet[District], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = destinations  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """When a step was taken."""

    day = DateBoxesField(label=_("On which day?"))


class RejectForm(StepForm):
    """When a transfer was rejected, and why."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        help_text=_("In words the person understands: what is missing, and where to bring it."),
        error_messages={"required": _("Say why it is rejected.")},
    )
