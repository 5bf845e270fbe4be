"""The form at the door."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from accounts.services.signing_in import identify
from accounts.stamps import Stamp


class SignInForm(AuthenticationForm):
    """User name and password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].label = _("User name")
        self.fields["username"].error_messages["required"] = _("Enter your user name.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")

    def clean(self) -> dict[str, Any]:
        """Find the user, or say in words why not."""
        if not self.errors:
            try:
                self.user_cache = identify(
                    username=self.cleaned_data["username"],
                    password=self.cleaned_data["password"],
                    now=timezone.now(),
                    stamp=Stamp.today(None),
                )
            except Refused as refusal:
                raise ValidationError(str(refusal), code=refusal.code) from refusal
        return self.cleaned_data
