"""What the ledger tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from yunshu.lib.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class LedgerAlarmRaised(Event):
    """A member found two histories, a rolled-back stream, or a record that does not become final."""

    subject: ClassVar[str] = "ledger.alarm.raised.v1"

    kind: str
    member: str
    about: str
    raised_at: datetime
