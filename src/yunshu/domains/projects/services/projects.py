"""Projects: registered, described, with their cost lines and what was approved for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.projects.contracts import PROJECT_APPROVE, PROJECT_EDIT, Proven
from yunshu.domains.projects.models import Approval, CostLine, Project
from yunshu.domains.projects.rules import life
from yunshu.domains.projects.selectors import projects as selectors
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.guards import held
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan


@dataclass(frozen=True, kw_only=True)
class ProjectSpec:
    """What a project is. ``blanks`` names what its source does not say (待补); ``code`` its key in a source, if it has one."""

    name: str
    kind: str
    summary: str = ""
    pays_directly: bool = False
    deliver_by: date | None = None
    basis: str = ""
    blanks: Sequence[str] = ()
    source: str = ""
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class CostSpec:
    """One cost line; ``amount_yuan`` None: quantity times price."""

    item: str
    amount_yuan: Decimal | None = None
    quantity: Decimal | None = None
    unit: str = ""
    price_yuan: Decimal | None = None
    basis: str = ""
    basis_detail: str = ""


@dataclass(frozen=True, kw_only=True)
class ApprovalSpec:
    """What was approved: the item, the document, how much at most in yuan."""

    item: str
    document: str
    amount_yuan: Decimal
    on: date | None = field(default=None)


@transaction.atomic
def register_project(*, actor: Viewer, org_code: str, spec: ProjectSpec, now: datetime) -> Project:
    """Register a project of an organisation.

    Raises NotFound (``org_not_found``), NotPermitted, Conflict (``code_taken``) and Refused (``name_missing``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": org_code})
    actor.require(PROJECT_EDIT, org.path)
    if spec.code and Project.objects.filter(code=spec.code).exists():
        raise Conflict("code_taken", _("代码已被其他项目使用。"))
    row = Project(number=public_number("XM", clock.city_date(now)), org=org, created_by=actor.name, created_at=now)
    _write(row, spec)
    row.save(force_insert=True)
    _begin(row, actor, now)
    words = {"name": row.name, "kind": row.kind, "org": org.code, "source": row.source}
    proof.of(Proven.PROJECT, row.number, words, actor, now)
    return row


@transaction.atomic
def save_project(*, actor: Viewer, number: str, spec: ProjectSpec) -> Project:
    """Change what a project says of itself. Raises NotFound, NotPermitted and Refused (``name_missing``, ``contract_needed``)."""
    row = locked_project(actor, number)
    actor.require(PROJECT_EDIT, row.org.path)
    with held():
        _write(row, spec)
        row.save()
    return row


@transaction.atomic
def replace_costs(*, actor: Viewer, number: str, lines: Sequence[CostSpec]) -> int:
    """Write the cost lines of a project anew; return how many.

    Raises NotFound, NotPermitted and Refused (``item_missing``, ``amount_invalid``, ``costs_reviewed``).
    """
    row = locked_project(actor, number)
    actor.require(PROJECT_EDIT, row.org.path)
    if row.cost_lines.filter(approved_yuan__isnull=False).exists():
        raise Refused("costs_reviewed", _("概算已经审定，不能再修改报审明细。"))
    row.cost_lines.all().delete()
    for ordinal, spec in enumerate(lines, 1):
        CostLine.objects.create(project=row, ordinal=ordinal, amount_yuan=_amount(spec, ordinal), **_plain(spec))
    return len(lines)


@transaction.atomic
def approve_item(*, actor: Viewer, number: str, spec: ApprovalSpec, now: datetime) -> Approval:
    """Enter what was approved for a project. Raises NotFound, NotPermitted and Refused (``amount_invalid``, ``document_missing``)."""
    row = locked_project(actor, number)
    actor.require(PROJECT_APPROVE, row.org.path)
    if not spec.document.strip() or not spec.item.strip():
        raise Refused("document_missing", _("请填写批复文件和批复事项。"), where="document")
    with held():
        made = Approval.objects.create(
            number=public_number("PF", clock.city_date(now)),
            project=row,
            item=spec.item.strip(),
            document=spec.document.strip(),
            on=spec.on,
            amount_yuan=yuan(spec.amount_yuan),
            made_by=actor.name,
            made_at=now,
        )
    words = {"project": row.number, "item": made.item, "document": made.document, "amount_yuan": made.amount_yuan}
    proof.of(Proven.APPROVAL, made.number, words, actor, now)
    return made


def _begin(row: Project, actor: Viewer, now: datetime) -> None:
    """Put a project that was just registered into its life."""
    bureau = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first() or row.org
    subject = workflow.Subject(
        number=row.number,
        title=row.name,
        url=f"/console/projects/project/{row.number}/",
        parties={life.OWNER: row.org_id, life.BUREAU: bureau.pk},
    )
    workflow.start(actor=actor, flow=life.CODE, subject=subject, now=now)


def locked_project(actor: Viewer, number: str) -> Project:
    """Return a project in the viewer's sight, locked. Raises NotFound (``project_not_found``)."""
    row = selectors.visible_projects(actor).select_for_update(of=("self",), no_key=True).filter(number=number).first()
    if row is None:
        raise NotFound("project_not_found")
    return row


def _write(row: Project, spec: ProjectSpec) -> None:
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写项目名称。"), where="name")
    row.name, row.kind, row.summary = spec.name.strip(), spec.kind, spec.summary.strip()
    row.pays_directly, row.deliver_by = spec.pays_directly, spec.deliver_by
    row.basis, row.source = spec.basis.strip(), spec.source or row.source
    row.blanks, row.code = list(spec.blanks), spec.code or row.code


def _plain(spec: CostSpec) -> dict[str, object]:
    names = ("quantity", "unit", "price_yuan", "basis", "basis_detail")
    return {name: getattr(spec, name) for name in names} | {"item": spec.item.strip()}


def _amount(spec: CostSpec, ordinal: int) -> Decimal:
    if not spec.item.strip():
        raise Refused("item_missing", _("第 %(n)s 行：请填写事项。") % {"n": ordinal}, where="item")
    amount = spec.amount_yuan
    if amount is None and spec.quantity is not None and spec.price_yuan is not None:
        amount = spec.quantity * spec.price_yuan
    if amount is None or amount < 0:
        raise Refused("amount_invalid", _("第 %(n)s 行：请填写金额，或数量和单价。") % {"n": ordinal}, where="amount")
    return yuan(amount)
