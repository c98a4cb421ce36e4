"""Statements of monitoring: made at a node that is over, with the figures as they are at that moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import overseeing
from yunshu.domains.evaluation.contracts import SCORE_EDIT
from yunshu.domains.evaluation.models import MonitoringStatement
from yunshu.domains.evaluation.services.locks import locked_table
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused


@dataclass(frozen=True, kw_only=True)
class StatementSpec:
    """What a person reports: the node's month, what is done about a warning, in words why."""

    through_month: int
    choice: str = ""
    statement: str


@transaction.atomic
def report_monitoring(*, actor: Viewer, number: str, spec: StatementSpec, now: datetime) -> MonitoringStatement:
    """Report on a node; a further report on the same node stands beside the earlier ones.

    Raises NotFound, NotPermitted and Refused (``not_monitoring``, ``node_unknown``, ``node_not_over``,
    ``choice_missing``, ``statement_missing``).
    """
    table = locked_table(actor, number, SCORE_EDIT)
    if table.stage != "monitoring":
        raise Refused("not_monitoring", _("只有执行监控阶段才能报告监控情况。"))
    today = clock.city_date(now)
    seen = overseeing.overview(table, today)
    row = next((r for r in seen.nodes if r.due.node.through_month == spec.through_month), None)
    if row is None:
        raise Refused("node_unknown", _("没有这个监控节点。"), where="through_month")
    if not row.due.is_over:
        raise Refused("node_not_over", _("该节点尚未到期。"), where="through_month")
    known = spec.choice in seen.rules.decision_choices
    if (spec.choice or seen.warned.decision_needed) and not known:
        raise Refused("choice_missing", _("已预警，请选择处置方式。"), where="choice")
    if not spec.statement.strip():
        raise Refused("statement_missing", _("请写明情况。"), where="statement")
    return MonitoringStatement.objects.create(
        table=table,
        through_month=spec.through_month,
        rate=seen.rate,
        progress=seen.progress,
        light=seen.warned.light.value,
        deviations=[*seen.warned.reasons, *(line.verdict.sentence for line in seen.behind)],
        choice=spec.choice,
        statement=spec.statement.strip()[:1000],
        made_by=actor.name,
        made_at=now,
    )
