"""What the hotline tells. No name, no telephone, no words of a caller."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from yunshu.lib.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class TicketRegistered(Event):
    """A demand came in, by an agent or by a citizen's own hand. Heard by the hotline's intelligence; nothing confidential is told."""

    subject: ClassVar[str] = "hotline.ticket.registered.v1"

    number: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class TicketAccepted(Event):
    """A demand was accepted; its clock runs from ``at``."""

    subject: ClassVar[str] = "hotline.ticket.accepted.v1"

    number: str
    kind: str
    channel: str
    division: str
    at: datetime
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TicketDispatched(Event):
    """A ticket went to a unit, for the first time or another."""

    subject: ClassVar[str] = "hotline.ticket.dispatched.v1"

    number: str
    org_code: str
    at: datetime
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TicketReplied(Event):
    """A unit (or the province) replied; the caller is not told before the review and the call-back."""

    subject: ClassVar[str] = "hotline.ticket.replied.v1"

    number: str
    org_code: str
    at: datetime
    on_time: bool


@dataclass(frozen=True, kw_only=True)
class TicketReworked(Event):
    """A ticket is handled again; ``reworks`` counts how often."""

    subject: ClassVar[str] = "hotline.ticket.reworked.v1"

    number: str
    org_code: str
    at: datetime
    reworks: int


@dataclass(frozen=True, kw_only=True)
class TicketUpgraded(Event):
    """A ticket goes up to the province. Heard by the province's adapter."""

    subject: ClassVar[str] = "hotline.ticket.upgraded.v1"

    number: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class TicketClosed(Event):
    """A ticket is over: ``state`` is closed, rejected or withdrawn. Heard by the province's adapter for its own tickets."""

    subject: ClassVar[str] = "hotline.ticket.closed.v1"

    number: str
    state: str
    kind: str
    channel: str
    source_number: str
    org_code: str
    closed_at: datetime
    on_time: bool
