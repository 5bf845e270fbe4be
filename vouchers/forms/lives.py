"""Recording what becomes of people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import identity
from accounts.form_fields import DateBoxesField, plain_text
from accounts.models import RegistrationFinding, Resident
from accounts.models.people import ResidentQuerySet
from accounts.selectors import find_exactly
from vouchers.forms.moves import PeopleField, note_field


class DeathForm(forms.Form):
    """On which day somebody died, and what proves it."""

    day = DateBoxesField(
        label=_("On which day?"),
        help_text=_("Vouchers end on this day. What was used before can still be claimed."),
        error_messages={"required": _("Enter the day of death.")},
    )
    note = note_field(_("Evidence"), help_text=_("For example the number of the death certificate."))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["day"].latest = today  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """From which day on somebody lives outside the area, and who goes along."""

    day = DateBoxesField(
        label=_("From which day on?"),
        help_text=_("The first day of living elsewhere. It may be past, today or still to come."),
        error_messages={"required": _("Enter the first day of living elsewhere.")},
    )
    together = PeopleField(label=_("Who leaves along?"), queryset=None, required=False)
    note = note_field(_("Evidence"))

    def __init__(self, *args: Any, family: ResidentQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["together"].queryset = family  # type: ignore[attr-defined]
        if not family.exists():
            del self.fields["together"]


class BirthForm(forms.Form):
    """Who was born, and when."""

    name = forms.CharField(
        label=_("Name of the child"), max_length=80, error_messages={"required": _("Enter the name.")}
    )
    day = DateBoxesField(label=_("Day of birth"), error_messages={"required": _("Enter the day of birth.")})
    id_number = forms.CharField(
        label=_("Id number"), required=False, max_length=30, help_text=_("If there is one already.")
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["day"].latest = today  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        return plain_text(self.cleaned_data["name"])

    def clean_id_number(self) -> str:
        number = plain_text(self.cleaned_data["id_number"]).replace(" ", "").upper()
        if number and not identity.is_id_number(number):
            raise ValidationError(
                _("This is no valid id number. Check each of its 18 characters; the last one is a check digit.")
            )
        return number


class MergeForm(forms.Form):
    """Which entry stands for the person from now on."""

    kept = forms.CharField(
        label=_("Resident number or id number of the entry that stays"),
        max_length=30,
        help_text=_("The number of this entry will lead there."),
        error_messages={"required": _("Enter the resident number or the id number.")},
    )
    note = note_field(_("Evidence"), help_text=_("How you know that both are one person."), required=True)

    def clean_kept(self) -> Resident:
        found = find_exactly(plain_text(self.cleaned_data["kept"]).replace(" ", ""))
        if found is None:
            raise ValidationError(_("Nobody has this number. Check each character, or register the person."))
        return found


class TakeBackForm(forms.Form):
    """Why something recorded was a mistake."""

    note = note_field(_("Why was it a mistake?"), required=True)


class FindingForm(forms.Form):
    """What came of looking into a double registration."""

    finding = forms.ChoiceField(
        label=_("What was it?"),
        choices=RegistrationFinding.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it was.")},
    )
    note = note_field(_("Note"))
