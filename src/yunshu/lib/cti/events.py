"""What happens to a call, as frozen dataclasses that go through JSON unchanged: over a socket, into a table, out as SSE.

``call`` is the provider's number of the call, ``party`` the address of somebody in it (``sip:8001@10.0.0.5``, ``PJSIP/8001``). One
call has one outside person (the caller, or who was called) and any number of parties on our side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Something happened to ``call`` at ``at`` (aware)."""

    kind: ClassVar[str] = ""

    call: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(CallEvent):
    """来电。Somebody calls ``called``; nobody has been asked to answer yet. ``caller`` is empty where the number is withheld."""

    kind: ClassVar[str] = "offered"

    caller: str
    called: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(CallEvent):
    """排队。Nobody is free: the call waits in ``queue`` at ``position`` (1 is next)."""

    kind: ClassVar[str] = "queued"

    queue: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(CallEvent):
    """振铃。The telephone of ``party`` rings."""

    kind: ClassVar[str] = "ringing"

    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(CallEvent):
    """接通。``party`` picked up and speaks with the outside person."""

    kind: ClassVar[str] = "answered"

    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered(CallEvent):
    """未接。``party`` was rung and did not pick up: ``busy``, ``no_answer``, ``declined``, ``unreachable``, ``stopped`` (by us)."""

    kind: ClassVar[str] = "unanswered"

    party: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(CallEvent):
    """保持。The outside person hears nobody."""

    kind: ClassVar[str] = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(CallEvent):
    """恢复。They speak again."""

    kind: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(CallEvent):
    """转接。``party`` has taken the call over from ``giver``, who is out of it."""

    kind: ClassVar[str] = "transferred"

    giver: str
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(CallEvent):
    """三方通话。``party`` has come into the conversation as one more."""

    kind: ClassVar[str] = "joined"

    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(CallEvent):
    """退出。``party`` is out of the call, which goes on: with the others, or waiting if there is nobody else."""

    kind: ClassVar[str] = "left"

    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(CallEvent):
    """结束。Nothing happens to this call any more.

    ``reason``: ``caller`` (hung up outside), ``party`` (the last of ours hung up), ``command``, ``failed`` (an originated call was not
    taken), ``lost`` (the provider died with it).
    """

    kind: ClassVar[str] = "ended"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(CallEvent):
    """录音。A recording is complete: ``reference`` is where the provider keeps it until a store has taken it."""

    kind: ClassVar[str] = "recorded"

    reference: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenPop(CallEvent):
    """来电弹屏。What an agent's page shows while the telephone rings; from the floor, not from a provider."""

    kind: ClassVar[str] = "screen_pop"

    agent: str
    caller: str
    called: str
    queue: str
    waited_s: float


KINDS: Mapping[str, type[CallEvent]] = {
    cls.kind: cls
    for cls in (
        Offered,
        Queued,
        Ringing,
        Answered,
        Unanswered,
        Held,
        Resumed,
        Transferred,
        Joined,
        Left,
        Ended,
        Recorded,
        ScreenPop,
    )
}


def to_json(event: CallEvent) -> dict[str, Any]:
    """Return ``event`` as plain values, with its kind."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {"kind": event.kind, **values, "at": event.at.isoformat()}


def from_json(values: Mapping[str, Any]) -> CallEvent:
    """Return the event of ``to_json``. Raises KeyError or TypeError for what is none."""
    rest = {name: value for name, value in values.items() if name not in {"kind", "at"}}
    return KINDS[values["kind"]](**rest, at=datetime.fromisoformat(values["at"]))
