"""Replacing the parts of a running instance by those of other code, so that nobody who asks meets a closed door.

The web first: the new one accepts beside the old, then the old one is drained. Workers overlap too: a job belongs to
whoever fetched it, and who is asked to end finishes what it has. Everything else stops and starts, one after the other.
Servers that are not our code (PostgreSQL, NATS, the hub's) go on.
"""

import time
from collections.abc import Callable, Iterable

from yunshu.config.supervisor.forks import Fork
from yunshu.config.supervisor.front import Front
from yunshu.config.supervisor.parts import Part
from yunshu.lib.kernel.errors import Refused

OVERLAP = frozenset({"worker", "smart", "reader"})
STAY = frozenset({"postgres", "nats", "hub-bus"})
Say = Callable[[str], None]


class Rolling:
    """One passage from the processes that run to the parts of this code."""

    def __init__(self, say: Say, port: int) -> None:
        self.say, self.port = say, port
        self.leaving: list[Part] = []

    def adopt(self, own: Iterable[Part], running: dict[str, int]) -> list[Part]:
        """Take the processes that run as ours; start what does not run."""
        parts = list(own)
        for part in parts:
            if part.name in running:
                _take(part, running[part.name])
            else:
                part.start()
        return parts

    def replace(self, own: Iterable[Part], running: dict[str, int]) -> list[Part]:
        """Put ``own`` in the place of what runs; return the parts that run then.

        Raises Refused ``new_release_fails`` if the new web server does not accept; then nothing has been replaced.
        """
        parts = list(own)
        for part in parts:
            before = _former(part.name, running)
            if isinstance(part, Front):
                self._replace_front(part, before)
            elif part.name in STAY and before is not None:
                _take(part, running[part.name])
            else:
                self._replace(part, before)
        self._end({*running} - {part.name for part in parts} - STAY, running)
        return parts

    def _replace_front(self, part: Front, before: Front | None) -> None:
        self.say("更换网站进程")
        part.start()
        if not part.is_ready():
            part.ask_to_end()
            part.finish()
            raise Refused("new_release_fails", "新版本的网站进程没有就绪，请查看日志 web。")
        if before is not None:
            before.drain(self.port)
            before.ask_to_end()
            self.leaving.append(before)

    def _replace(self, part: Part, before: Part | None) -> None:
        self.say(f"更换 {part.name}")
        if before is None:
            part.start()
        elif part.name in OVERLAP:
            part.start()
            before.ask_to_end()
            self.leaving.append(before)
        else:
            before.ask_to_end()
            before.finish()
            part.start()

    def _end(self, gone: Iterable[str], running: dict[str, int]) -> None:
        for name in sorted(gone):
            part = _former(name, running)
            if part is not None:
                part.ask_to_end()
                self.leaving.append(part)
        for left in self.leaving:
            left.finish()


def _former(name: str, running: dict[str, int]) -> Front | None:
    """Return the process that runs under ``name`` as a part that can be asked to end."""
    if name not in running:
        return None
    part = Front(name, lambda: Fork(running[name], ()))
    _take(part, running[name])
    return part


def _take(part: Part, pid: int) -> None:
    part.process, part.started_at = Fork(pid, ()), time.monotonic()
