"""Choosing among things that have a name in both languages."""

from __future__ import annotations

from django import forms
from django.db import models

from accounts.words import in_words


class NamedChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One thing, shown by its name in the page's language."""

    def label_from_instance(self, obj: models.Model) -> str:
        return in_words(obj)


class NamedChoicesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several things, shown by their names in the page's language."""

    def label_from_instance(self, obj: models.Model) -> str:
        return in_words(obj)
