"""Pages where people correct what the rules propose: links of a table, and the fill-in rules of the city."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.evaluation import services, standing
from yunshu.domains.evaluation.contracts import RULES_EDIT, TABLE_VIEW, Severity
from yunshu.domains.evaluation.rules import fill_in
from yunshu.domains.evaluation.rules.amending import shown
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.measuring import light_rules
from yunshu.domains.evaluation.rules.monitoring import monitoring_rules
from yunshu.domains.evaluation.rules.scoring_sets import scoring_codes, scoring_set
from yunshu.domains.evaluation.views.tables import frame
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(TABLE_VIEW)
@require_http_methods(["GET", "POST"])
def links(request: HttpRequest, number: str) -> HttpResponse:
    """Which goal and indicator belongs to which task: proposed by words, confirmed by a person."""
    context = frame(request, number, "links")
    linking, chosen = attempt(), None
    if request.method == "POST":
        chosen = [(a, b) for a, _bar, b in (value.partition("|") for value in request.POST.getlist("link"))]
        with linking:
            services.confirm_links(
                actor=viewer_of(request),
                number=number,
                chosen=chosen,
                expected=_whole(request.POST.get("expected", "")),
                reason=request.POST.get("reason", ""),
                now=clock.now(),
            )
            return redirect("evaluation:links", number)
    context |= {
        "groups": _groups(context, None if chosen is None else set(chosen)),
        "confirmed": standing.newest_links(context["table"]),
        "may_change": context["may_edit"] and context["table"].stage in services.EDITABLE,
        "reason": request.POST.get("reason", ""),
        "refusal": linking.refusal,
    }
    return show(request, "evaluation/links.html", context, status=422 if linking.refusal else 200)


def _groups(context: dict[str, Any], chosen: set[tuple[str, str]] | None) -> list[dict[str, Any]]:
    form = context["form"]
    said = {(link.left, link.right): link for link in standing.links_of(context["table"], form)}
    on = set(said) if chosen is None else chosen
    groups = []
    for name, items in ((_("总体目标"), form.goals), (_("绩效指标"), form.indicators)):
        rows = []
        for item in items:
            cells = [
                {
                    "task": task,
                    "value": f"{place(item)}|{place(task)}",
                    "on": (place(item), place(task)) in on,
                    "link": said.get((place(item), place(task))),
                }
                for task in form.tasks
            ]
            rows.append({"item": item, "text": getattr(item, "text", "") or item.name, "cells": cells})
        groups.append({"name": name, "rows": rows})
    return groups


@staff(TABLE_VIEW)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule with its source, whether that was verified, and who changed it."""
    changed = standing.rule_changes()
    rows = [{"rule": rule, "change": changed.get(rule.id)} for rule in fill_in.rule_set(standing.RULE_SET).rules]
    scoring = [scoring_set(code) for code in scoring_codes()]
    watching = monitoring_rules()
    others = [(one.name, one.source) for one in scoring]
    others += [(watching.name, watching.source), (_("灯号与预测"), light_rules().source)]
    context = {"rows": rows, "others": others, "may_change": viewer_of(request).may(RULES_EDIT)}
    return show(request, "evaluation/rules.html", context)


@staff(RULES_EDIT)
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, rule: str) -> HttpResponse:
    """Change one rule: on or off, severity, thresholds, the document it was checked against."""
    default, change = standing.default_rule(rule), standing.rule_changes().get(rule)
    changing, names = attempt(), list(default.parameters)
    if request.method == "POST":
        spec = services.RuleSpec(
            is_on=request.POST.get("is_on") == "yes",
            severity=request.POST.get("severity", ""),
            parameters={name: request.POST.get(f"parameter:{name}", "") for name in names},
            document=request.POST.get("document", ""),
            reason=request.POST.get("reason", ""),
            expected=_whole(request.POST.get("expected", "")),
        )
        with changing:
            services.change_rule(actor=viewer_of(request), rule=rule, spec=spec, now=clock.now())
            return redirect("evaluation:rules")
    now = {**default.parameters, **(change.parameters if change else {})}
    texts = {name: request.POST.get(f"parameter:{name}", text) for name, text in shown(now).items()}
    severity = request.POST.get("severity", change.severity if change else default.severity.value)
    context = {
        "rule": default,
        "change": change,
        "parameters": [(name, texts[name], shown(default.parameters)[name]) for name in names],
        "severity": severity,
        "severities": _severities(),
        "is_on": request.POST.get("is_on", "yes" if change is None or change.is_on else "no") == "yes",
        "document": request.POST.get("document", change.document if change else ""),
        "reason": request.POST.get("reason", ""),
        "history": standing.rule_history(rule),
        "refusal": changing.refusal,
    }
    return show(request, "evaluation/rule.html", context, status=422 if changing.refusal else 200)


def _severities() -> list[tuple[str, str]]:
    names = {Severity.ERROR: _("必须修改"), Severity.WARNING: _("请核实"), Severity.HINT: _("建议")}
    return [(severity.value, name) for severity, name in names.items()]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
