"""From the tables of states in ``rules`` to what Django's fields and constraints want."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.operations.rules.steps import StateTable


def choices_of(names: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return choices with names in the reader's language."""
    return [(code, _l(name)) for code, name in names.items()]


def moves_of(table: StateTable) -> Q:
    """Return the condition that (verb, source, target) stands in the table."""
    allowed = Q()
    for verb, source, target in table.moves():
        allowed |= Q(verb=verb, source=source, target=target)
    return allowed
