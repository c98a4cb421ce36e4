"""Tables of the hotline."""

from yunshu.domains.hotline.models.callers import Contact, Reveal, RevealLook, SealedIdentity
from yunshu.domains.hotline.models.calls import (
    AgentSeat,
    AgentSpell,
    Call,
    CallEvent,
    MissedCall,
    Recording,
    RecordingListen,
)
from yunshu.domains.hotline.models.handling import (
    Assignment,
    CallBack,
    Extension,
    HardCase,
    Objection,
    Rating,
    Reply,
    Suspension,
)
from yunshu.domains.hotline.models.lists import (
    Category,
    DutyRule,
    ObjectionReason,
    RejectGround,
    SuspendReason,
    TimeLimit,
)
from yunshu.domains.hotline.models.phone import (
    AgentSkill,
    BreakReason,
    CallQueue,
    CallReason,
    Skill,
    Telephone,
    TransferTarget,
)
from yunshu.domains.hotline.models.tickets import Standstill, Ticket, TicketClock, TicketStep

__all__ = [
    "AgentSeat",
    "AgentSkill",
    "AgentSpell",
    "Assignment",
    "BreakReason",
    "Call",
    "CallBack",
    "CallEvent",
    "CallQueue",
    "CallReason",
    "Category",
    "Contact",
    "DutyRule",
    "Extension",
    "HardCase",
    "MissedCall",
    "Objection",
    "ObjectionReason",
    "Rating",
    "Recording",
    "RecordingListen",
    "RejectGround",
    "Reply",
    "Reveal",
    "RevealLook",
    "SealedIdentity",
    "Skill",
    "Standstill",
    "SuspendReason",
    "Suspension",
    "Telephone",
    "Ticket",
    "TicketClock",
    "TicketStep",
    "TimeLimit",
    "TransferTarget",
]
