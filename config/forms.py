"""How forms look and what their fields accept.

Set ``FORM_RENDERER = "config.forms.FormRenderer"`` and every ``{{ form }}``
comes out in this project's markup. Three fields are ours: ``DateBoxesField``
(three boxes, never the browser's date box), ``MoneyField`` (yuan typed, fen
kept) and ``TickField`` (one box with its label beside it is Django's own).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

YUAN = re.compile(r"(\d+)(?:\.(\d{1,2}))?")
CLASS_BY_WIDGET: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.CheckboxSelectMultiple, "govuk-checkboxes__input"),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.FileInput, "th-file"),
    (forms.TextInput, "govuk-input"),
)
CLASS_IN_ERROR = {
    "govuk-input": "govuk-input--error",
    "govuk-select": "govuk-select--error",
    "govuk-textarea": "govuk-textarea--error",
}


def plain_text(value: object) -> str:
    """Return what was typed with full-width digits and signs made ordinary, and trimmed."""
    return unicodedata.normalize("NFKC", "" if value is None else str(value)).strip()


class GovukBoundField(BoundField):
    """A field that gives its widget the classes of the stylesheet."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """Add the widget's class, and that of an error, to whatever the form asked for."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        own = next((name for kind, name in CLASS_BY_WIDGET if isinstance(widget, kind)), "")
        wanted = [own, str(widget.attrs.get("class", "")), str(attrs.get("class", ""))]
        if self.errors and own in CLASS_IN_ERROR:
            wanted.append(CLASS_IN_ERROR[own])
        if classes := " ".join(filter(None, wanted)):
            attrs["class"] = classes
        return attrs

    @property
    def kind(self) -> str:
        """Name the layout the field template should use."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "tick"
        if isinstance(widget, DateBoxes):
            return "date"
        return "group" if widget.use_fieldset else "plain"

    @property
    def first_id(self) -> str:
        """The id an error must link to: of a group, its first control."""
        if self.kind == "date":
            return f"{self.auto_id}_{date_order()[0]}"
        if self.kind == "group":
            return f"{self.auto_id}_0"
        return self.id_for_label or self.auto_id

    @property
    def described_by(self) -> str:
        """Ids of the hint and the error, for the fieldset of a group."""
        return self.aria_describedby or ""

    @property
    def suffix(self) -> str:
        """The unit shown after the box, if the field has one."""
        return str(getattr(self.field, "suffix", ""))


class FormRenderer(TemplatesSetting):
    """Render forms from this project's templates, through Django's own extension points."""

    form_template_name = "django/forms/div.html"
    field_template_name = "django/forms/field.html"
    bound_field_class = GovukBoundField


def date_order() -> tuple[str, str, str]:
    """Return the order of the boxes: 年 月 日 in Chinese, day month year in English."""
    chinese = (get_language() or "").startswith("zh")
    return ("year", "month", "day") if chinese else ("day", "month", "year")


class DateBoxes(forms.MultiWidget):
    """Three text boxes whose names end in _year, _month and _day."""

    template_name = "django/forms/widgets/date_boxes.html"
    use_fieldset = True
    parts = ("year", "month", "day")

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({part: forms.TextInput() for part in self.parts}, attrs)

    def decompress(self, value: Any) -> list[str | None]:
        """Split a date into what the boxes show."""
        if isinstance(value, date):
            return [str(value.year), str(value.month), str(value.day)]
        return [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Put the boxes in the order of the page's language."""
        context = super().get_context(name, value, attrs)
        widgets = dict(zip(self.parts, context["widget"]["subwidgets"], strict=True))
        labels = {
            "year": pgettext("date box", "Year"),
            "month": pgettext("date box", "Month"),
            "day": pgettext("date box", "Day"),
        }
        in_error = bool(context["widget"]["attrs"].get("aria-invalid"))
        context["boxes"] = [
            {
                "widget": widgets[part],
                "label": labels[part],
                "width": 4 if part == "year" else 2,
                "error": in_error,
            }
            for part in date_order()
        ]
        return context


