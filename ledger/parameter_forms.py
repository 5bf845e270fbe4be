"""What is asked to set a limit, or a rate of interest on late payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, MoneyField
from accounts.models import User
from accounts.words import in_words
from ledger import selectors

PPM_A_PERCENT = 10_000


class CapForm(forms.Form):
    authority = forms.ChoiceField(label=_("Authority"), error_messages={"required": _("Choose the authority.")})
    amount = MoneyField(
        label=_("Limit in yuan"),
        min_fen=0,
        required=False,
        help_text=_("The most it may have to pay for one month once all is netted. Empty lifts the limit."),
    )
    valid_from = DateBoxesField(label=_("For months netted from this day on"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].choices = [  # type: ignore[attr-defined]
            (one.pk, in_words(one)) for one in selectors.authorities_seen_by(user)
        ]


class RateForm(forms.Form):
    rate = forms.DecimalField(
        label=_("Rate in percent a year"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "th-input--amount"}),
        error_messages={
            "required": _("Enter the rate."),
            "invalid": _("Enter the rate in percent, for example 3.65."),
            "min_value": _("The rate must be from 0 to 100 percent."),
            "max_value": _("The rate must be from 0 to 100 percent."),
            "max_decimal_places": _("Enter the rate with at most four decimals."),
        },
    )
    valid_from = DateBoxesField(label=_("From which day on?"))
    source = forms.CharField(
        label=_("Which rule sets it?"),
        max_length=200,
        help_text=_("Name and number of the document, so that whoever pays can look it up."),
        error_messages={"required": _("Name the rule. A rate without a source is not charged.")},
    )

    def clean_rate(self) -> int:
        """Return the rate in parts per million."""
        return int(self.cleaned_data["rate"] * PPM_A_PERCENT)
