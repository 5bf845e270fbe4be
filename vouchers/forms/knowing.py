"""As of which day, and as known on which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField
from vouchers.services.knowing import Times


class KnowingForm(forms.Form):
    """Two days; each is ``today`` where nothing is typed. Nobody knows yet what will be known tomorrow."""

    as_of = DateBoxesField(label=_("As of"), required=False, help_text=_("The day you ask about."))
    known_on = DateBoxesField(
        label=_("As known on"), required=False, help_text=_("What had been recorded by the end of this day answers.")
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, today: date) -> None:
        super().__init__(data, initial={"as_of": today, "known_on": today})
        self.today = today
        self.fields["known_on"].latest = today  # type: ignore[attr-defined]

    @property
    def times(self) -> Times:
        """What was asked, or today where nothing was or it is wrong."""
        asked = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return Times(asked.get("as_of") or self.today, asked.get("known_on") or self.today)
