"""The door of inspection for higher domains and channels."""

from yunshu.domains.inspection.retesting import register as register_retest
from yunshu.domains.inspection.selectors.reports import ReportCard, fault_choices
from yunshu.domains.inspection.selectors.reports import card as report_card
from yunshu.domains.inspection.services.findings import Kept, absent, keep
from yunshu.domains.inspection.services.notices import add_due_rules
from yunshu.domains.inspection.services.reports import ReportSpec
from yunshu.domains.inspection.services.reports import receive as receive_report
from yunshu.domains.inspection.services.retests import finish as finish_retest
from yunshu.domains.inspection.services.retests import pending as pending_retests

__all__ = [
    "Kept",
    "ReportCard",
    "ReportSpec",
    "absent",
    "add_due_rules",
    "fault_choices",
    "finish_retest",
    "keep",
    "pending_retests",
    "receive_report",
    "register_retest",
    "report_card",
]
