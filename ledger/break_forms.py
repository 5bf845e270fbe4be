"""Narrowing the queue of differences, and what is asked of whoever works on one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import MoneyField
from accounts.models import User
from accounts.words import in_words
from ledger import selectors
from ledger.break_reasons import KINDS, REASONS
from ledger.forms import ANY
from ledger.models.breaks import BreakQuerySet

OPEN, MINE, CLOSED, ALL = "open", "mine", "closed", "all"


class BreakFilter(forms.Form):
    """Which differences to show: what is open, unless something else is asked for."""

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("Open")), (MINE, _("Mine")), (CLOSED, _("Closed")), (ALL, _("All"))],
    )
    kind = forms.ChoiceField(label=_("Where"), required=False, choices=[*ANY, *KINDS.items()])
    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[*ANY, *((code, one.label) for code, one in REASONS.items())]
    )
    authority = forms.ChoiceField(label=_("Authority"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        seen = [(one.pk, in_words(one)) for one in selectors.authorities_seen_by(user)]
        self.fields["authority"].choices = [*ANY, *seen]  # type: ignore[attr-defined]

    def narrow(self, rows: BreakQuerySet) -> BreakQuerySet:
        """Return the differences asked for; none while the question is wrong."""
        if not self.is_valid():
            return rows.none()
        show = self.cleaned_data["show"] or OPEN
        if show == CLOSED:
            rows = rows.filter(steps__step="closed")
        elif show != ALL:
            rows = rows.open()
        if show == MINE:
            rows = rows.looked_at_by(self.user)
        wanted = {name: self.cleaned_data[name] for name in ("kind", "reason", "authority")}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


class CorrectionForm(forms.Form):
    """A row between two named accounts."""

    debit = forms.CharField(label=_("Debit account"), max_length=120, help_text=_("As 310106/education/cost."))
    credit = forms.CharField(label=_("Credit account"), max_length=120)
    amount = MoneyField(label=_("Amount in yuan"))
    note = forms.CharField(label=_("Why this puts it right"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


class ClosingForm(forms.Form):
    """It stands on one page with the form above, whose note is another."""

    note = forms.CharField(
        label=_("Closing note"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Say why nothing more is to be done, for whoever reads it years later."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="closing_%s")
