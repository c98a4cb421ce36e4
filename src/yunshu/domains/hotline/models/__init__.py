"""Tables of the hotline."""

from yunshu.domains.hotline.models.callers import Contact, Reveal, RevealLook, SealedIdentity
from yunshu.domains.hotline.models.doors import (
    ChannelBinding,
    ProvinceLetter,
    ProvinceLine,
    ProvinceTicket,
    ReceivedMail,
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
from yunshu.domains.hotline.models.opening import OpenQuestion, OpenRequest, OpenService
from yunshu.domains.hotline.models.tickets import Standstill, Ticket, TicketClock, TicketStep

__all__ = [
    "Assignment",
    "CallBack",
    "Category",
    "ChannelBinding",
    "Contact",
    "DutyRule",
    "Extension",
    "HardCase",
    "Objection",
    "ObjectionReason",
    "OpenQuestion",
    "OpenRequest",
    "OpenService",
    "ProvinceLetter",
    "ProvinceLine",
    "ProvinceTicket",
    "Rating",
    "ReceivedMail",
    "RejectGround",
    "Reply",
    "Reveal",
    "RevealLook",
    "SealedIdentity",
    "Standstill",
    "SuspendReason",
    "Suspension",
    "Ticket",
    "TicketClock",
    "TicketStep",
    "TimeLimit",
]
