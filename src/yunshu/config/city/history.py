"""Who wrote a field last: the loader, or a person by hand? Read from the audit trail, never guessed."""

from collections.abc import Mapping
from typing import Any

import pghistory
from django.db.models import Model
from pghistory.core import event_models

WHO = "system:城市资料装载"
"""How the loader signs in the audit trail (``who`` of the history context)."""
SIGNED = {WHO, "system:city load"}
"""How it signs, and how it signed in releases before December 2026."""


def signed() -> Any:
    """Return the context in which everything written is signed by the loader."""
    return pghistory.context(who=WHO)


def kept_fields(row: Model, wanted: Mapping[str, Any]) -> set[str]:
    """Return the fields that differ from ``wanted`` but were last changed by somebody else: they stay.

    ``wanted`` is keyed by attribute name (``parent_id``, not ``parent``).
    """
    different = {name for name, value in wanted.items() if getattr(row, name) != value}
    if not different:
        return set()
    (events,) = event_models(tracks_model=type(row))
    trail = list(
        events._default_manager.filter(pgh_obj_id=row.pk).order_by("pgh_id").values("pgh_context__metadata", *different)
    )
    return {name for name in different if _last_writer(trail, name) not in SIGNED}


def written_by_loader(row: Model) -> bool:
    """Say whether the loader wrote the newest state of the row."""
    (events,) = event_models(tracks_model=type(row))
    newest = (
        events._default_manager.filter(pgh_obj_id=row.pk).order_by("-pgh_id").values("pgh_context__metadata").first()
    )
    return newest is not None and _writer(newest) in SIGNED


def _last_writer(trail: list[dict[str, Any]], name: str) -> str:
    """Return who made the last change of one field: the first event counts as a change."""
    for before, after in zip(reversed(trail[:-1]), reversed(trail[1:]), strict=True):
        if before[name] != after[name]:
            return _writer(after)
    return _writer(trail[0]) if trail else ""


def _writer(event: dict[str, Any]) -> str:
    return str((event["pgh_context__metadata"] or {}).get("who", ""))
