"""What operations tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from yunshu.lib.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class TargetStateChanged(Event):
    """What is watched went up or down (state and cause are public words). Heard by incidents.

    ``state`` and ``was`` are ``lib.availability.State`` values (``was`` is empty the first time). ``since`` is when the state
    began by the samples, ``at`` when it was noticed. ``cause`` is the number of the target that explains an outage as
    far as known at that moment: its own if nothing it needs is down, empty while it is well. It may change while the state
    stays: then ``state`` equals ``was``.
    """

    subject: ClassVar[str] = "operations.target.state_changed.v1"

    number: str
    state: str
    was: str
    since: datetime
    at: datetime
    cause: str = ""
    error: str = ""
