"""The one text of a value, the same in PostgreSQL (``::text`` with TimeZone UTC, DateStyle ISO) and in Python.

Keyed hashes are taken over this text, so that the same person has the same hash whichever path moved the row. Floating
point has no text that all databases agree on, and is refused where a mask is compiled.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from yunshu.lib.tables.errors import Unfit

TEXT_FAMILIES = frozenset({"text", "integer", "number", "date", "timestamp", "timestamptz", "boolean", "uuid"})


def text_of(value: Any) -> str:
    """Return the text of a value that is not None; raise Unfit (``value_unsupported``)."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | UUID():
            return str(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
    raise Unfit("value_unsupported", f"a value of {type(value).__name__} has no agreed text")


def _moment(value: datetime) -> str:
    """PostgreSQL drops the zeros at the end of a fraction, and the fraction if nothing is left."""
    naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    text = naive.replace(microsecond=0).isoformat(" ")
    if naive.microsecond:
        text += f".{naive.microsecond:06d}".rstrip("0")
    return text if value.tzinfo is None else f"{text}+00"


def like(value: Any, written: str | int | bool) -> Any:  # noqa: FBT001 - a value, not a switch
    """Return ``written`` (from JSON) as the type of ``value``, to compare the two; raise Unfit (``value_unsupported``)."""
    try:
        match value:
            case bool() | str():
                return type(value)(written)
            case int() | Decimal():
                return Decimal(written)
            case datetime():
                moment = datetime.fromisoformat(str(written))
                return moment.replace(tzinfo=UTC) if value.tzinfo and not moment.tzinfo else moment
            case date():
                return date.fromisoformat(str(written))
            case UUID():
                return UUID(str(written))
    except (ValueError, ArithmeticError) as error:
        raise Unfit("value_unsupported", f"{written!r} cannot be compared with a {type(value).__name__}") from error
    raise Unfit("value_unsupported", f"a value of {type(value).__name__} cannot be compared")
