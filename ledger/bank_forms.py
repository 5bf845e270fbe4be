"""What is asked for an account at a bank, and for a bank's statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, MoneyField
from accounts.words import in_words
from ledger import selectors
from ledger.bank_words import OUTCOMES
from ledger.break_reasons import BANK, REASONS
from ledger.forms import ANY
from ledger.models import Payment

#: A day with some ten thousand lines fits well.
MOST_BYTES = 20 * 1024 * 1024


class StatementFileForm(forms.Form):
    statement = forms.FileField(
        label=_("Bank statement"),
        help_text=_("The file that the bank sends: ISO 20022 camt.053, one statement of one account."),
        error_messages={"required": _("Choose the file of the statement."), "empty": _("The file is empty.")},
    )

    def clean_statement(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["statement"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(
                _("The file is larger than 20 megabytes. Ask the bank for a statement of fewer days.")
            )
        return file


class BankAccountForm(forms.Form):
    """An account of an authority, or of one of its providers."""

    authority = forms.ChoiceField(label=_("Authority"), error_messages={"required": _("Choose the authority.")})
    party = forms.CharField(
        label=_("Provider's code"),
        required=False,
        max_length=40,
        help_text=_("Only for the account of a provider; empty for the authority's own."),
    )
    holder = forms.CharField(
        label=_("Holder"),
        max_length=70,
        help_text=_("As the bank has it."),
        error_messages={"required": _("Enter the holder of the account.")},
    )
    number = forms.CharField(
        label=_("Account number"),
        max_length=34,
        validators=[RegexValidator(r"^[0-9A-Za-z-]+$", _("An account number has digits and letters only."))],
        error_messages={"required": _("Enter the account number.")},
    )
    bank_code = forms.CharField(
        label=_("Bank's number"),
        max_length=12,
        help_text=_("Twelve digits, as in the payment system of the central bank."),
        validators=[RegexValidator(r"^[0-9]{12}$", _("The bank's number has twelve digits."))],
        error_messages={"required": _("Enter the bank's number.")},
    )
    bank_name = forms.CharField(
        label=_("Name of the bank"), max_length=70, error_messages={"required": _("Enter the name of the bank.")}
    )
    valid_from = DateBoxesField(label=_("From which day on?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.authorities = selectors.authorities_by_code()
        names = [(code, in_words(authority)) for code, authority in self.authorities.items()]
        self.fields["authority"].choices = [("", _("Choose")), *names]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what was entered, the authority as a row."""
        return {**self.cleaned_data, "authority": self.authorities[self.cleaned_data["authority"]]}


class IdentifyingForm(forms.Form):
    """Whose money it is, and how much of it."""

    payment = forms.ChoiceField(label=_("For which payment?"), error_messages={"required": _("Choose the payment.")})
    amount = MoneyField(label=_("Amount in yuan"))

    def __init__(self, *args: Any, payments: Sequence[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payments = {str(payment.pk): payment for payment in payments}
        names = [(pk, f"{in_words(one.authority)} · {one.end_to_end_id}") for pk, one in self.payments.items()]
        self.fields["payment"].choices = [("", _("Choose")), *names]  # type: ignore[attr-defined]


class EntryFilter(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            *ANY,
            *((code, said.words) for code, said in OUTCOMES.items() if code),
            *((code, reason.label) for code, reason in REASONS.items() if reason.kind == BANK),
        ],
    )
