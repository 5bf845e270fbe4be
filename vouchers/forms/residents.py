"""Finding and registering residents."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import identity
from accounts.form_fields import DateBoxesField, plain_text
from accounts.models import District, Resident
from accounts.selectors import find_exactly
from vouchers.forms.choices import NamedChoiceField


class ResidentSearchForm(forms.Form):
    """Which residents to list."""

    q = forms.CharField(label=_("Name, resident number or whole id number"), required=False, max_length=80)
    district = NamedChoiceField(label=_("Lives in"), queryset=None, required=False, empty_label=_("All districts"))

    def __init__(self, *args: Any, districts: QuerySet[District], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        return plain_text(self.cleaned_data["q"])


class RegisterForm(forms.Form):
    """Who somebody is and where the person lives. The day of birth follows from the id number where there is one."""

    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Enter the name.")})
    id_number = forms.CharField(
        label=_("Id number"),
        required=False,
        max_length=30,
        help_text=_("18 characters. It is stored encrypted; from here on only its ends are shown."),
    )
    born_on = DateBoxesField(label=_("Day of birth"), required=False, help_text=_("Only where there is no id number."))
    district = NamedChoiceField(
        label=_("Lives in"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district the person lives in.")},
    )
    since = DateBoxesField(
        label=_("Since which day?"),
        error_messages={"required": _("Enter the day since which the person lives there.")},
    )
    guardian = forms.CharField(
        label=_("Resident number of the guardian"),
        required=False,
        max_length=20,
        help_text=_("For a child or a ward. The guardian can see and use the vouchers."),
    )

    def __init__(self, *args: Any, districts: QuerySet[District], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        for name in ("born_on", "since"):
            self.fields[name].latest = today  # type: ignore[attr-defined]

    def clean_id_number(self) -> str:
        number = plain_text(self.cleaned_data["id_number"]).replace(" ", "").upper()
        if number and not identity.is_id_number(number):
            raise ValidationError(
                _("This is no valid id number. Check each of its 18 characters; the last one is a check digit.")
            )
        return number

    def clean_guardian(self) -> Resident | None:
        number = plain_text(self.cleaned_data["guardian"])
        if not number:
            return None
        guardian = find_exactly(number)
        if guardian is None:
            raise ValidationError(
                _("Nobody has this resident number. Register the guardian first, or check the number.")
            )
        return guardian

    def clean(self) -> dict[str, Any]:
        """Ask for the id number or the day of birth, and for no contradiction between them."""
        given = self.cleaned_data
        number, born_on = given.get("id_number"), given.get("born_on")
        if number == "" and born_on is None and "born_on" not in self.errors:
            self.add_error("id_number", _("Enter the id number, or the day of birth where there is none."))
        if number and born_on and identity.born_on(number) != born_on:
            self.add_error("born_on", _("The id number says another day of birth. Check both, or leave this empty."))
        return given
