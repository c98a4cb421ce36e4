"""The door of projects for whoever loads them, and for the performance table whose tasks they pay."""

from yunshu.domains.projects.choices import InstalmentKind, MoveKind, ProjectKind
from yunshu.domains.projects.selectors.books import due, number_of, paid, project_names, projects_of
from yunshu.domains.projects.services import (
    ApprovalSpec,
    ContractSpec,
    CostSpec,
    MoveSpec,
    PartSpec,
    ProjectSpec,
    add_document_rules,
    approve_item,
    create_contract,
    move_budget,
    register_project,
    replace_costs,
    replace_plan,
)
from yunshu.domains.projects.services.limits import add_limits

__all__ = [
    "ApprovalSpec",
    "ContractSpec",
    "CostSpec",
    "InstalmentKind",
    "MoveKind",
    "MoveSpec",
    "PartSpec",
    "ProjectKind",
    "ProjectSpec",
    "add_document_rules",
    "add_limits",
    "approve_item",
    "create_contract",
    "due",
    "move_budget",
    "number_of",
    "paid",
    "project_names",
    "projects_of",
    "register_project",
    "replace_costs",
    "replace_plan",
]
