"""Uploading files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

#: A hundred thousand rows fit well.
MOST_BYTES = 10 * 1024 * 1024


class CsvField(forms.FileField):
    """A CSV file that is not too large to be read at once."""

    default_error_messages = {
        "required": _("Choose a CSV file."),
        "empty": _("The file is empty."),
        "too_large": _("The file is larger than 10 megabytes. Split it into several."),
    }

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[Any]:
        file: UploadedFile[Any] = super().clean(data, initial)
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(self.error_messages["too_large"], code="too_large")
        return file


class TableField(CsvField):
    """The same, or a workbook."""

    default_error_messages = {"required": _("Choose a CSV or XLSX file.")}


class MoveFileForm(forms.Form):
    moves = CsvField(
        label=_("CSV file"),
        help_text=_("One resident a row: who, to which district, from which day on; from where, if you like."),
    )
