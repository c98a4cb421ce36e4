"""Events: facts in the past tense, frozen, of plain values.

An event class names its ``subject`` (``domain.noun.verb.v1``). ``to_payload`` and ``from_payload`` turn it
into JSON-ready values and back: datetimes as ISO 8601 with offset, dates as ISO, decimals as strings.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, get_type_hints

_REGISTRY: dict[str, type[Event]] = {}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. A subclass is a frozen dataclass with a class variable ``subject``."""

    subject: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.subject or _REGISTRY.setdefault(cls.subject, cls).__qualname__ != cls.__qualname__:
            raise TypeError(f"{cls.__name__}: subject {cls.subject!r} is missing or already taken")

    def to_payload(self) -> dict[str, Any]:
        """Return JSON-ready values, one key a field."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Rebuild the event; unknown keys are ignored, so that an older listener reads a newer event."""
        hints = get_type_hints(cls)
        known = {f.name for f in dataclasses.fields(cls)}
        return cls(**{k: _typed(hints[k], v) for k, v in payload.items() if k in known})


def event_class(subject: str) -> type[Event] | None:
    """Return the class registered for ``subject``, or None."""
    return _REGISTRY.get(subject)


def known_subjects() -> list[str]:
    """Return every registered subject, sorted."""
    return sorted(_REGISTRY)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    names = {hint} | set(getattr(hint, "__args__", ()))
    if datetime in names:
        return datetime.fromisoformat(value)
    if date in names:
        return date.fromisoformat(value)
    if Decimal in names:
        return Decimal(value)
    return tuple(value) if getattr(hint, "__origin__", None) is tuple else value
