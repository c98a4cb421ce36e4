"""Which rows are agreed: a small predicate as plain JSON, so that no SQL of an applicant ever reaches a source.

``{"field": "division", "in": ["445202"]}`` or ``{"field": "division", "prefix": ["4452"]}``; None: all rows.
"""

from collections.abc import Mapping
from typing import Any

MOST_VALUES = 200


def read(field: str, values: str) -> dict[str, Any] | None:
    """Return the predicate that an applicant typed: values parted by blanks, a trailing ``*`` for "begins with"."""
    words = list(dict.fromkeys(values.replace("，", " ").replace(",", " ").split()))[:MOST_VALUES]
    if not field or not words:
        return None
    if all(word.endswith("*") for word in words):
        return {"field": field, "prefix": [word.rstrip("*") for word in words]}
    return {"field": field, "in": words}


def typed(predicate: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return what was typed: field and values; blanks for all rows."""
    if not predicate:
        return "", ""
    if "prefix" in predicate:
        return predicate["field"], " ".join(f"{word}*" for word in predicate["prefix"])
    return predicate["field"], " ".join(map(str, predicate["in"]))
