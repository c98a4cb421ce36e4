"""How a promise of an approved table is measured changes in two steps: one asks with a reason, another decides.

Until the decision the old way measures. The database holds the four eyes, too (``evaluation_binding_change_four_eyes``).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, TABLE_APPROVE
from yunshu.domains.evaluation.models import BindingChange, PerformanceTable
from yunshu.domains.evaluation.rules.rebinding import APPROVE, CODE, OWNER
from yunshu.domains.evaluation.services import proof
from yunshu.domains.evaluation.services.locks import demand_running, indicator_of, locked_table
from yunshu.domains.evaluation.services.measuring import bound, demand_fitting, measure
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class BindingSpec:
    """How an indicator is to be measured: by a domain's metric, or (``metric`` empty) by evidence; and why it changes."""

    metric: str
    accumulates: bool
    reason: str


@transaction.atomic
def ask_binding(*, actor: Viewer, number: str, indicator: int, spec: BindingSpec, now: datetime) -> BindingChange:
    """Ask for another way of measuring; nothing changes before somebody else decides.

    Raises NotFound, NotPermitted, Conflict (``binding_asked``) and Refused (``table_not_running``, ``reason_missing``,
    ``metric_unknown``, ``unit_differs``, ``nothing_changed``).
    """
    table = locked_table(actor, number, EVIDENCE_EDIT)
    demand_running(table)
    promise = indicator_of(table, indicator)
    demand_fitting(promise, spec.metric)
    if not spec.reason.strip():
        raise Refused("reason_missing", _("请写明为什么改变测量方式。"), where="reason")
    if selectors.open_binding_change(table, indicator):
        raise Conflict("binding_asked", _("这个指标已有待审批的测量方式变更，请等审批后再提。"))
    old = selectors.bindings(table).get(indicator)
    accumulates = spec.accumulates and not spec.metric
    if old and (old.metric, old.accumulates) == (spec.metric, accumulates):
        raise Refused("nothing_changed", _("测量方式没有变化。"), where="metric")
    row = BindingChange.objects.create(
        number=public_number("BD", clock.city_date(now)),
        table=table,
        indicator=indicator,
        before=old.metric if old else "",
        metric=spec.metric,
        accumulates=accumulates,
        reason=spec.reason.strip()[:500],
        asked_by=actor.name,
        asker_id=getattr(actor, "person_id", None),
        asked_at=now,
    )
    subject = workflow.Subject(
        number=row.number,
        title=_("%(table)s：%(name)s") % {"table": table.title, "name": promise.name},
        url=f"/console/tables/{table.number}/indicators/{indicator}/#binding",
        parties={OWNER: table.org_id},
    )
    workflow.start(actor=actor, flow=CODE, subject=subject, now=now)
    proof.of_binding(row, actor, now)
    return row


@transaction.atomic
def decide_binding(*, actor: Viewer, number: str, change: str, verb: str, opinion: str, now: datetime) -> BindingChange:
    """Approve a change (it measures from now on) or refuse it. Nobody decides what he asked for himself.

    Raises NotFound (``table_not_found``, ``binding_change_not_found``), NotPermitted, Conflict (``verb_not_possible``) and
    Refused (``own_request``, ``table_not_running``, ``reason_missing``, ``metric_unknown``, ``unit_differs``).
    """
    table = locked_table(actor, number, TABLE_APPROVE)
    row = table.binding_changes.select_for_update().filter(number=change).first()
    if row is None:
        raise NotFound("binding_change_not_found")
    if is_own(row, actor):
        raise Refused("own_request", _("不能审批自己提出的变更，请由另一位有审定权限的人办理。"))
    case = workflow.act(actor=actor, flow=CODE, number=row.number, verb=verb, reason=opinion, now=now)
    row.state, row.opinion = case.state, opinion.strip()[:500]
    row.decided_by, row.decider_id, row.decided_at = actor.name, getattr(actor, "person_id", None), now
    row.save(update_fields=["state", "opinion", "decided_by", "decider", "decided_at"])
    if verb == APPROVE:
        _take_effect(table, row, now)
    proof.of_binding(row, actor, now)
    return row


def is_own(row: BindingChange, actor: Viewer) -> bool:
    """Say whether ``actor`` asked for the change: by person, or by name where a program did."""
    mine = getattr(actor, "person_id", None)
    return row.asked_by == actor.name if mine is None or row.asker_id is None else mine == row.asker_id


def _take_effect(table: PerformanceTable, row: BindingChange, now: datetime) -> None:
    demand_running(table)
    bound(table, row.indicator, row.metric, accumulates=row.accumulates)
    measure(table, now)
