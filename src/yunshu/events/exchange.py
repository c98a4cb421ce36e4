"""What the exchange tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from yunshu.lib.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class AgreementChanged(Event):
    """An agreement was suspended, resumed, revoked, or expired. Heard by whoever delivers under it."""

    subject: ClassVar[str] = "exchange.agreement.changed.v1"

    number: str
    state: str
    at: datetime
