"""漏话回拨。Who called and reached nobody is called back (国办函〔2025〕66号): one entry a number, the oldest first."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yunshu.lib.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """``calls`` are the missed calls of ``caller``; ``due_at`` is when to try (again)."""

    caller: str
    queue: str
    since: datetime
    due_at: datetime
    calls: tuple[str, ...]
    tries: int = 0


class Callbacks:
    """Those still to be made. Numbers that are withheld cannot be called back and are not here."""

    def __init__(self, *, retry_s: float = 600.0, most_tries: int = 3) -> None:
        self._retry, self._most_tries = timedelta(seconds=retry_s), most_tries
        self._waiting: dict[str, Callback] = {}

    def missed(self, call: str, caller: str, queue: str, now: datetime) -> None:
        """Note a missed call; a second one of the same number is the same entry, due at once, its tries forgotten."""
        if not caller:
            return
        known = self._waiting.get(caller)
        since, calls = (known.since, (*known.calls, call)) if known else (now, (call,))
        self._waiting[caller] = Callback(caller=caller, queue=queue, since=since, due_at=now, calls=calls)

    def due(self, now: datetime) -> tuple[Callback, ...]:
        """Return what to dial, who has waited longest first; those tried often enough are no longer among them."""
        ready = (one for one in self._waiting.values() if one.due_at <= now and one.tries < self._most_tries)
        return tuple(sorted(ready, key=lambda one: (one.since, one.caller)))

    def all(self) -> tuple[Callback, ...]:
        """Return every entry, also those given up."""
        return tuple(sorted(self._waiting.values(), key=lambda one: (one.since, one.caller)))

    def begin(self, caller: str, now: datetime) -> Callback:
        """Count a try and put the next one off, so that two agents do not dial one number. Raises NotFound ``callback_not_found``."""
        if caller not in self._waiting:
            raise NotFound("callback_not_found", "该号码没有待回拨的来电。")
        tried = replace(self._waiting[caller], tries=self._waiting[caller].tries + 1, due_at=now + self._retry)
        self._waiting[caller] = tried
        return tried

    def reached(self, caller: str) -> tuple[str, ...]:
        """The caller was spoken with, whoever dialled: return the missed calls that this makes good."""
        done = self._waiting.pop(caller, None)
        return done.calls if done else ()
