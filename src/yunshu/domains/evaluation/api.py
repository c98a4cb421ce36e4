"""The door of evaluation for channels and the city loader."""

from yunshu.domains.evaluation.publishing import promise, promises
from yunshu.domains.evaluation.selectors import newest_version, scoreboard, table_of_org
from yunshu.domains.evaluation.services import (
    BindingSpec,
    PlanSpec,
    ask_binding,
    bind_untouched,
    create_table,
    decide_binding,
    link_untouched,
    replace_plan,
    save_version,
    take_to_monitoring,
)

__all__ = [
    "BindingSpec",
    "PlanSpec",
    "ask_binding",
    "bind_untouched",
    "create_table",
    "decide_binding",
    "link_untouched",
    "newest_version",
    "promise",
    "promises",
    "replace_plan",
    "save_version",
    "scoreboard",
    "table_of_org",
    "take_to_monitoring",
]
