"""Fill-in rules: what a form must say before it is submitted, each finding with what to change and its source.

The rules stand in ``data/fill-in-*.toml``; the checks they name in ``fill_in_form``, ``fill_in_money`` and
``fill_in_indicators``. An ERROR blocks submission, a WARNING asks for a reason, a HINT is advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from yunshu.domains.evaluation.contracts import Finding, Severity, TableForm
from yunshu.domains.evaluation.rules import fill_in_form, fill_in_indicators, fill_in_money
from yunshu.domains.evaluation.rules.fill_in_hits import Check, Seen
from yunshu.domains.evaluation.rules.links import Link, LinkRules, suggested_links
from yunshu.domains.evaluation.rules.sources import Source, codes, document, source_of

CHECKS: Mapping[str, Check] = {
    **fill_in_form.CHECKS,
    **fill_in_money.CHECKS,
    **fill_in_indicators.CHECKS,
}
_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One fill-in rule. ``from_year`` is the first year of a table it is asked of."""

    id: str
    check: str
    severity: Severity
    message: str
    advice: str
    source: Source
    parameters: Mapping[str, Any]
    from_year: int = 0


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The fill-in rules of a form's edition."""

    code: str
    name: str
    source: Source
    rules: tuple[Rule, ...]
    links: LinkRules
    general_indicators: tuple[str, ...]


def rule_set_codes() -> tuple[str, ...]:
    """Return the codes of all fill-in rule sets."""
    return codes("fill-in")


@cache
def rule_set(code: str = "2022") -> RuleSet:
    """Return a fill-in rule set; LookupError for an unknown code or a rule whose check nobody wrote."""
    data = document("fill-in", code)
    rules = tuple(_rule(r) for r in data["rules"])
    missing = {r.check for r in rules} - CHECKS.keys()
    if missing:
        raise LookupError(f"fill-in-{code}: no check {sorted(missing)}")
    links = data["links"]
    return RuleSet(
        code=data["code"],
        name=data["name"],
        source=source_of(data),
        rules=rules,
        links=LinkRules(
            goal_task_min=Decimal(links["goal_task_min"]),
            indicator_task_min=Decimal(links["indicator_task_min"]),
            near_best=Decimal(links["near_best"]),
            ignored=tuple(links["ignored"]),
            synonyms=links["synonyms"],
        ),
        general_indicators=tuple(links["general_indicators"]),
    )


def check(form: TableForm, ruleset: RuleSet | None = None, links: Sequence[Link] | None = None) -> tuple[Finding, ...]:
    """Return what the rules find in ``form``, errors first, each with what to change.

    ``links`` set by hand replace those that the words suggest.
    """
    chosen = ruleset or rule_set()
    seen = Seen(
        form=form,
        links=tuple(suggested_links(form, chosen.links) if links is None else links),
        general_indicators=chosen.general_indicators,
    )
    found = [f for rule in chosen.rules if form.year >= rule.from_year for f in _findings(seen, rule)]
    return tuple(sorted(found, key=lambda f: _WEIGHT[f.severity]))


def blocks(findings: Sequence[Finding]) -> bool:
    """Say whether a form with these findings may not be submitted."""
    return any(f.severity is Severity.ERROR for f in findings)


def _findings(seen: Seen, rule: Rule) -> list[Finding]:
    return [
        Finding(
            rule=rule.id,
            severity=rule.severity,
            where=hit.where,
            message=rule.message % hit.values,
            advice=rule.advice % hit.values,
            source=rule.source.text,
            difference=hit.difference,
        )
        for hit in CHECKS[rule.check](seen, rule.parameters)
    ]


def _rule(table: Mapping[str, Any]) -> Rule:
    return Rule(
        id=table["id"],
        check=table["check"],
        severity=Severity(table["severity"]),
        message=table["message"],
        advice=table["advice"],
        source=source_of(dict(table)),
        parameters=table.get("parameters", {}),
        from_year=table.get("from_year", 0),
    )
