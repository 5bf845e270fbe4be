"""The form fields that are ours: a date in three boxes, and an amount in yuan.

Nothing here knows of any app, so any form may use it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.stamps import FIRST_DAY, LAST_DAY
from accounts.words import day_in_words, yuan_in_figures

# Commas only where thousands end: 12,50 is a slip of the finger, not 1250 yuan.
YUAN = re.compile(r"[¥]?(\d{1,3}(?:,\d{3}){1,5}|\d{1,18})(?:\.(\d{1,2}))?(?:元|yuan)?", re.ASCII | re.IGNORECASE)


def plain_text(value: object) -> str:
    """Return what was typed with full-width digits and signs made ordinary, and trimmed."""
    return unicodedata.normalize("NFKC", "" if value is None else str(value)).strip()


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
        attrs_of_all = context["widget"]["attrs"]
        context["boxes"] = [
            {
                "id": f"{attrs_of_all.get('id', name)}_{part}",
                "widget": widgets[part],
                "label": labels[part],
                "width": 4 if part == "year" else 2,
                "error": bool(attrs_of_all.get("aria-invalid")),
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

    def __init__(self, *, earliest: date = FIRST_DAY, latest: date = LAST_DAY, **options: Any) -> None:
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
        if len(typed[0]) != 4:
            raise self.refusal("short_year")
        if max(map(len, typed)) > 4:
            raise self.refusal("no_such_day")
        year, month, day = (int(part) for part in typed)
        try:
            return date(year, month, day)
        except ValueError:
            raise self.refusal("no_such_day") from None

    def validate(self, value: Any) -> None:
        """Refuse a missing date and one outside the allowed days."""
        super().validate(value)
        if value is None:
            return
        if value < self.earliest:
            raise self.refusal("too_early", limit=day_in_words(self.earliest))
        if value > self.latest:
            raise self.refusal("too_late", limit=day_in_words(self.latest))

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
            return yuan_in_figures(value).replace(",", "").replace("\N{MINUS SIGN}", "-")
        return value

    def to_python(self, value: Any) -> int | None:
        """Read yuan and return fen."""
        if isinstance(value, int):
            return value
        typed = "".join(plain_text(value).split())
        if not typed:
            return None
        match = YUAN.fullmatch(typed)
        if match is None:
            raise ValidationError(self.error_messages["not_money"], code="not_money")
        return int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))

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
        params = {"limit": yuan_in_figures(limit_fen)}
        return ValidationError(self.error_messages[code], code=code, params=params)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not texts; what cannot be read has changed."""
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True
