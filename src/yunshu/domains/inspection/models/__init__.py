"""Tables of inspection."""

from yunshu.domains.inspection.models.assessment import AssessedObject, Assessment, BonusGrant, ScoreLine
from yunshu.domains.inspection.models.findings import Evidence, Finding, FindingStep
from yunshu.domains.inspection.models.media import Message, Post
from yunshu.domains.inspection.models.rectification import Appeal, Extension, Notice, NoticeItem, Reply, Retest
from yunshu.domains.inspection.models.registry import Account, Column, Site
from yunshu.domains.inspection.models.reports import PageReport
from yunshu.domains.inspection.models.review import AcceptedTerm, DueRule
from yunshu.domains.inspection.models.runs import LinkCheck, Page, Run
from yunshu.domains.inspection.models.schemes import Indicator, Scheme, SchemeVersion
from yunshu.domains.inspection.models.watch import Candidate, MaintenanceWindow, SiteChange, Suspect, Visit
from yunshu.domains.inspection.models.words import CheckParam, WordEntry

__all__ = [
    "AcceptedTerm",
    "Account",
    "Appeal",
    "AssessedObject",
    "Assessment",
    "BonusGrant",
    "Candidate",
    "CheckParam",
    "Column",
    "DueRule",
    "Evidence",
    "Extension",
    "Finding",
    "FindingStep",
    "Indicator",
    "LinkCheck",
    "MaintenanceWindow",
    "Message",
    "Notice",
    "NoticeItem",
    "Page",
    "PageReport",
    "Post",
    "Reply",
    "Retest",
    "Run",
    "Scheme",
    "SchemeVersion",
    "ScoreLine",
    "Site",
    "SiteChange",
    "Suspect",
    "Visit",
    "WordEntry",
]
