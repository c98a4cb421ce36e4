"""The door of the workflow for higher domains and channels."""

from yunshu.domains.workflow.registry import flow, flows, register
from yunshu.domains.workflow.selectors import (
    case_card,
    chain_breaks_at,
    counts_by_light,
    get_case,
    history,
    holder_of,
    my_tasks,
    open_task_of,
    org_tasks,
    people_of,
    task_card,
    verbs_for,
)
from yunshu.domains.workflow.services import Subject, act, hand_over, own_deadline, start, supervise, take_back

__all__ = [
    "Subject",
    "act",
    "case_card",
    "chain_breaks_at",
    "counts_by_light",
    "flow",
    "flows",
    "get_case",
    "hand_over",
    "history",
    "holder_of",
    "my_tasks",
    "open_task_of",
    "org_tasks",
    "own_deadline",
    "people_of",
    "register",
    "start",
    "supervise",
    "take_back",
    "task_card",
    "verbs_for",
]
