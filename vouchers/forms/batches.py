"""Issuing to many: what, and to whom."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from vouchers.forms.choices import NamedChoiceField
from vouchers.forms.files import CsvField
from vouchers.forms.issuing import OfferForm


class RosterBatchForm(OfferForm):
    """A programme for the residents in a file."""

    roster = CsvField(
        label=_("CSV file"), help_text=_("One resident a row, under the heading resident_number or id_number.")
    )


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
