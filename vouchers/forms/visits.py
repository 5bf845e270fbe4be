"""Filing a visit, all at once or one question a page, and what a programme pays of visitors' bills."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, MoneyField
from accounts.models import District, Resident
from vouchers.forms.choices import NamedChoiceField
from vouchers.models import Visitor
from vouchers.visits import Terms, earliest_end


class PersonField(NamedChoiceField):
    """One of a few people who know each other, by name."""

    def label_from_instance(self, obj: models.Model) -> str:
        return str(getattr(obj, "name", obj))


class FilingForm(forms.Form):
    """Who visits which district, why, and until when. ``only`` names the one question of a page."""

    who = PersonField(
        label=_("Whose vouchers are used elsewhere?"),
        queryset=None,
        empty_label=None,
        to_field_name="number",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the person.")},
    )
    district = NamedChoiceField(
        label=_("In which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        help_text=_("The filing holds at every provider there that takes the vouchers."),
        error_messages={"required": _("Choose the district.")},
    )
    visitor = forms.ChoiceField(
        label=_("Why there?"),
        choices=Visitor.choices,
        widget=forms.RadioSelect,
        help_text=_("Long-term filings hold until they are ended, the others for six months or longer."),
        error_messages={"required": _("Choose why.")},
    )
    start = DateBoxesField(label=_("From which day on?"), help_text=_("It may be past, today or still to come."))
    last_day = DateBoxesField(
        label=_("Until which day?"),
        help_text=_("The last day on which it holds. A temporary filing lasts six months at least."),
        required=False,
        error_messages={"required": _("Enter the last day.")},
    )

    def __init__(
        self,
        data: Any,
        *,
        people: QuerySet[Resident],
        districts: QuerySet[District],
        today: date,
        only: str | None = None,
    ) -> None:
        last = earliest_end(today) - timedelta(days=1)
        super().__init__(data, initial={"start": today, "last_day": last})
        self.fields["who"].queryset = people  # type: ignore[attr-defined]
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        if only is not None:
            self.fields = {only: self.fields[only]}
            self.fields[only].required = True

    def clean(self) -> dict[str, Any]:
        """Ask for the last day of a temporary filing, and take none for a long-term one."""
        given = self.cleaned_data
        if "visitor" in self.fields and "last_day" in self.fields and "last_day" not in self.errors:
            if given.get("visitor") == Visitor.LONG_TERM:
                given["last_day"] = None
            elif given.get("visitor") and given["last_day"] is None:
                self.add_error("last_day", _("Enter the last day."))
        return given


class VisitTermsForm(forms.Form):
    """What a programme pays of a visitor's bill, from a day on."""

    since = DateBoxesField(
        label=_("From which day on?"), help_text=_("By the day of the service. Earlier terms keep their days.")
    )
    percent = forms.IntegerField(
        label=_("Percent paid of what is in scope"), min_value=0, max_value=100, help_text=_("As at home.")
    )
    deductible_fen = MoneyField(
        label=_("Deducted from each bill before"), min_fen=0, initial=0, help_text=_("0 where nothing is deducted.")
    )
    points_off_referred = forms.IntegerField(
        label=_("Points less when referred or in an emergency"), min_value=0, max_value=100, initial=10
    )
    points_off_unreferred = forms.IntegerField(
        label=_("Points less without a referral"), min_value=0, max_value=100, initial=20
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        for name in ("percent", "points_off_referred", "points_off_unreferred"):
            field = self.fields[name]
            field.widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"})
            wrong = dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("Enter a number from 0 to 100."))
            field.error_messages |= wrong
            for validator in field.validators:
                validator.message = wrong["invalid"]  # type: ignore[attr-defined]

    @property
    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in Terms._fields})
