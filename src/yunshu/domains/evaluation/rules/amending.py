"""An official's corrections over the fill-in rules: severity, on or off, thresholds. The defaults stay in the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from yunshu.domains.evaluation.contracts import Severity
from yunshu.domains.evaluation.rules.fill_in import Rule, RuleSet
from yunshu.domains.evaluation.rules.sources import Source
from yunshu.lib.kernel.errors import Refused

SEPARATOR = "、"


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """What replaces a rule's severity and parameters. ``document``: what the official checked it against, or empty."""

    rule: str
    is_on: bool
    severity: Severity
    parameters: Mapping[str, Any]
    document: str = ""


def amended(ruleset: RuleSet, amendments: Sequence[Amendment]) -> RuleSet:
    """Return the rule set with the amendments made; rules switched off are left out, unknown ones change nothing."""
    by_rule = {a.rule: a for a in amendments}
    rules = (_amended(rule, by_rule.get(rule.id)) for rule in ruleset.rules)
    return replace(ruleset, rules=tuple(rule for rule in rules if rule is not None))


def _amended(rule: Rule, amendment: Amendment | None) -> Rule | None:
    if amendment is None:
        return rule
    if not amendment.is_on:
        return None
    source = Source(document=amendment.document, verified=True) if amendment.document else rule.source
    return replace(
        rule, severity=amendment.severity, parameters={**rule.parameters, **amendment.parameters}, source=source
    )


def shown(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as an official types them: words separated by 、."""
    return {k: SEPARATOR.join(v) if isinstance(v, list) else str(v) for k, v in parameters.items()}


def typed(rule: Rule, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return typed parameters in the kind the rule's data has: words, whole numbers, decimals.

    Raises Refused (``parameter_unknown``, ``parameter_invalid``).
    """
    unknown = texts.keys() - rule.parameters.keys()
    if unknown:
        raise Refused("parameter_unknown", f"该规则没有参数“{min(unknown)}”。")
    return {name: _typed(name, text.strip(), rule.parameters[name]) for name, text in texts.items()}


def _typed(name: str, text: str, default: Any) -> Any:
    if isinstance(default, list):
        words = [word.strip() for word in text.replace(",", SEPARATOR).replace("，", SEPARATOR).split(SEPARATOR)]
        return [word for word in words if word]
    try:
        number = Decimal(text)
        if not number.is_finite() or number < 0 or (isinstance(default, int) and number != int(number)):
            raise InvalidOperation
    except InvalidOperation as error:
        if isinstance(default, str) and not _is_number(default) and text == default:
            return default
        raise Refused("parameter_invalid", f"参数“{name}”的值“{text}”不合要求。", where=name) from error
    return int(number) if isinstance(default, int) else str(number)


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
