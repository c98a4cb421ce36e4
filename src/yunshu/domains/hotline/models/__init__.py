"""Tables of the hotline."""

from yunshu.domains.hotline.models.callers import Contact, Reveal, RevealLook, SealedIdentity
from yunshu.domains.hotline.models.figures import FigureReport, GradeRule, Indicator, Judgement, ScreenSet
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
from yunshu.domains.hotline.models.tickets import Standstill, Ticket, TicketClock, TicketStep

__all__ = [
    "Assignment",
    "CallBack",
    "Category",
    "Contact",
    "DutyRule",
    "Extension",
    "FigureReport",
    "GradeRule",
    "HardCase",
    "Indicator",
    "Judgement",
    "Objection",
    "ObjectionReason",
    "Rating",
    "RejectGround",
    "Reply",
    "Reveal",
    "RevealLook",
    "ScreenSet",
    "SealedIdentity",
    "Standstill",
    "SuspendReason",
    "Suspension",
    "Ticket",
    "TicketClock",
    "TicketStep",
    "TimeLimit",
]
