"""Self-evaluation: the rule set, reasons for deviation, the words of the report. The points are computed, never typed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation.contracts import SCORE_EDIT
from yunshu.domains.evaluation.models import SelfEvaluation
from yunshu.domains.evaluation.rules.scoring_sets import scoring_codes
from yunshu.domains.evaluation.services.locks import locked_table
from yunshu.lib.kernel.errors import Refused

SCORING = frozenset({"monitoring", "self_evaluation"})


@transaction.atomic
def save_self_evaluation(
    *, actor: Viewer, number: str, rule_set: str, reasons: Mapping[str, str], summary: str, now: datetime
) -> SelfEvaluation:
    """Save what a person adds to the computed score: the rule set, reasons by line, a summary.

    Raises NotFound, NotPermitted and Refused (``not_scoring_now``, ``rule_set_unknown``).
    """
    table = locked_table(actor, number, SCORE_EDIT)
    if table.stage not in SCORING:
        raise Refused("not_scoring_now", _("执行监控或绩效自评阶段才能填写自评。"))
    if rule_set not in scoring_codes():
        raise Refused("rule_set_unknown", _("没有这套评分规则。"), where="rule_set")
    table.rule_set = rule_set
    table.save(update_fields=["rule_set"])
    row, _made = SelfEvaluation.objects.select_for_update().get_or_create(table=table, defaults={"changed_at": now})
    row.reasons = {key: text.strip()[:500] for key, text in reasons.items() if text.strip()}
    row.summary, row.changed_at = summary.strip(), now
    row.save(update_fields=["reasons", "summary", "changed_at"])
    return row
