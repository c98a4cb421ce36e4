"""队列。What a caller needs, how urgent it is, who else may serve after a while; and what the distributor asks for."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Overflow:
    """溢出。After ``after_s`` of waiting, agents with these ``skills`` may serve as well."""

    after_s: float
    skills: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """技能队列。``skills`` must all be had by the agent; a higher ``priority`` is served first.

    ``ring_s`` is how long one telephone rings before the next is tried; callers hear an announcement every ``announce_s``.
    """

    code: str
    skills: frozenset[str]
    priority: int = 0
    overflow: tuple[Overflow, ...] = ()
    ring_s: float = 15.0
    announce_s: float = 30.0


@dataclass(slots=True)
class Waiting:
    """A call in the distributor's hands. ``ringing`` and ``talking`` are agents; neither means that it waits."""

    call: str
    caller: str
    queue: Queue
    since: datetime
    order: int
    ringing: str = ""
    rung_at: datetime | None = None
    talking: str = ""
    answered_at: datetime | None = None
    first_agent: str = ""
    missed_by: list[str] = field(default_factory=list)
    announced: int = 0
    outgoing: bool = False
    handed_over: bool = False

    @property
    def waits(self) -> bool:
        return not (self.ringing or self.talking or self.handed_over)

    def rank(self) -> tuple[int, datetime, int]:
        """Return what the queue is sorted by: the most urgent, then the oldest."""
        return (-self.queue.priority, self.since, self.order)

    def served_by(self, skills: frozenset[str], now: datetime) -> bool:
        """Return whether somebody with ``skills`` may serve it now."""
        waited = (now - self.since).total_seconds()
        wanted = [self.queue.skills, *(way.skills for way in self.queue.overflow if way.after_s <= waited)]
        return any(need <= skills for need in wanted)


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring this agent for this call."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Ring it no longer."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the caller that it will take a while; ``count`` begins with 1."""

    call: str
    count: int


@dataclass(frozen=True, slots=True)
class Enqueued:
    """Nobody is free: the call is at ``position`` of its queue (1 is next)."""

    call: str
    queue: str
    position: int


Action = Ring | StopRinging | Announce | Enqueued
