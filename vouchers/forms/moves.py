"""Reporting a move."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, plain_text
from accounts.models import District, Resident
from accounts.selectors import find_exactly
from vouchers.forms.choices import NamedChoiceField


class MoveForm(forms.Form):
    """Where somebody moves, and from which day on."""

    to = NamedChoiceField(
        label=_("To which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district the person moves to.")},
    )
    effective_on = DateBoxesField(
        label=_("From which day on?"),
        help_text=_("The first day of living there. It may be past, today or still to come."),
    )

    def __init__(self, *args: Any, destinations: QuerySet[District], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = destinations  # type: ignore[attr-defined]


class MoveInForm(MoveForm):
    """The same for somebody who lives elsewhere and is found only by a whole number."""

    who = forms.CharField(
        label=_("Whole resident number or whole id number"),
        max_length=30,
        help_text=_("As the person shows it. Somebody who lives in another district cannot be searched by name."),
        error_messages={"required": _("Enter the resident number or the id number.")},
    )
    field_order = ["who", "to", "effective_on"]

    def clean_who(self) -> Resident:
        found = find_exactly(plain_text(self.cleaned_data["who"]).replace(" ", ""))
        if found is None:
            raise ValidationError(_("Nobody has this number. Check each character, or register the person."))
        return found
