"""Which district becomes part of which, and from when on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField
from accounts.models.places import DistrictQuerySet
from vouchers.forms.choices import NamedChoiceField


class MergerForm(forms.Form):
    """Two districts that still go on."""

    predecessor = NamedChoiceField(
        label=_("Which district ends?"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district.")},
    )
    successor = NamedChoiceField(
        label=_("Of which district is it part from then on?"),
        queryset=None,
        empty_label=_("Choose a district"),
        help_text=_("It takes over the people, the providers, the accounts and all that is due, the past included."),
        error_messages={"required": _("Choose the district.")},
    )
    day = DateBoxesField(
        label=_("From which day on?"), help_text=_("The first day on which the two are one; today or earlier.")
    )

    def __init__(self, *args: Any, districts: DistrictQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("predecessor", "successor"):
            self.fields[name].queryset = districts  # type: ignore[attr-defined]