class DateBoxesField(forms.Field):
    """A date typed into three boxes; cleans to ``date`` or, when optional and empty, ``None``."""

    widget = DateBoxes
    default_error_messages = {
        "required": _("Enter the date."),
        "incomplete": _("Enter the year, the month and the day."),
        "not_numbers": _("Enter the date in figures, for example 2026 3 16."),
        "no_such_day": _("There is no such day. Check the year, the month and the day."),
        "short_year": _("Enter the year in four figures."),
        "too_early": _("The date must not be before %(limit)s."),
        "too_late": _("The date must not be after %(limit)s."),
    }

    def __init__(self, *, earliest: date | None = None, latest: date | None = None, **options: Any) -> None:
        self.earliest = earliest
        self.latest = latest
        super().__init__(**options)

    def to_python(self, value: Any) -> date | None:
        """Turn the three texts into a day of the calendar."""
        if value is None or isinstance(value, date):
            return value
        typed = [plain_text(part) for part in value]
        if not any(typed):
            return None
        if not all(typed):
            raise self.refusal("incomplete")
        if not all(part.isdecimal() for part in typed):
            raise self.refusal("not_numbers")
        year, month, day = (int(part) for part in typed)
        if len(typed[0]) != 4:
            raise self.refusal("short_year")
        try:
            return date(year, month, day)
        except ValueError:
            raise self.refusal("no_such_day") from None

    def validate(self, value: Any) -> None:
        """Refuse a missing date and one outside the allowed days."""
        super().validate(value)
        if value is None:
            return
        if self.earliest and value < self.earliest:
            raise self.refusal("too_early", limit=day_text(self.earliest))
        if self.latest and value > self.latest:
            raise self.refusal("too_late", limit=day_text(self.latest))

    def refusal(self, code: str, **params: object) -> ValidationError:
        """Return the error of this code in the page's language."""
        return ValidationError(self.error_messages[code], code=code, params=params)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare days, not texts; what cannot be read has changed."""
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True


class MoneyField(forms.Field):
    """An amount typed in yuan such as 12.50; cleans to whole fen (int), never through a float."""

    widget = forms.TextInput
    default_error_messages = {
        "required": _("Enter the amount."),
        "not_money": _("Enter the amount in yuan with at most two decimals, for example 12.50."),
        "too_small": _("The amount must be at least %(limit)s yuan."),
        "too_large": _("The amount must not be more than %(limit)s yuan."),
    }

    def __init__(self, *, min_fen: int = 1, max_fen: int = 10**13, **options: Any) -> None:
        self.min_fen = min_fen
        self.max_fen = max_fen
        super().__init__(**options)

    @property
    def suffix(self) -> str:
        """The unit, shown behind the box."""
        return gettext("yuan")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask a phone for its number keys, and align the figure to the right."""
        size = "th-input--amount"
        given = str(widget.attrs.get("class", ""))
        return {
            "inputmode": "decimal",
            "autocomplete": "off",
            "spellcheck": "false",
            "class": f"{size} {given}".strip(),
        }

    def prepare_value(self, value: Any) -> Any:
        """Show fen as yuan; leave what was typed as it was typed."""
        if isinstance(value, int):
            yuan, fen = divmod(value, 100)
            return f"{yuan}.{fen:02d}"
        return value

    def to_python(self, value: Any) -> int | None:
        """Read yuan and return fen."""
        if isinstance(value, int):
            return value
        typed = re.sub(r"^[¥￥]|[\s,]|(元|yuan)$", "", plain_text(value), flags=re.IGNORECASE)
        if not typed:
            return None
        match = YUAN.fullmatch(typed)
        if match is None:
            raise ValidationError(self.error_messages["not_money"], code="not_money")
        return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))

    def validate(self, value: Any) -> None:
        """Refuse a missing amount and one outside the limits."""
        super().validate(value)
        if value is None:
            return
        if value < self.min_fen:
            raise self.refusal("too_small", self.min_fen)
        if value > self.max_fen:
            raise self.refusal("too_large", self.max_fen)

    def refusal(self, code: str, limit_fen: int) -> ValidationError:
        """Return the error that names a limit in yuan."""
        limit = f"{limit_fen // 100:,}.{limit_fen % 100:02d}"
        return ValidationError(self.error_messages[code], code=code, params={"limit": limit})

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not texts; what cannot be read has changed."""
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True


def day_text(day: date) -> str:
    """Write a day as the page's language writes it: 2026年3月16日 or 16 March 2026."""
    from config.words import day_in_words

    return day_in_words(day)
