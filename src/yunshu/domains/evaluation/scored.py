"""Reading a table's score: what people added and decided, the points they come to, and what was submitted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from pydantic import TypeAdapter

from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.models import LineDecision, PerformanceTable, SelfEvaluation, SubmittedScore
from yunshu.domains.evaluation.rules import measuring, scoring
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.scoring_sets import scoring_codes, scoring_set
from yunshu.domains.evaluation.rules.weights import default_weights

SUBMITTED = frozenset({"self_review", "archived"})
"""Stages in which the score no longer moves."""
SCORECARD: TypeAdapter[scoring.Scorecard] = TypeAdapter(scoring.Scorecard)


def self_evaluation(table: PerformanceTable) -> SelfEvaluation | None:
    """Return the table's self-evaluation, None before anyone began it."""
    return SelfEvaluation.objects.filter(table=table).first()


def decisions(table: PerformanceTable, rule_set: str) -> dict[tuple[str, str], LineDecision]:
    """Return the decision in force of each (line, kind) under a rule set."""
    rows = table.decisions.filter(rule_set=rule_set).order_by("line", "kind", "-pk").distinct("line", "kind")
    return {(row.line, row.kind): row for row in rows}


def decision_history(table: PerformanceTable, line: str) -> QuerySet[LineDecision]:
    """Return every decision about a line, the newest first."""
    return table.decisions.filter(rule_set=table.rule_set, line=line).order_by("-pk")


def scoring_inputs(table: PerformanceTable, today: date) -> scoring.Inputs:
    """Return everything the table's score rests on: money, measured values, and what people decided and explained."""
    _rows, total = selectors.money(table)
    given = self_evaluation(table)
    reasons = given.reasons if given else {}
    decided = decisions(table, table.rule_set)
    samples = {
        place(line.indicator): _scored_sample(line, table.year, today) for line in selectors.scoreboard(table, today)
    }
    keys = {*samples, *(line for line, _kind in decided), *reasons}
    actuals = {key: _actual(key, samples.get(key), str(reasons.get(key, "")), decided) for key in keys}
    return scoring.Inputs(
        budget_yuan=total.planned_yuan,
        paid_yuan=total.paid_yuan,
        actuals=actuals,
        weights=_weights_by_hand(table, actuals, decided),
    )


def _weights_by_hand(
    table: PerformanceTable,
    actuals: Mapping[str, scoring.Actual],
    decided: dict[tuple[str, str], LineDecision],
) -> dict[str, Decimal] | None:
    """Return weights set by hand as long as they are of the lines there are; a line set aside since ends them."""
    given = {line: row.points for (line, kind), row in decided.items() if kind == LineDecision.Kind.WEIGHT}
    aside = [key for key, actual in actuals.items() if actual.inapplicable]
    lines = default_weights(selectors.form_of(selectors.newest_version(table)), scoring_set(table.rule_set), aside)
    return {line: points or Decimal(0) for line, points in given.items()} if set(given) == set(lines) else None


def _actual(
    key: str, sample: measuring.Sample | None, reason: str, decided: dict[tuple[str, str], LineDecision]
) -> scoring.Actual:
    kinds = LineDecision.Kind
    judged, target = decided.get((key, kinds.JUDGEMENT)), decided.get((key, kinds.TARGET))
    aside = decided.get((key, kinds.INAPPLICABLE))
    is_aside = aside is not None and aside.choice == "yes"
    judgement = None
    if judged is not None and judged.choice:
        judgement = scoring.Judgement(
            band=judged.choice, ratio=judged.points or Decimal(0), evidence=judged.basis, chosen_by=judged.made_by
        )
    return scoring.Actual(
        sample=sample,
        judgement=judgement,
        reason=aside.basis if aside is not None and is_aside else reason or (target.basis if target else ""),
        target_too_low=None if target is None else target.choice == "yes",
        inapplicable=is_aside,
    )


def _scored_sample(line: selectors.Line, year: int, today: date) -> measuring.Sample | None:
    if line.verdict.value is None:
        return None
    bounds = {"low": line.measurement.low, "high": line.measurement.high} if line.measurement else {}
    return measuring.Sample(on=min(today, date(year, 12, 31)), value=line.verdict.value, **bounds)


def scorecards(table: PerformanceTable, today: date) -> scoring.Replay:
    """Return the table's score under its own rule set first, then under every other, line by line.

    Judgements and weights belong to one rule set: under the others they are left aside. Once the self-evaluation is
    submitted the score is what was submitted, under one rule set.
    """
    submitted = submitted_score(table)
    if submitted is not None:
        return scoring.Replay(cards=(SCORECARD.validate_python(submitted.card),), rows=())
    form = selectors.form_of(selectors.newest_version(table))
    order = sorted(scoring_codes(), key=lambda code: (code != table.rule_set, code))
    inputs = scoring_inputs(table, today)
    plain = {key: replace(actual, judgement=None) for key, actual in inputs.actuals.items()}
    others = scoring.replay(form, [scoring_set(code) for code in order], replace(inputs, actuals=plain))
    own = scoring.score(form, scoring_set(table.rule_set), inputs)
    return scoring.Replay(cards=(own, *others.cards[1:]), rows=others.rows)


def submitted_score(table: PerformanceTable) -> SubmittedScore | None:
    """Return the score that is under review or archived; None while the score still moves."""
    return table.submitted_scores.first() if table.stage in SUBMITTED else None


def rule_sets() -> list[tuple[str, str]]:
    """Return (code, name) of every scoring rule set."""
    return [(code, scoring_set(code).name) for code in scoring_codes()]
