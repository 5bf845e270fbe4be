"""Amounts, days, months and names as the API takes them: strictly."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from accounts.models import User
from accounts.stamps import FIRST_DAY, LAST_DAY, Stamp

#: Ten thousand million yuan: above every budget, and far below what a bigint of sums can hold.
MOST_FEN = 10**12
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Body(serializers.Serializer[Any]):
    """A request body. A field nobody knows is refused, so that a misspelt one is never ignored."""

    default_error_messages = {"unknown": _("There is no field of this name.")}

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if unknown := sorted(str(name) for name in data.keys() - self.fields.keys()):
            raise serializers.ValidationError({name: [self.error_messages["unknown"]] for name in unknown})
        return values


class WholeField(serializers.IntegerField):
    """A whole number, as a JSON number: neither "100" nor 100.0."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class AmountField(WholeField):
    """Whole fen, at least one unless ``min_value`` says otherwise."""

    def __init__(self, *, min_value: int = 1, **options: Any) -> None:
        super().__init__(min_value=min_value, max_value=MOST_FEN, **options)


class TextField(serializers.CharField):
    """A JSON string; numbers are not taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class DayField(serializers.DateField):
    """A day as 2026-03-16; with ``ahead=False`` not later than today."""

    default_error_messages = {
        "year": _("Give a year from {first} to {last}."),
        "ahead": _("This day has not come yet."),
    }

    def __init__(self, *, ahead: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.ahead = ahead

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("year", first=FIRST_DAY.year, last=LAST_DAY.year)
        if not self.ahead and day > Stamp.today(None).as_of:
            self.fail("ahead")
        return day


class MonthField(serializers.CharField):
    """A month of the ledger, shown as 2026-10."""

    def to_representation(self, value: date) -> str:  # type: ignore[override]
        return f"{value:%Y-%m}"


@extend_schema_field(str)
class NamedField(TextField):
    """A thing named by its public number or code; ``find`` returns it if the person asking may name it."""

    default_error_messages = {"unknown": _("Nothing has this number or code, or it is not yours to name.")}

    def __init__(self, *, find: Callable[[str, User], Model | None], max_length: int = 40, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)
        self.find = find

    def run_validation(self, data: Any = empty) -> Any:
        found = self.find(super().run_validation(data), self.context["request"].user)
        if found is None:
            self.fail("unknown")
        return found
