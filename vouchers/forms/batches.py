"""Issuing to many: what, and to whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from vouchers.forms.choices import NamedChoiceField
from vouchers.forms.issuing import OfferForm

#: A hundred thousand rows fit well.
MOST_BYTES = 10 * 1024 * 1024


class Source(models.TextChoices):
    FILE = "file", _("The residents in a file")
    DISTRICT = "district", _("Everybody eligible who lives in a district")


class BatchForm(OfferForm):
    source = forms.ChoiceField(
        label=_("To whom?"),
        choices=Source.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a file or a district.")},
    )
    roster = forms.FileField(
        label=_("CSV file"),
        required=False,
        help_text=_("One resident a row, under the heading resident_number or id_number."),
        error_messages={"empty": _("The file is empty."), "invalid": _("Choose a file.")},
    )
    district = NamedChoiceField(
        label=_("District"), queryset=None, required=False, empty_label=_("Choose a district")
    )

    def __init__(self, *args: Any, districts: QuerySet[District], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]

    def clean_roster(self) -> UploadedFile | None:
        roster: UploadedFile | None = self.cleaned_data["roster"]
        if roster and roster.size and roster.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 megabytes. Split it into several."))
        return roster

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen source needs."""
        given = super().clean()
        if given.get("source") == Source.FILE and not given.get("roster") and "roster" not in self.errors:
            self.add_error("roster", _("Choose a CSV file."))
        if given.get("source") == Source.DISTRICT and not given.get("district") and "district" not in self.errors:
            self.add_error("district", _("Choose the district."))
        return given
