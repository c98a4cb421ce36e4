"""Alert rules for Prometheus, made of the same declarations as the operator's page (``deploy/prometheus/rules.yml``)."""

import json
from collections.abc import Iterable
from typing import Any

from yunshu.lib.observe.figures import Part, Rule, Severity, rules

LEVELS = {Severity.STOPPED: "critical", Severity.SLOW: "warning"}
RUNBOOK = "docs/operate/observe.md"
HEAD = "# 由 yunshu docs 生成，请勿手改：阈值在程序里（各模块的 observed.py），平台的总览页面按同一份判断。\n"


def expression(rule: Rule) -> str:
    """Return the rule in PromQL."""
    labels = ",".join(f'{name}="{value}"' for name, value in sorted((rule.of or {}).items()))
    figure = f"{rule.figure.name}{{{labels}}}" if labels else rule.figure.name
    value = f"time() - {figure}" if rule.figure.is_moment else figure
    sign, bound = (">", rule.above) if rule.above is not None else ("<", rule.below)
    return f"{value} {sign} {bound:g}"


def alert(part: Part, rule: Rule) -> dict[str, Any]:
    """Return one alert as Prometheus writes it."""
    about = "".join(f" {{{{ $labels.{name} }}}}" for name in rule.figure.labels if name not in (rule.of or {}))
    words: dict[str, Any] = {"alert": f"Yunshu{rule.code}", "expr": expression(rule)}
    if rule.for_s:
        words["for"] = f"{rule.for_s}s"
    return words | {
        "labels": {"severity": LEVELS[rule.severity], "part": part.code},
        "annotations": {
            "summary": f"{part.name}{about}：{rule.means}",
            "description": f"{rule.todo}（当前值 {{{{ $value }}}}）",
            "runbook": f"{RUNBOOK}#{part.chapter}",
        },
    }


def rules_file() -> str:
    """Return the file of rules: one group a part, and one that sees whether Yunshu can be asked at all."""
    groups = [_group("yunshu-metrics", [_UNREACHABLE])]
    by_part: dict[str, list[dict[str, Any]]] = {}
    for part, rule in rules():
        by_part.setdefault(part.code, []).append(alert(part, rule))
    groups += [_group(f"yunshu-{code}", found) for code, found in by_part.items()]
    return HEAD + "groups:\n" + "".join(_written(group) for group in groups)


_UNREACHABLE = {
    "alert": "YunshuUnreachable",
    "expr": 'up{job="yunshu"} == 0',
    "for": "120s",
    "labels": {"severity": "critical", "part": "web"},
    "annotations": {
        "summary": "云数的 /metrics 读不到：网站停止，或令牌、地址不对。",
        "description": "先打开网站；打不开的，在服务器上执行 yunshu status。",
        "runbook": f"{RUNBOOK}#web",
    },
}


def _group(name: str, found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "rules": list(found)}


def _written(group: dict[str, Any]) -> str:
    """Return a group as YAML: every scalar is a JSON string, which YAML reads as such."""
    lines = [f"  - name: {group['name']}", "    rules:"]
    for found in group["rules"]:
        for place, (name, value) in enumerate(found.items()):
            lead = "      - " if place == 0 else "        "
            if isinstance(value, dict):
                lines.append(f"{lead}{name}:")
                lines += [f"          {key}: {json.dumps(word, ensure_ascii=False)}" for key, word in value.items()]
            else:
                lines.append(f"{lead}{name}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
