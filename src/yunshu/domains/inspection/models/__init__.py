"""Tables of inspection."""

from yunshu.domains.inspection.models.findings import Evidence, Finding, FindingStep
from yunshu.domains.inspection.models.media import Message, Post
from yunshu.domains.inspection.models.registry import Account, Column, Site
from yunshu.domains.inspection.models.watch import Candidate, MaintenanceWindow, SiteChange, Visit

__all__ = [
    "Account",
    "Candidate",
    "Column",
    "Evidence",
    "Finding",
    "FindingStep",
    "MaintenanceWindow",
    "Message",
    "Post",
    "Site",
    "SiteChange",
    "Visit",
]
