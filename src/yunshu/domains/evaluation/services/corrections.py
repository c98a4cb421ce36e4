"""What people set over what the rules propose: links between goals, tasks and indicators; the rules' own numbers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors, standing
from yunshu.domains.evaluation.contracts import RULES_EDIT, TABLE_EDIT, Severity
from yunshu.domains.evaluation.models import LinkSet, RuleChange
from yunshu.domains.evaluation.rules.amending import typed
from yunshu.domains.evaluation.rules.links import left_labels, right_labels
from yunshu.domains.evaluation.services.locks import EDITABLE, locked_table
from yunshu.lib.kernel.errors import Conflict, Refused

RULES_LOCK = 0x59530302
"""Advisory lock that puts changes of rules in line; there is no row to lock before the first one."""


@transaction.atomic
def confirm_links(
    *, actor: Viewer, number: str, chosen: Collection[tuple[str, str]], expected: int, reason: str, now: datetime
) -> LinkSet:
    """Confirm which goals and indicators (left) belong to which tasks (right), by their places in version ``expected``.

    Raises NotFound, NotPermitted, Conflict (``version_stale``) and Refused (``table_not_editable``,
    ``reason_missing``, ``link_unknown``).
    """
    table = locked_table(actor, number, TABLE_EDIT)
    if table.stage not in EDITABLE:
        raise Refused("table_not_editable", _("只有填报中或年中调整的绩效目标表可以修改。"))
    version = selectors.newest_version(table)
    if version.ordinal != expected:
        raise Conflict("version_stale", _("该表已被他人修改为第 %(n)s 版，请先查看再提交。") % {"n": version.ordinal})
    if not reason.strip():
        raise Refused("reason_missing", _("请写明依据。"), where="reason")
    form = selectors.form_of(version)
    lefts, rights = left_labels(form), right_labels(form)
    if any(left not in lefts or right not in rights for left, right in chosen):
        raise Refused("link_unknown", _("表中没有所选的条目，请刷新后重选。"))
    return LinkSet.objects.create(
        table=table,
        ordinal=version.ordinal,
        pairs=sorted({(lefts[left], rights[right]) for left, right in chosen}),
        known=sorted({*lefts.values(), *rights.values()}),
        reason=reason.strip()[:500],
        made_by=actor.name,
        made_at=now,
    )


@dataclass(frozen=True, kw_only=True)
class RuleSpec:
    """A rule as an official wants it; ``parameters`` as typed; ``expected`` the change it stands on (0: the data)."""

    is_on: bool
    severity: str
    parameters: Mapping[str, str]
    document: str = ""
    reason: str
    expected: int


@transaction.atomic
def change_rule(*, actor: Viewer, rule: str, spec: RuleSpec, now: datetime) -> RuleChange:
    """Change a fill-in rule for the whole city; every change stays readable.

    Raises NotPermitted, NotFound (``rule_not_found``), Conflict (``rule_stale``) and Refused (``reason_missing``,
    ``severity_unknown``, ``parameter_unknown``, ``parameter_invalid``).
    """
    actor.require(RULES_EDIT)
    default = standing.default_rule(rule)
    if not spec.reason.strip():
        raise Refused("reason_missing", _("请写明依据。"), where="reason")
    if spec.severity not in set(Severity):
        raise Refused("severity_unknown", _("没有这个级别。"), where="severity")
    _queue()
    last = standing.rule_changes().get(rule)
    version = last.version if last else 0
    if version != spec.expected:
        raise Conflict("rule_stale", _("该规则已被他人调整为第 %(n)s 版，请先查看再提交。") % {"n": version})
    return RuleChange.objects.create(
        rule_set=standing.RULE_SET,
        rule=rule,
        version=version + 1,
        is_on=spec.is_on,
        severity=spec.severity,
        parameters=typed(default, spec.parameters),
        document=spec.document.strip()[:300],
        reason=spec.reason.strip()[:500],
        made_by=actor.name,
        made_at=now,
    )


def _queue() -> None:
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RULES_LOCK])
