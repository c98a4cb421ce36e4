"""Tables of the hotline."""

from yunshu.domains.hotline.models.callers import Contact, Reveal, RevealLook, SealedIdentity
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
from yunshu.domains.hotline.models.hotspots import Hotspot, RadarSighting, RadarThreshold, WeekTally
from yunshu.domains.hotline.models.lists import (
    Category,
    DutyRule,
    ObjectionReason,
    RejectGround,
    SuspendReason,
    TimeLimit,
)
from yunshu.domains.hotline.models.smart import Prediction, PredictionUse, SmartModel
from yunshu.domains.hotline.models.tickets import Standstill, Ticket, TicketClock, TicketStep

__all__ = [
    "Assignment",
    "CallBack",
    "Category",
    "Contact",
    "DutyRule",
    "Extension",
    "HardCase",
    "Hotspot",
    "Objection",
    "ObjectionReason",
    "Prediction",
    "PredictionUse",
    "RadarSighting",
    "RadarThreshold",
    "Rating",
    "RejectGround",
    "Reply",
    "Reveal",
    "RevealLook",
    "SealedIdentity",
    "SmartModel",
    "Standstill",
    "SuspendReason",
    "Suspension",
    "Ticket",
    "TicketClock",
    "TicketStep",
    "TimeLimit",
    "WeekTally",
]
