"""Forms: import from here.

``FORM_RENDERER = "config.forms.FormRenderer"`` makes every ``{{ form }}`` come
out in this project's markup. ``DateBoxesField`` and ``MoneyField`` are the two
fields Django does not have. None of it knows any app.
"""

from config.form_fields import DateBoxes, DateBoxesField, MoneyField, plain_text
from config.form_renderer import FormRenderer, GovukBoundField

__all__ = ["DateBoxes", "DateBoxesField", "FormRenderer", "GovukBoundField", "MoneyField", "plain_text"]
