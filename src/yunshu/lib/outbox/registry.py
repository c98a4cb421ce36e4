"""Who listens to what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from yunshu.lib.kernel.events import Event

E = TypeVar("E", bound=Event)
_HANDLERS: dict[str, "Handler"] = {}


@dataclass(frozen=True)
class Handler:
    """A listener: its stable name (``notify.on_task_opened``), the event it hears, what it does."""

    name: str
    event: type[Event]
    function: Callable[[Any], None]

    @property
    def durable(self) -> str:
        """The name JetStream knows it by (no dots there)."""
        return self.name.replace(".", "-")


def handles(event: type[E], *, name: str) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Declare the function below as a listener. ``name`` is kept for ever: it says what was handled already."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        handler = Handler(name, event, function)
        known = _HANDLERS.setdefault(name, handler)
        if known.function.__qualname__ != function.__qualname__ or known.event is not event:
            raise ValueError(f"handler {name} is declared twice")
        return function

    return register


def handlers() -> dict[str, Handler]:
    """Return every listener by name."""
    return dict(sorted(_HANDLERS.items()))
