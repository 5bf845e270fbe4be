"""How forms look: ``FORM_RENDERER`` makes every ``{{ form }}`` come out in this project's markup."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input

from accounts.form_fields import DateBoxes, date_order

CLASS_BY_WIDGET: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.CheckboxSelectMultiple, "govuk-checkboxes__input"),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.FileInput, "th-file"),
    (forms.HiddenInput, ""),
    (Input, "govuk-input"),
)
CLASS_IN_ERROR = {
    "govuk-input": "govuk-input--error",
    "govuk-select": "govuk-select--error",
    "govuk-textarea": "govuk-textarea--error",
}


class GovukBoundField(BoundField):
    """A field that gives its widget the classes of the stylesheet."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
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
