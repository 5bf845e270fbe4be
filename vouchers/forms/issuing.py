"""Giving and taking back vouchers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, MoneyField
from vouchers.forms.choices import NamedChoiceField
from vouchers.models import Programme
from vouchers.services.issuing import Offer


class OfferForm(forms.Form):
    """What to issue; amount and window are the programme's own where nothing is typed."""

    programme = NamedChoiceField(
        label=_("Which programme?"),
        queryset=None,
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a programme.")},
    )
    fen = MoneyField(label=_("Amount"), required=False, help_text=_("Leave it empty for the programme's own amount."))
    valid_from = DateBoxesField(label=_("Valid from"), required=False)
    last_day = DateBoxesField(label=_("Last day of validity"), required=False)

    def __init__(self, *args: Any, programmes: QuerySet[Programme], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]

    @property
    def is_special(self) -> bool:
        """Whether an amount or a day was typed, or typed wrongly: then the folded part stays open."""
        return (
            any(
                name in self.errors or self.cleaned_data.get(name) is not None
                for name in ("fen", "valid_from", "last_day")
            )
            if self.is_bound
            else False
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a window that ends before it begins."""
        if not self.errors and self.offer.valid_until <= self.offer.valid_from:
            self.add_error("last_day", _("The last day must not be before the first."))
        return self.cleaned_data

    @property
    def offer(self) -> Offer:
        """What was chosen. ``[valid_from, valid_until)``: the day after the last."""
        last: date | None = self.cleaned_data.get("last_day")
        return Offer.of(
            self.cleaned_data["programme"],
            fen=self.cleaned_data.get("fen"),
            valid_from=self.cleaned_data.get("valid_from"),
            valid_until=date.fromordinal(last.toordinal() + 1) if last else None,
        )


class RevokeForm(forms.Form):
    """From which day on a voucher no longer holds."""

    day = DateBoxesField(
        label=_("From which day on is it revoked?"),
        help_text=_("What was used before stays paid."),
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["day"].latest = today  # type: ignore[attr-defined]
