"""What the directory tells."""

from dataclasses import dataclass
from typing import ClassVar

from yunshu.lib.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """A year of the working calendar changed; open deadlines are computed anew. Heard by workflow."""

    subject: ClassVar[str] = "directory.calendar.changed.v1"

    year: int
    version: int
