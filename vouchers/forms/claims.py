"""Sending a month's claims, and choosing the month to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField
from ledger.forms import ANY, month_choices
from ledger.months import month_of, month_text, parse_month, previous_month
from vouchers.forms.files import TableField

#: How far back a provider may send or look, in months.
MONTHS_BACK = 12


def recent_months(today: date) -> Sequence[date]:
    """Return this month and those before it, the newest first."""
    months = [month_of(today)]
    while len(months) < MONTHS_BACK:
        months.append(previous_month(months[-1]))
    return months


class MonthForm(forms.Form):
    """A month, mostly the last one."""

    month = forms.ChoiceField(label=_("Month of the services"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = recent_months(today)
        self.last_month = months[1]
        self.fields["month"].choices = month_choices(months)  # type: ignore[attr-defined]
        self.fields["month"].initial = month_text(self.last_month)

    def clean_month(self) -> date:
        return parse_month(self.cleaned_data["month"])


class ClaimFileForm(MonthForm):
    claims = TableField(
        label=_("CSV or XLSX file"),
        help_text=_("One service a row: programme, day, number of the redemption, amount in yuan."),
    )


class ClaimFilter(MonthForm):
    """Which claims to show: of every month unless one is chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["month"]
        field.required, field.initial = False, ""
        field.choices = [*ANY, *field.choices]  # type: ignore[attr-defined]

    def clean_month(self) -> date | None:  # type: ignore[override]
        return parse_month(self.cleaned_data["month"]) if self.cleaned_data["month"] else None


class SuspensionForm(forms.Form):
    """Days of service that a provider is not paid for until somebody decides."""

    start = DateBoxesField(label=_("First day"))
    last = DateBoxesField(label=_("Last day"), help_text=_("If it lasts longer, record another one then."))
    reason = forms.CharField(label=_("Why?"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
