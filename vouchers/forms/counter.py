"""What a clerk types at the counter."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, MoneyField, plain_text
from accounts.identity import is_public_number
from vouchers.models import Voucher
from vouchers.models.vouchers import VoucherQuerySet

#: Letters that our numbers never use before the check character, and the figures they are taken for.
LOOKALIKES = str.maketrans("OIL", "011")
#: The check character may be any letter or figure; these are read for one another.
TWINS = {"0": "O", "O": "0", "1": "IL", "I": "1L", "L": "1I"}


def typed_number(text: str) -> str:
    """Return the number meant by ``text``: small letters, spaces, dashes and look-alike letters do not matter."""
    typed = "".join(filter(str.isalnum, plain_text(text).upper()))
    body, check = typed[:-1].translate(LOOKALIKES), typed[-1:]
    readings = [body + character for character in check + TWINS.get(check, "")]
    return next(filter(is_public_number, readings), typed)


class CounterForm(forms.Form):
    """One voucher, one amount. ``key`` is made when the form is first shown, so that sending twice takes once."""

    number = forms.CharField(
        label=_("Voucher number"),
        help_text=_("16 letters and figures. Small letters, spaces and dashes do not matter."),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "th-input--big",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Enter the voucher number.")},
    )
    amount = MoneyField(label=_("Amount"), widget=forms.TextInput(attrs={"class": "th-input--big"}))
    day = DateBoxesField(
        label=_("Day of the service"), help_text=_("Leave it empty if the service was today."), required=False
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, vouchers: VoucherQuerySet, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.vouchers = vouchers
        self.today = today
        self.fields["day"].latest = today  # type: ignore[attr-defined]

    def clean_number(self) -> Voucher:
        """Find the voucher, or say what is wrong with the number."""
        number = typed_number(self.cleaned_data["number"])
        if not is_public_number(number):
            raise ValidationError(
                _(
                    "This voucher number has a slip in it: its last character, which checks the others, does not fit."
                    " Compare it with the resident's, character by character."
                )
            )
        voucher = self.vouchers.filter(number=number).first()
        if voucher is None:
            raise ValidationError(
                _(
                    "There is no voucher with this number for a programme that you take."
                    " Ask the resident for another voucher; the district office can say what this one is for."
                )
            )
        return voucher

    def clean_day(self) -> date:
        return self.cleaned_data["day"] or self.today

    @property
    def asks_for_a_day(self) -> bool:
        """Whether the folded day has to be open: it was filled in, or is wrong."""
        return self.is_bound and ("day" in self.errors or self.cleaned_data.get("day") != self.today)
