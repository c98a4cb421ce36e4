"""Makes ``{{ form }}`` look like the house: error summary, labels above, help, errors in words.

Named in the settings as ``FORM_RENDERER``. Widgets keep Django's own templates; the form and its fields
come from the project's engine, where components live.
"""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.template import loader


class Renderer(DjangoTemplates):
    """Django's renderer with this house's form and field templates."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"

    def get_template(self, template_name: str) -> Any:
        """Return the project's template for names under ``ui/``, Django's own for the rest."""
        if template_name.startswith("ui/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)
