"""A row is checked by its fields before it is written: what they refuse comes back at the field."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused


def save_checked(row: models.Model, code: str) -> None:
    """Save a row whose fields hold what they may; raise Refused (``code``) naming the first that does not."""
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        labels = {f.name: f.verbose_name for f in row._meta.fields}
        raise Refused(
            code, _("%(name)s：%(why)s") % {"name": labels.get(name, name), "why": texts[0]}, where=name
        ) from error
    row.save()
