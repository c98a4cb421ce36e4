"""Tables of inspection."""

from yunshu.domains.inspection.models.assessment import AssessedObject, Assessment, BonusGrant, ScoreLine
from yunshu.domains.inspection.models.findings import Evidence, Finding, FindingStep
from yunshu.domains.inspection.models.registry import Account, Column, Site
from yunshu.domains.inspection.models.schemes import Indicator, Scheme, SchemeVersion

__all__ = [
    "Account",
    "AssessedObject",
    "Assessment",
    "BonusGrant",
    "Column",
    "Evidence",
    "Finding",
    "FindingStep",
    "Indicator",
    "Scheme",
    "SchemeVersion",
    "ScoreLine",
    "Site",
]
