"""Writing performance tables: one function, one use case, one transaction."""

from yunshu.domains.evaluation.services.budget import (
    PaymentSpec,
    PlanSpec,
    link_project,
    link_untouched,
    record_payment,
    replace_plan,
    reverse_payment,
    unlink_project,
)
from yunshu.domains.evaluation.services.corrections import RuleSpec, change_rule, confirm_links
from yunshu.domains.evaluation.services.evidence import (
    EvidenceSpec,
    add_files,
    correct_evidence,
    record_evidence,
    withdraw_evidence,
)
from yunshu.domains.evaluation.services.importing import correct_import, finish_import, keep_import
from yunshu.domains.evaluation.services.locks import EDITABLE
from yunshu.domains.evaluation.services.measuring import bind_untouched, measure_running, measure_table
from yunshu.domains.evaluation.services.overseeing import StatementSpec, report_monitoring
from yunshu.domains.evaluation.services.rebinding import BindingSpec, ask_binding, decide_binding, is_own
from yunshu.domains.evaluation.services.scoring import (
    SCORING,
    DecisionSpec,
    decide_line,
    known_lines,
    save_self_evaluation,
    set_weights,
)
from yunshu.domains.evaluation.services.tables import (
    create_table,
    explain_finding,
    move_table,
    save_version,
    take_to_monitoring,
    warnings_of,
)

__all__ = [
    "EDITABLE",
    "SCORING",
    "BindingSpec",
    "DecisionSpec",
    "EvidenceSpec",
    "PaymentSpec",
    "PlanSpec",
    "RuleSpec",
    "StatementSpec",
    "add_files",
    "ask_binding",
    "bind_untouched",
    "change_rule",
    "confirm_links",
    "correct_evidence",
    "correct_import",
    "create_table",
    "decide_binding",
    "decide_line",
    "explain_finding",
    "finish_import",
    "is_own",
    "keep_import",
    "known_lines",
    "link_project",
    "link_untouched",
    "measure_running",
    "measure_table",
    "move_table",
    "record_evidence",
    "record_payment",
    "replace_plan",
    "report_monitoring",
    "reverse_payment",
    "save_self_evaluation",
    "save_version",
    "set_weights",
    "take_to_monitoring",
    "unlink_project",
    "warnings_of",
    "withdraw_evidence",
]
