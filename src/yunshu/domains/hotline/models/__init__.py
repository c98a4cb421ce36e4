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
from yunshu.domains.hotline.models.kb import Article, ArticleFeedback, ArticleVersion, Citation, KnowledgeDemand
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
    "Article",
    "ArticleFeedback",
    "ArticleVersion",
    "Assignment",
    "CallBack",
    "Category",
    "Citation",
    "Contact",
    "DutyRule",
    "Extension",
    "HardCase",
    "KnowledgeDemand",
    "Objection",
    "ObjectionReason",
    "Rating",
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
