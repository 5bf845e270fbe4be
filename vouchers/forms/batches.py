"""Issuing to many: what, and to whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from vouchers.forms.choices import NamedChoiceField
from vouchers.forms.issuing import OfferForm

#: A hundred thousand rows fit well.
MOST_BYTES = 10 * 1024 * 1024


class RosterBatchForm(OfferForm):
    """A programme for the residents in a file."""

    roster = forms.FileField(
        label=_("CSV file"),
        help_text=_("One resident a row, under the heading resident_number or id_number."),
        error_messages={"required": _("Choose a CSV file."), "empty": _("The file is empty.")},
    )

    def clean_roster(self) -> UploadedFile[Any]:
        roster: UploadedFile[Any] = self.cleaned_data["roster"]
        if (roster.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 megabytes. Split it into several."))
        return roster


class DistrictBatchForm(OfferForm):
    """A programme for everybody eligible in a district."""

    district = NamedChoiceField(
        label=_("For everybody eligible in which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        help_text=_("Whoever holds such a voucher already is left out."),
        error_messages={"required": _("Choose the district.")},
    )

    def __init__(self, *args: Any, districts: QuerySet[District], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
