"""What is asked of whoever answers a statement, or takes part in a dispute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import MoneyField
from ledger.forms import month_choices
from ledger.models import Dispute
from ledger.months import month_text, parse_month
from ledger.selectors import Line

LONGEST_NOTE = 400


class MonthForm(forms.Form):
    """Which month to show; the newest whose statements are there unless another is chosen."""

    month = forms.ChoiceField(label=_("Month"), required=False)

    def __init__(self, *args: Any, months: Sequence[date], usual: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["month"] = month_text(usual)
        self.usual = usual
        self.fields["month"].choices = month_choices(months)  # type: ignore[attr-defined]

    def chosen(self) -> date:
        text = self.cleaned_data.get("month") if self.is_valid() else ""
        return parse_month(text) if text else self.usual


class LineForm(forms.Form):
    """Names a line of a statement in an address; nobody types it."""

    debtor = forms.CharField(max_length=8)
    creditor = forms.CharField(max_length=8)
    event = forms.CharField(max_length=20)
    programme = forms.CharField(max_length=40, required=False)
    belongs_to = forms.CharField(max_length=7)

    def clean_belongs_to(self) -> date:
        try:
            return parse_month(self.cleaned_data["belongs_to"])
        except ValueError as error:
            raise forms.ValidationError("YYYY-MM") from error

    @staticmethod
    def query(line: Line) -> str:
        """Return the part of an address that names ``line``."""
        named = {**line._asdict(), "belongs_to": month_text(line.belongs_to)}
        return urlencode({name: named[name] for name in LineForm.base_fields})

    def line(self, month: date) -> Line | None:
        """Return the line of ``month`` that is named, if one is."""
        return Line(month=month, **self.cleaned_data) if self.is_valid() else None


def _note(label: Any, missing: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": missing},
    )


class ObjectionForm(forms.Form):
    reason = _note(_("What is wrong?"), _("Say what is wrong, so that the other side can look for it."))


class WithdrawalForm(forms.Form):
    note = _note(_("Why do you take it back?"), _("Say why, for whoever reads it later."))


class AmountForm(forms.Form):
    """What the debtor owes after all, between nothing and what is in dispute."""

    accepted = MoneyField(min_fen=0, error_messages={"required": _("Enter the amount, 0 if nothing is owed.")})
    note = _note(_("Why?"), _("Say why, for the other side and for whoever reads it later."))

    def __init__(self, *args: Any, dispute: Dispute, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["accepted"]
        assert isinstance(field, MoneyField)
        field.label, field.max_fen = label, dispute.fen
