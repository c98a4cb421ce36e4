"""座席。An agent's state and how long each lasted; the distributor decides when it changes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What an agent is doing. Signed in (签入) is every state but ``OUT``."""

    OUT = "out"
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Spell:
    """One state from its beginning to its end."""

    agent: str
    state: State
    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return (self.ended - self.began).total_seconds()


@dataclass(slots=True)
class Agent:
    """``skills`` are dialects and businesses (潮汕话, 客家话, 涉企 …). ``wish`` is the state asked for while on a call: it follows the wrap-up.

    A telephone that rang in vain (the caller gave up) does not make its agent the last in turn: ``idle_since`` stays.
    """

    code: str
    skills: frozenset[str]
    state: State
    since: datetime
    idle_since: datetime
    call: str = ""
    wish: State | None = None
    spells: list[Spell] = field(default_factory=list)

    def turn(self, state: State, now: datetime, call: str = "") -> None:
        """Go into ``state``; what ends is written down."""
        if state is not self.state:
            self.spells.append(Spell(self.code, self.state, self.since, now))
            if state is State.IDLE and self.state is not State.RINGING:
                self.idle_since = now
            self.state, self.since = state, now
        self.call = call

    def seconds_in(self, state: State, now: datetime) -> float:
        """Return how long it was in ``state``, of the spells not yet taken and the present one."""
        past = sum(spell.seconds for spell in self.spells if spell.state is state)
        return past + ((now - self.since).total_seconds() if self.state is state else 0.0)
