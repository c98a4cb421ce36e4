"""Self-evaluation: rule set, reasons, judgements, weights, the words of the report. Points are computed, never typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import scored
from yunshu.domains.evaluation.contracts import SCORE_EDIT
from yunshu.domains.evaluation.models import LineDecision, PerformanceTable, SelfEvaluation
from yunshu.domains.evaluation.rules.scoring_sets import scoring_codes
from yunshu.domains.evaluation.rules.weights import checked_weights
from yunshu.domains.evaluation.services import proof
from yunshu.domains.evaluation.services.locks import locked_table
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused

SCORING = frozenset({"monitoring", "self_evaluation"})


@transaction.atomic
def save_self_evaluation(
    *, actor: Viewer, number: str, rule_set: str, reasons: Mapping[str, str], summary: str, now: datetime
) -> SelfEvaluation:
    """Save what a person adds to the computed score: the rule set, reasons by line, a summary.

    Raises NotFound, NotPermitted and Refused (``not_scoring_now``, ``rule_set_unknown``).
    """
    table = _scored_now(actor, number)
    if rule_set not in scoring_codes():
        raise Refused("rule_set_unknown", _("没有这套评分规则。"), where="rule_set")
    table.rule_set = rule_set
    table.save(update_fields=["rule_set"])
    row, _made = SelfEvaluation.objects.select_for_update().get_or_create(table=table, defaults={"changed_at": now})
    row.reasons = {key: text.strip()[:500] for key, text in reasons.items() if text.strip()}
    row.summary, row.changed_at = summary.strip(), now
    row.save(update_fields=["reasons", "summary", "changed_at"])
    return row


@dataclass(frozen=True, kw_only=True)
class DecisionSpec:
    """One decision about a line: ``kind`` as in ``LineDecision.Kind``; ``choice`` a band or yes/no; ``points`` a share."""

    kind: str
    choice: str = ""
    points: Decimal | None = None
    basis: str


@transaction.atomic
def decide_line(*, actor: Viewer, number: str, line: str, spec: DecisionSpec, now: datetime) -> LineDecision:
    """Judge a line, set it aside, or say whether its target was too low; the newest decision counts, all stay readable.

    Raises NotFound (``table_not_found``, ``line_not_found``), NotPermitted and Refused (``not_scoring_now``,
    ``basis_missing``, ``kind_unknown``, and what the score says: ``band_unknown``, ``band_ratio_outside``).
    """
    table = _scored_now(actor, number)
    if spec.kind not in {LineDecision.Kind.JUDGEMENT, LineDecision.Kind.INAPPLICABLE, LineDecision.Kind.TARGET}:
        raise Refused("kind_unknown", _("没有这种认定。"))
    if line not in known_lines(table, now):
        raise NotFound("line_not_found")
    if not spec.basis.strip():
        raise Refused("basis_missing", _("请写明依据。"), where="basis")
    row = _decide(table, line, spec, actor, now)
    scored.scorecards(table, clock.city_date(now))  # what does not fit the rule set is refused as a whole
    return row


@transaction.atomic
def set_weights(
    *, actor: Viewer, number: str, weights: Mapping[str, Decimal], basis: str, now: datetime
) -> PerformanceTable:
    """Set the points of every line by hand; together they are 100.00.

    Raises NotFound, NotPermitted and Refused (``not_scoring_now``, ``basis_missing``, ``weights_*``).
    """
    table = _scored_now(actor, number)
    if not basis.strip():
        raise Refused("basis_missing", _("请写明依据。"), where="basis")
    lines = [line.key for line in scored.scorecards(table, clock.city_date(now)).cards[0].lines]
    for line, points in checked_weights(weights, lines).items():
        spec = DecisionSpec(kind=LineDecision.Kind.WEIGHT, points=points, basis=basis)
        _decide(table, line, spec, actor, now)
    return table


def known_lines(table: PerformanceTable, now: datetime) -> set[str]:
    """Return the lines of the table's score, and those that were set aside."""
    lines = {line.key for line in scored.scorecards(table, clock.city_date(now)).cards[0].lines}
    return lines | {line for line, _kind in scored.decisions(table, table.rule_set)}


def _scored_now(actor: Viewer, number: str) -> PerformanceTable:
    table = locked_table(actor, number, SCORE_EDIT)
    if table.stage not in SCORING:
        raise Refused("not_scoring_now", _("执行监控或绩效自评阶段才能填写自评。"))
    return table


def _decide(table: PerformanceTable, line: str, spec: DecisionSpec, actor: Viewer, now: datetime) -> LineDecision:
    row = LineDecision.objects.create(
        table=table,
        rule_set=table.rule_set,
        line=line,
        kind=spec.kind,
        choice=spec.choice,
        points=spec.points,
        basis=spec.basis.strip()[:500],
        made_by=actor.name,
        made_at=now,
    )
    proof.of_decision(row, actor, now)
    return row
