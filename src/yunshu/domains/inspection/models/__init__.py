"""Tables of inspection."""

from yunshu.domains.inspection.models.findings import Evidence, Finding, FindingStep
from yunshu.domains.inspection.models.registry import Account, Column, Site

__all__ = ["Account", "Column", "Evidence", "Finding", "FindingStep", "Site"]
