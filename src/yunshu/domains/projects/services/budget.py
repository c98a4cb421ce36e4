"""Budget lines of projects: granted, adjusted, recalled, carried over to the next year."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import MoveKind
from yunshu.domains.projects.contracts import BUDGET_EDIT, Proven
from yunshu.domains.projects.models import BudgetLine, BudgetMove, Project
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.guards import held
from yunshu.domains.projects.services.projects import locked_project
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan

FUND = "财政拨款"


@dataclass(frozen=True, kw_only=True)
class MoveSpec:
    """Money granted, adjusted or recalled: how much (recalled below zero), from which day, by which document."""

    kind: str
    amount_yuan: Decimal
    on: date
    document: str
    fund: str = FUND


@transaction.atomic
def move_budget(*, actor: Viewer, project: str, spec: MoveSpec, now: datetime) -> BudgetMove:
    """Grant, adjust or recall money of the year of ``spec.on``; the line of that year and fund is made if there is none.

    Raises NotFound, NotPermitted and Refused (``document_missing``, ``kind_unfit``, ``amount_invalid``, ``beyond_budget``).
    """
    owner = locked_project(actor, project)
    actor.require(BUDGET_EDIT, owner.org.path)
    if spec.kind in (MoveKind.CARRIED_IN, MoveKind.CARRIED_OUT):
        raise Refused("kind_unfit", _("结转请用“结转至下年”。"), where="kind")
    if not spec.document.strip():
        raise Refused("document_missing", _("请填写依据文件。"), where="document")
    with held(spent_yuan=-yuan(spec.amount_yuan)):
        row = _move(_line(owner, spec.on.year, spec.fund), spec, actor, now)
    _prove(row, owner, actor, now)
    return row


@transaction.atomic
def carry_over(
    *, actor: Viewer, project: str, year: int, amount_yuan: Decimal, document: str, now: datetime, fund: str = FUND
) -> BudgetMove:
    """Carry what a year leaves over to the next: out on its last day, in on the first day after. Both or neither.

    Raises NotFound (``line_not_found``), NotPermitted and Refused (``document_missing``, ``beyond_budget``).
    """
    owner = locked_project(actor, project)
    actor.require(BUDGET_EDIT, owner.org.path)
    if not document.strip():
        raise Refused("document_missing", _("请填写依据文件。"), where="document")
    line = owner.lines.filter(year=year, fund=fund).first()
    if line is None:
        raise NotFound("line_not_found", _("该项目没有 %(year)s 年的预算额度。") % {"year": year})
    amount = yuan(amount_yuan)
    with held(spent_yuan=amount):
        gone = MoveSpec(kind=MoveKind.CARRIED_OUT, amount_yuan=-amount, on=date(year, 12, 31), document=document)
        come = MoveSpec(kind=MoveKind.CARRIED_IN, amount_yuan=amount, on=date(year + 1, 1, 1), document=document)
        out = _move(line, gone, actor, now)
        row = _move(_line(owner, year + 1, fund), come, actor, now, pair=out)
    _prove(out, owner, actor, now)
    _prove(row, owner, actor, now)
    return row


def _line(project: Project, year: int, fund: str) -> BudgetLine:
    found, _made = BudgetLine.objects.get_or_create(
        project=project,
        year=year,
        fund=fund or FUND,
        defaults={"number": public_number("YE", date(min(max(year, 1), 9999), 1, 1))},
    )
    return found


def _move(line: BudgetLine, spec: MoveSpec, actor: Viewer, now: datetime, pair: BudgetMove | None = None) -> BudgetMove:
    return BudgetMove.objects.create(
        number=public_number("YD", clock.city_date(now)),
        line=line,
        kind=spec.kind,
        amount_yuan=yuan(spec.amount_yuan),
        on=spec.on,
        document=spec.document.strip(),
        pair=pair,
        made_by=actor.name,
        made_at=now,
    )


def _prove(row: BudgetMove, project: Project, actor: Viewer, now: datetime) -> None:
    words = {"project": project.number, "year": row.line.year, "kind": row.kind, "amount_yuan": row.amount_yuan}
    proof.of(Proven.BUDGET, row.number, words | {"on": row.on, "document": row.document}, actor, now)
