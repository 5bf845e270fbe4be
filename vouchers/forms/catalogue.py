"""Programmes and providers, as the city writes them down."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import DateBoxesField, MoneyField, plain_text
from accounts.models import District
from vouchers.forms.choices import NamedChoiceField, NamedChoicesField
from vouchers.models import CostRule, Funding, Programme, Provider, ProviderKind, Sector, Visits

CODE = re.compile(r"[a-z0-9][a-z0-9-]*")
MONTH_AND_DAY = re.compile(r"(\d{1,2})\s*[:=]\s*(\d{1,2})")


def read_code(text: str) -> str:
    """Return a code that can stand in the name of a ledger account. Raises ValidationError."""
    code = plain_text(text)
    if not CODE.fullmatch(code):
        raise ValidationError(_("Use small letters, figures and hyphens only, for example education-2026."))
    return code


class ProgrammeFilterForm(forms.Form):
    sector = forms.ChoiceField(label=_("Sector"), required=False, choices=[("", _("All sectors")), *Sector.choices])


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Validity is asked for by its last day and stored by the day after it."""

    sector = forms.ChoiceField(
        label=_("What is it for?"),
        choices=Sector.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is for.")},
    )
    annual_fen = MoneyField(label=_("Amount for each resident"))
    valid_from = DateBoxesField(
        label=_("First day of validity"), error_messages={"required": _("Enter the first day of validity.")}
    )
    last_day = DateBoxesField(
        label=_("Last day of validity"), error_messages={"required": _("Enter the last day of validity.")}
    )
    at_birth = forms.TypedChoiceField(
        label=_("Is it given at birth?"),
        help_text=_("It is then issued by itself, whole, when a birth is recorded."),
        choices=[(False, _("No, it is issued by hand or in batches.")), (True, _("Yes, from the day of birth on."))],
        coerce=lambda value: value == "True",
        empty_value=False,  # type: ignore[arg-type] # a truth value is what is kept
        required=False,
        widget=forms.RadioSelect,
    )
    cost_rule = forms.ChoiceField(
        label=_("After a move, who bears what?"),
        choices=[
            (CostRule.DAILY, _("By days: each district bears the days the resident lived there.")),
            (
                CostRule.MONTHLY,
                _("By head-count days: each district bears the count days on which the resident lived there."),
            ),
            (CostRule.ORIGIN, _("By origin: the first district bears it all, and the money goes with the person.")),
            (CostRule.BY_USE, _("By use: each district bears what the resident used while living there.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a rule.")},
    )
    usual_count_day = forms.IntegerField(
        label=_("Count day of each month"),
        required=False,
        min_value=1,
        max_value=31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
        help_text=_(
            "Only by head-count days. Leave both boxes empty for the usual ones: the 10th, in September the 15th."
        ),
        error_messages={
            "invalid": _("Enter a day of the month in figures."),
            "min_value": _("Enter a day of the month from 1 to 31."),
            "max_value": _("Enter a day of the month from 1 to 31."),
        },
    )
    other_count_days = forms.CharField(
        label=_("Months with another count day"),
        required=False,
        max_length=120,
        help_text=_("Month and day, for example 9:15, 2:20."),
    )
    funded_by = forms.ChoiceField(
        label=_("Who funds it?"),
        choices=[
            (Funding.DISTRICT, _("The district the resident lives in.")),
            (Funding.POOL, _("The pool that the district belongs to; a move inside the pool then shifts nothing.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who funds it.")},
    )

    visits = forms.ChoiceField(
        label=_("Use in other districts"),
        choices=[
            (Visits.OPEN, _("Anywhere, without a filing.")),
            (Visits.FILED, _("Elsewhere only after the resident filed it; the terms for visits say what is paid.")),
            (Visits.HOME_ONLY, _("Only where the resident lives, or in the same pool if the pool funds it.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where it can be used.")},
    )

    class Meta:
        model = Programme
        fields = [
            "name_zh",
            "name_en",
            "code",
            "sector",
            "buys_zh",
            "buys_en",
            "annual_fen",
            "source",
            "valid_from",
            "cost_rule",
            "funded_by",
            "visits",
            "min_age",
            "max_age",
            "at_birth",
            "late_claim_days",
        ]
        labels = {
            "name_zh": _("Name in Chinese"),
            "name_en": _("Name in English"),
            "code": _("Code"),
            "buys_zh": _("What it buys, in Chinese"),
            "buys_en": _("What it buys, in English"),
            "source": _("Source of the amount"),
            "min_age": _("Youngest age"),
            "max_age": _("Oldest age"),
            "late_claim_days": _("Days for late claims"),
        }
        help_texts = {
            "code": _("Names it in the books for ever. Small letters, figures and hyphens."),
            "source": _("The document that fixes the amount."),
            "min_age": _("Completed years on the first day of validity."),
            "max_age": _("Completed years on the first day of validity."),
            "late_claim_days": _(
                "So many days after the last day, providers may still claim. Then what is left goes back."
            ),
        }
        error_messages = {
            "name_zh": {"required": _("Enter the Chinese name.")},
            "name_en": {"required": _("Enter the English name.")},
            "code": {"required": _("Enter a code."), "unique": _("Another programme has this code.")},
            "late_claim_days": {"required": _("Enter a number of days; 0 is allowed.")},
        }

    field_order = [
        "name_zh",
        "name_en",
        "code",
        "sector",
        "buys_zh",
        "buys_en",
        "annual_fen",
        "source",
        "valid_from",
        "last_day",
        "min_age",
        "max_age",
        "funded_by",
        "cost_rule",
        "usual_count_day",
        "other_count_days",
        "visits",
        "at_birth",
        "late_claim_days",
    ]

    def __init__(self, data: Any, *, instance: Programme) -> None:
        days = dict(instance.count_days)
        initial = {
            "last_day": instance.valid_until - timedelta(days=1) if instance.valid_until else None,
            "usual_count_day": days.pop("default", None),
            "other_count_days": ", ".join(f"{month}:{day}" for month, day in sorted(days.items(), key=_by_month)),
        }
        super().__init__(data, instance=instance, initial=initial)
        for name in ("min_age", "max_age", "late_claim_days"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"})
            self.fields[name].error_messages["invalid"] = _("Enter a whole number in figures.")

    def clean_code(self) -> str:
        return read_code(self.cleaned_data["code"])

    def clean_other_count_days(self) -> dict[str, int]:
        """Read "9:15, 2:20" as days of the month by month."""
        typed = plain_text(self.cleaned_data["other_count_days"]).replace("、", ",").replace(";", ",")
        days = {}
        for part in filter(None, (part.strip() for part in typed.split(","))):
            match = MONTH_AND_DAY.fullmatch(part)
            if match is None or not 1 <= int(match[1]) <= 12 or not 1 <= int(match[2]) <= 31:
                raise ValidationError(_("Enter month and day with a colon between, for example 9:15, 2:20."))
            days[str(int(match[1]))] = int(match[2])
        return days

    def clean(self) -> dict[str, Any]:
        """Hold the days, the ages and the count days against each other."""
        given = super().clean() or self.cleaned_data
        first, last = given.get("valid_from"), given.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not be before the first."))
        elif last:
            self.instance.valid_until = last + timedelta(days=1)
        youngest, oldest = given.get("min_age"), given.get("max_age")
        if youngest is not None and oldest is not None and oldest < youngest:
            self.add_error("max_age", _("The oldest age must not be below the youngest."))
        self._take_count_days(given)
        return given

    def _take_count_days(self, given: dict[str, Any]) -> None:
        usual, others = given.get("usual_count_day"), given.get("other_count_days") or {}
        days = {**({"default": usual} if usual else {}), **others}
        if days and given.get("cost_rule") not in (None, CostRule.MONTHLY):
            field = "usual_count_day" if usual else "other_count_days"
            self.add_error(
                field, _("Count days belong to the rule by head-count days. Choose that rule, or empty this.")
            )
        self.instance.count_days = days


class ProviderFilterForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *ProviderKind.choices])
    district = NamedChoiceField(label=_("District"), queryset=None, required=False, empty_label=_("All districts"))
    programme = NamedChoiceField(
        label=_("Accredited for"), queryset=None, required=False, empty_label=_("Any programme")
    )

    def __init__(
        self, *args: Any, districts: QuerySet[District], programmes: QuerySet[Programme], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=ProviderKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the kind of provider.")},
    )
    district = NamedChoiceField(
        label=_("District"),
        queryset=None,
        empty_label=_("Choose a district"),
        help_text=_("What is redeemed here is owed by this district."),
        error_messages={"required": _("Choose the district.")},
    )
    accredited_for = NamedChoicesField(
        label=_("Accredited for"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It may take vouchers of these programmes and of no others."),
    )

    class Meta:
        model = Provider
        fields = ["name_zh", "name_en", "code", "kind", "district"]
        labels = {"name_zh": _("Name in Chinese"), "name_en": _("Name in English"), "code": _("Code")}
        help_texts = {"code": _("Names it in the books for ever. Small letters, figures and hyphens.")}
        error_messages = {
            "name_zh": {"required": _("Enter the Chinese name.")},
            "name_en": {"required": _("Enter the English name.")},
            "code": {"required": _("Enter a code."), "unique": _("Another provider has this code.")},
        }

    def __init__(
        self, data: Any, *, instance: Provider, districts: QuerySet[District], programmes: QuerySet[Programme]
    ) -> None:
        accredited = list(instance.programmes.values_list("pk", flat=True)) if instance.pk else []
        super().__init__(data, instance=instance, initial={"accredited_for": accredited})
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        self.fields["accredited_for"].queryset = programmes  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        return read_code(self.cleaned_data["code"])


def _by_month(item: tuple[str, int]) -> int:
    return int(item[0])
