"""What is still 待补 of projects and contracts, read from what is there. The page, the list and the interface say the same."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import AcceptanceKind, ContractState, InstalmentKind, ProjectKind, Stage
from yunshu.domains.projects.models import Acceptance, Contract, Project
from yunshu.domains.projects.rules import blanks as rules
from yunshu.domains.projects.rules import life
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
    """Return the projects in reach with all that ``of_project`` and ``stage_words`` look at, in five queries for any number."""
    passed = Prefetch(
        "acceptances", Acceptance.objects.filter(passed=True, corrected_by__isnull=True), to_attr="passed"
    )
    return visible_projects(viewer).prefetch_related("approvals", "contracts__instalments", passed)


def stage_words(row: Project) -> str:
    """Return the stage of a row of ``listed_projects`` as its page names it: what the facts prove, until it is recorded."""
    kinds = {each.kind for each in row.passed}  # type: ignore[attr-defined]
    states = [each.state for each in row.contracts.all() if each.state != ContractState.ENDED]
    proven = life.proven_stage(
        filed=bool(states) and ContractState.DRAFT not in states,
        preliminary=AcceptanceKind.PRELIMINARY in kinds,
        final=AcceptanceKind.FINAL in kinds,
    )
    if row.stage != Stage.REGISTERED or not proven:
        return row.get_stage_display()
    return _("%(name)s（阶段待登记）") % {"name": _(life.LIFE.state(proven).name)}


def of_contract(row: Contract) -> list[str]:
    """Return what a contract leaves open, in the reader's language; of one that was ended nothing is asked any more.

    One query, none if instalments are prefetched.
    """
    return [_(name) for name in open_of_contract(row)]


def open_of_contract(row: Contract) -> list[str]:
    """Return the same by the names of ``rules.blanks``."""
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
    return rules.open_names(row.blanks, missing)


def open_of_project(row: Project) -> list[str]:
    """Return what a project leaves open itself, by the names of ``rules.blanks``."""
    needs_contract = not row.pays_directly and row.kind != ProjectKind.LOAN
    missing = {
        rules.APPROVAL: not row.approvals.all(),
        rules.CONTRACT: needs_contract and not row.contracts.all(),
        rules.DELIVERY: delivery_of(row) is None,
        rules.BASIS: not row.basis,
    }
    return rules.open_names(row.blanks, missing)


def delivery_of(row: Project) -> date | None:
    """Return until when a project is to be delivered: the latest of its contracts' days, else what it says itself."""
    days = [one.deliver_by for one in row.contracts.all() if one.deliver_by and one.state != ContractState.ENDED]
    return max(days, default=row.deliver_by)


def shortfall(row: Contract) -> str:
    """Return what still stands between a contract and its filing or payment, and where to fill it in; empty if nothing."""
    names = [*open_of_contract(row), *open_of_project(row.project)]
    comma = _("、")
    lines = [
        _("%(names)s（%(place)s）") % {"names": comma.join(_(n) for n in of_place), "place": _(place)}
        for place, of_place in rules.by_place(names).items()
    ]
    if row.project.stage not in life.CONTRACTED:
        lines.append(_stage_words(row.project))
    return _("；").join(lines)


def _stage_words(row: Project) -> str:
    if row.stage == Stage.REGISTERED:
        return _("所处阶段（项目页“办理”：按程序申报；早已开始的，展开“登记它现在所处的阶段”并写明依据）")
    if row.stage == Stage.DROPPED:
        return _("项目不予立项或已撤销，不能备案和付款")
    return _("项目还在“%(stage)s”，办到“合同备案”阶段以后再来") % {"stage": row.get_stage_display()}


def of_project(row: Project) -> Blanks:
    """Return what a project and its contracts leave open. Three queries, none for a row of ``listed_projects``."""
    found = [(contract, of_contract(contract)) for contract in row.contracts.all()]
    return Blanks(
        own=[_(name) for name in open_of_project(row)],
        of_contracts=[(contract, names) for contract, names in found if names],
    )
