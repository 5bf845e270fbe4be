"""Narrowing what is shown of the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Authority, User
from accounts.words import in_words, month_in_words
from ledger import selectors
from ledger.events import EVENTS
from ledger.models import JobState
from ledger.models.transfers import TransferQuerySet
from ledger.months import month_text, parse_month

ANY = [("", _("All"))]


def month_choices(months: Sequence[date]) -> list[tuple[str, str | Promise]]:
    return [(month_text(month), month_in_words(month)) for month in months]


class TransferFilter(forms.Form):
    """Which transfers to show. ``debtor`` and ``creditor`` come from an obligation and are not typed."""

    period = forms.ChoiceField(label=_("Period"), required=False)
    authority = forms.ChoiceField(label=_("Authority"), required=False)
    event = forms.ChoiceField(label=_("Event"), required=False)
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    subject = forms.IntegerField(label=_("Subject number"), required=False, min_value=1)
    debtor = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    creditor = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, months: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Sequence[tuple[str, str | Promise]]] = {
            "period": month_choices(months),
            "authority": [(seen.pk, in_words(seen)) for seen in selectors.authorities_seen_by(user)],
            "event": [(event.code, event.label) for event in EVENTS.values()],
            "programme": [(code, code) for code in selectors.programmes_in_the_books()],
        }
        for name, found in choices.items():
            self.fields[name].choices = [*ANY, *found]  # type: ignore[attr-defined]

    def narrow(self, rows: TransferQuerySet) -> TransferQuerySet:
        """Return the rows asked for; none while the question is wrong."""
        if not self.is_valid():
            return rows.none()
        wanted = self.cleaned_data
        if wanted["period"]:
            rows = rows.filter(period=parse_month(wanted["period"]))
        if wanted["authority"]:
            rows = rows.touching([wanted["authority"]])
        if wanted["event"]:
            rows = rows.filter(event=wanted["event"])
        if wanted["programme"]:
            rows = rows.filter(debit__programme=wanted["programme"])
        if wanted["subject"]:
            rows = rows.filter(subject=wanted["subject"])
        if wanted["debtor"] and wanted["creditor"]:
            rows = rows.between(debtor=wanted["debtor"], creditor=wanted["creditor"])
        return rows

    def pair(self) -> dict[str, Authority] | None:
        """Return the debtor and the creditor that the rows are narrowed to, if they are."""
        wanted = self.cleaned_data if self.is_valid() else {}
        names = selectors.authorities_by_code()
        found = {side: names[wanted[side]] for side in ("debtor", "creditor") if wanted.get(side) in names}
        return found if len(found) == 2 else None


class ThroughForm(forms.Form):
    """Up to which month a trial balance counts; the newest one unless another is chosen."""

    through = forms.ChoiceField(label=_("All entries up to the end of"), required=False)

    def __init__(self, *args: Any, months: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.newest = months[0]
        self.fields["through"].choices = month_choices(months)  # type: ignore[attr-defined]

    def month(self) -> date:
        chosen = self.cleaned_data.get("through") if self.is_valid() else ""
        return parse_month(chosen) if chosen else self.newest


class JobFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*ANY, *JobState.choices])
