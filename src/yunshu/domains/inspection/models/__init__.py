"""Tables of inspection."""

from yunshu.domains.inspection.models.findings import Evidence, Finding, FindingStep
from yunshu.domains.inspection.models.rectification import Appeal, Extension, Notice, NoticeItem, Reply, Retest
from yunshu.domains.inspection.models.registry import Account, Column, Site
from yunshu.domains.inspection.models.reports import PageReport
from yunshu.domains.inspection.models.review import AcceptedTerm, DueRule

__all__ = [
    "AcceptedTerm",
    "Account",
    "Appeal",
    "Column",
    "DueRule",
    "Evidence",
    "Extension",
    "Finding",
    "FindingStep",
    "Notice",
    "NoticeItem",
    "PageReport",
    "Reply",
    "Retest",
    "Site",
]
