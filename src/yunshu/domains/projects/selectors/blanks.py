"""What is still 待补 of projects and contracts, read from what is there. The page, the list and the interface say the same."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import ContractState, InstalmentKind, ProjectKind
from yunshu.domains.projects.models import Contract, Project
from yunshu.domains.projects.rules import blanks as rules
from yunshu.domains.projects.selectors.projects import visible_projects


@dataclass(frozen=True, kw_only=True)
class Blanks:
    """What a project leaves open itself, and each of its contracts that leaves something open."""

    own: list[str]
    of_contracts: list[tuple[Contract, list[str]]]

    @property
    def count(self) -> int:
        """How many things are open."""
        return len(self.own) + sum(len(names) for _row, names in self.of_contracts)


def listed_projects(viewer: Viewer) -> QuerySet[Project]:
    """Return the projects in reach with all that ``of_project`` looks at, in four queries for any number of them."""
    return visible_projects(viewer).prefetch_related("approvals", "contracts__instalments")


def of_contract(row: Contract) -> list[str]:
    """Return what a contract leaves open, in the reader's language; of one that was ended nothing is asked any more.

    One query, none if instalments are prefetched.
    """
    if row.state == ContractState.ENDED:
        return []
    parts = list(row.instalments.all())
    missing = {
        rules.ITEM: row.approval_id is None,
        rules.SUPPLIER: not row.supplier,
        rules.SIGNING: row.signed_on is None,
        rules.PLAN: not parts,
        rules.WARRANTY: row.warranty_until is None and any(p.kind == InstalmentKind.RETENTION for p in parts),
    }
    return [_(name) for name in rules.open_names(row.blanks, missing)]


def of_project(row: Project) -> Blanks:
    """Return what a project and its contracts leave open. Three queries, none for a row of ``listed_projects``."""
    contracts = list(row.contracts.all())
    needs_contract = not row.pays_directly and row.kind != ProjectKind.LOAN
    missing = {
        rules.APPROVAL: not row.approvals.all(),
        rules.CONTRACT: needs_contract and not contracts,
        rules.DELIVERY: row.deliver_by is None,
        rules.BASIS: not row.basis,
    }
    found = [(contract, of_contract(contract)) for contract in contracts]
    return Blanks(
        own=[_(name) for name in rules.open_names(row.blanks, missing)],
        of_contracts=[(contract, names) for contract, names in found if names],
    )
