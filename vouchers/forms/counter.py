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
from vouchers.visits import Bill

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
    bill_fen = MoneyField(label=_("The whole bill"), required=False)
    in_scope_fen = MoneyField(
        label=_("Of it in scope"),
        required=False,
        min_fen=0,
        help_text=_("By the catalogue of your own district."),
    )
    day = DateBoxesField(
        label=_("Day of the service"), help_text=_("Leave it empty if the service was today."), required=False
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, vouchers: VoucherQuerySet, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.vouchers = vouchers
        self.asks_for_the_bill = False
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

    def clean(self) -> dict[str, Any]:
        """Take a bill whole or not at all."""
        given = self.cleaned_data
        total_fen, in_scope_fen = given.get("bill_fen"), given.get("in_scope_fen")
        if not {"bill_fen", "in_scope_fen"} & self.errors.keys():
            if (total_fen is None) != (in_scope_fen is None):
                self.add_error(
                    "bill_fen" if total_fen is None else "in_scope_fen",
                    _("Enter the whole bill and what of it is in scope, or neither."),
                )
            elif total_fen is not None and in_scope_fen is not None and in_scope_fen > total_fen:
                self.add_error("in_scope_fen", _("No more can be in scope than is on the bill."))
        return given

    @property
    def bill(self) -> Bill | None:
        """The bill of a visitor, if it was typed."""
        total_fen = self.cleaned_data["bill_fen"]
        return None if total_fen is None else Bill(total_fen, self.cleaned_data["in_scope_fen"])

    @property
    def shows_the_bill(self) -> bool:
        """Whether the folded bill has to be open: it was filled in, is wrong, or is asked for."""
        typed = self.is_bound and any(
            name in self.errors or self.cleaned_data.get(name) is not None for name in ("bill_fen", "in_scope_fen")
        )
        return typed or self.asks_for_the_bill

    @property
    def asks_for_a_day(self) -> bool:
        """Whether the folded day has to be open: it was filled in, or is wrong."""
        return self.is_bound and ("day" in self.errors or self.cleaned_data.get("day") != self.today)
