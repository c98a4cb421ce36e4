"""Writing incidents: one function is one use case and one transaction."""

from yunshu.domains.operations.services.incidents.calling import call_due, follow_calendar
from yunshu.domains.operations.services.incidents.forming import form_incidents, hear
from yunshu.domains.operations.services.incidents.handling import (
    Mended,
    Review,
    add_evidence,
    archive_incidents,
    ask_pause,
    assign_incident,
    grade_incident,
    merge_incident,
    move_incident,
    restore_incident,
    review_incident,
)
from yunshu.domains.operations.services.incidents.opening import ReportSpec, report_incident, take_in

__all__ = [
    "Mended",
    "ReportSpec",
    "Review",
    "add_evidence",
    "archive_incidents",
    "ask_pause",
    "assign_incident",
    "call_due",
    "follow_calendar",
    "form_incidents",
    "grade_incident",
    "hear",
    "merge_incident",
    "move_incident",
    "report_incident",
    "restore_incident",
    "review_incident",
    "take_in",
]
