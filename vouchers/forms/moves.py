"""Reporting a move, and what is said about one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, plain_text
from accounts.models import District, Resident
from accounts.selectors import find_exactly
from vouchers.forms.choices import NamedChoiceField
from vouchers.models import Move

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

MOST_CHARACTERS = 1000


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Some people, each by name and resident number."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Resident) -> str:
        return f"{obj.name} {obj.number}"


def note_field(label: Words, *, help_text: Words = "", required: bool = False) -> forms.CharField:
    """Return a box for a few sentences."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why, in a sentence or two. Everybody of the case can read it.")},
    )


class MoveForm(forms.Form):
    """Where somebody moves, from which day on, what proves it, and who comes along."""

    to = NamedChoiceField(
        label=_("To which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district the person moves to.")},
    )
    effective_on = DateBoxesField(
        label=_("From which day on?"),
        help_text=_("The first day of living there. It may be past, today or still to come."),
    )
    together = PeopleField(
        label=_("Who moves along?"), queryset=None, required=False, help_text=_("They become one case.")
    )
    note = note_field(_("What proves it?"), help_text=_("For example the rental contract. Do not write id numbers."))

    def __init__(
        self,
        *args: Any,
        destinations: QuerySet[District],
        family: QuerySet[Resident] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = destinations  # type: ignore[attr-defined]
        if family:
            self.fields["together"].queryset = family  # type: ignore[attr-defined]
        else:
            del self.fields["together"]


class MoveInForm(MoveForm):
    """The same for somebody who lives elsewhere and is found only by a whole number."""

    who = forms.CharField(
        label=_("Whole resident number or whole id number"),
        max_length=30,
        help_text=_("As the person shows it. Somebody who lives in another district cannot be searched by name."),
        error_messages={"required": _("Enter the resident number or the id number.")},
    )
    field_order = ["who", "to", "effective_on", "note"]

    def clean_who(self) -> Resident:
        found = find_exactly(plain_text(self.cleaned_data["who"]).replace(" ", ""))
        if found is None:
            raise ValidationError(_("Nobody has this number. Check each character, or register the person."))
        return found


class NoteForm(forms.Form):
    """What somebody says along with a step."""

    def __init__(self, *args: Any, label: Words, required: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"] = note_field(label, required=required)


class CorrectionForm(forms.Form):
    """Another district or another day for a move that stands."""

    to = NamedChoiceField(
        label=_("To which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district the person moves to.")},
    )
    effective_on = DateBoxesField(label=_("From which day on?"))
    note = note_field(_("What was wrong?"))

    def __init__(self, *args: Any, move: Move, destinations: QuerySet[District], **options: Any) -> None:
        options["initial"] = {"to": move.destination_id, "effective_on": move.effective_on}
        super().__init__(*args, **options)
        self.fields["to"].queryset = destinations  # type: ignore[attr-defined]
        self.move = move

    def clean(self) -> dict[str, Any]:
        """Refuse a correction that changes nothing."""
        given = self.cleaned_data
        if not self.errors and self.as_it_is == (given["to"].code, given["effective_on"]):
            raise ValidationError(_("This is what the move says already. Change the district or the day."))
        return given

    @property
    def as_it_is(self) -> tuple[str | None, date]:
        return self.move.destination_id, self.move.effective_on


# A report by the resident: one question a page.


class WhoMovesForm(forms.Form):
    """Which people of a wallet move."""

    people = PeopleField(
        label=_("Who moves?"),
        queryset=None,
        error_messages={"required": _("Choose at least one person.")},
    )

    def __init__(self, *args: Any, people: QuerySet[Resident], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["people"].queryset = people  # type: ignore[attr-defined]


class WhereToForm(forms.Form):
    to = NamedChoiceField(
        label=_("To which district?"),
        queryset=None,
        empty_label=_("Choose a district"),
        error_messages={"required": _("Choose the district you move to.")},
    )

    def __init__(self, *args: Any, destinations: QuerySet[District], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = destinations  # type: ignore[attr-defined]


class SinceWhenForm(forms.Form):
    effective_on = DateBoxesField(
        label=_("From which day on?"),
        help_text=_("The first day of living there. It may be past, today or still to come."),
    )


class EvidenceForm(forms.Form):
    note = note_field(
        _("What shows that you live there?"),
        help_text=_("For example a rental contract, or a letter of the school. It helps the district to answer."),
    )
