"""Projects, contracts and instalments of papers that went before: registered with what is 待补 named, taken back while nothing is on them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import ContractState, InstalmentKind, Stage
from yunshu.domains.projects.contracts import CONTRACT_EDIT, PROJECT_EDIT
from yunshu.domains.projects.models import Contract, Instalment, Project
from yunshu.domains.projects.rules import life as rules
from yunshu.domains.projects.services.contracts import ContractSpec, create_contract, locked_contract
from yunshu.domains.projects.services.guards import held
from yunshu.domains.projects.services.life import move_project
from yunshu.domains.projects.services.projects import ProjectSpec, register_project
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.money import yuan
from yunshu.lib.taking.undoing import depending

WAS = "接管，原合同编号："
STANDING = tuple(verb.removeprefix("stand_") for verb in sorted(rules.STANDING))
PROJECT_FIELDS = ("code", "name", "kind", "summary", "pays_directly", "deliver_by", "basis")
CONTRACT_FIELDS = (
    "name", "amount_yuan", "supplier", "supplier_uscc", "signed_on", "starts_on", "ends_on", "deliver_by", "warranty_until",
)  # fmt: skip
PART_FIELDS = ("ordinal", "milestone", "amount_yuan", "kind", "year", "due_on", "note")


@transaction.atomic
def take_in_project(*, actor: Viewer, org: str, spec: ProjectSpec, stage: str, now: datetime) -> str:
    """Register a project and the stage at which it stands (empty: 待补); return its number. Raises as ``register_project``, ``move_project``."""
    row = register_project(actor=actor, org_code=org, spec=spec, now=now)
    if stage:
        why = _("接管自原系统，按源表登记现状")
        move_project(actor=actor, number=row.number, verb=f"stand_{stage}", reason=why, now=now)
    return row.number


@transaction.atomic
def take_in_contract(*, actor: Viewer, project: str, was: str, spec: ContractSpec, now: datetime) -> str:
    """Write down a contract under its old number; return its new one. Raises as ``create_contract``."""
    row = create_contract(actor=actor, project=project, spec=spec, now=now)
    row.source = f"{WAS}{was}"
    row.save(update_fields=["source"])
    return row.number


@transaction.atomic
def add_part(
    *,
    actor: Viewer,
    contract: str,
    ordinal: int,
    milestone: str,
    amount_yuan: Decimal,
    kind: str = InstalmentKind.PROGRESS.value,
    year: int | None = None,
    due_on: date | None = None,
    note: str = "",
) -> str:
    """Add the next instalment to a contract that is not filed; return ``contract/ordinal``.

    Raises NotFound, NotPermitted and Refused (``contract_filed``, ``ordinal_unfit``, codes of ``rules.refusals``).
    """
    row = locked_contract(actor, contract)
    if row.state != ContractState.DRAFT:
        raise Refused("contract_filed", _("合同已备案，不能再加分期。"), where="contract")
    following = (row.instalments.aggregate(last=Max("ordinal"))["last"] or 0) + 1
    if ordinal != following:
        raise Refused("ordinal_unfit", _("期次须连续：下一期应为第 %(n)s 期。") % {"n": following}, where="ordinal")
    with held():
        Instalment.objects.create(
            contract=row,
            ordinal=ordinal,
            milestone=milestone,
            amount_yuan=yuan(amount_yuan),
            kind=kind,
            year=year,
            due_on=due_on,
            note=note,
        )
    return f"{contract}/{ordinal}"


def read_projects(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of projects by number."""
    rows = Project.objects.filter(number__in=set(numbers)).select_related("org")
    return {
        row.number: {name: getattr(row, name) for name in PROJECT_FIELDS}
        | {"org": row.org.code, "stage": "" if row.stage == Stage.REGISTERED else row.stage}
        for row in rows
    }


def read_contracts(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of contracts by number; ``project`` is the project's number."""
    rows = Contract.objects.filter(number__in=set(numbers)).select_related("project")
    return {
        row.number: {name: getattr(row, name) for name in CONTRACT_FIELDS}
        | {"source_number": row.source.removeprefix(WAS), "project": row.project.number}
        for row in rows
    }


def read_parts(objects: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of instalments by ``contract/ordinal``; ``contract`` is the contract's number."""
    contracts = {name.partition("/")[0] for name in objects}
    rows = Instalment.objects.filter(contract__number__in=contracts).select_related("contract")
    return {
        f"{row.contract.number}/{row.ordinal}": {name: getattr(row, name) for name in PART_FIELDS}
        | {"contract": row.contract.number}
        for row in rows
    }


def projects_of(codes: Iterable[str]) -> dict[str, str]:
    """Return the numbers of projects by their code in a source."""
    rows = Project.objects.filter(code__in=set(codes)).values_list("code", "number")
    return {code: number for code, number in rows if code}


def dependents_of_projects(numbers: Sequence[str]) -> Counter[str]:
    """Return what hangs on projects."""
    return depending(Project, list(Project.objects.filter(number__in=numbers).values_list("pk", flat=True)))


def dependents_of_contracts(numbers: Sequence[str]) -> Counter[str]:
    """Return what hangs on contracts, and how many were filed."""
    rows = Contract.objects.filter(number__in=numbers)
    found = depending(Contract, list(rows.values_list("pk", flat=True)))
    if count := rows.exclude(state=ContractState.DRAFT).count():
        found[_("已备案的合同")] += count
    return found


def dependents_of_parts(objects: Sequence[str]) -> Counter[str]:
    """Return what hangs on instalments, and how many are of contracts that were filed."""
    rows = _parts(objects)
    found = depending(Instalment, [row.pk for row in rows])
    if count := sum(row.contract.state != ContractState.DRAFT for row in rows):
        found[_("已备案合同的分期")] += count
    return found


@transaction.atomic
def take_back_projects(*, actor: Viewer, numbers: Sequence[str]) -> None:
    """Delete projects that were taken over by mistake. Raises NotPermitted, ProtectedError where something hangs on one."""
    rows = Project.objects.filter(number__in=numbers)
    for path in set(rows.values_list("org__path", flat=True)):
        actor.require(PROJECT_EDIT, path)
    workflow.take_back(flow=rules.CODE, numbers=numbers)
    rows.delete()


@transaction.atomic
def take_back_contracts(*, actor: Viewer, numbers: Sequence[str]) -> None:
    """Delete contracts that were taken over by mistake and not filed. Raises NotPermitted, ProtectedError."""
    rows = Contract.objects.filter(number__in=numbers, state=ContractState.DRAFT)
    for path in set(rows.values_list("project__org__path", flat=True)):
        actor.require(CONTRACT_EDIT, path)
    rows.delete()


@transaction.atomic
def take_back_parts(*, actor: Viewer, objects: Sequence[str]) -> None:
    """Delete instalments of contracts that are not filed. Raises NotPermitted, ProtectedError."""
    for row in _parts(objects):
        actor.require(CONTRACT_EDIT, row.contract.project.org.path)
        row.delete()


def _parts(objects: Sequence[str]) -> list[Instalment]:
    wanted = {tuple(name.split("/")) for name in objects}
    rows = Instalment.objects.filter(contract__number__in={number for number, _ordinal in wanted})
    rows = rows.select_related("contract__project__org").order_by("-ordinal")
    return [row for row in rows if (row.contract.number, str(row.ordinal)) in wanted]
