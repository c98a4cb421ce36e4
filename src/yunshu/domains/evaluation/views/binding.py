"""What the page of an indicator says of how it is measured, in people's words."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import TABLE_APPROVE
from yunshu.domains.evaluation.forms import DecisionForm
from yunshu.lib.kernel.measure import metrics
from yunshu.lib.ui.access import viewer_of

BY_HAND = "evaluation.evidence"


def metric_choices(unit: str) -> list[tuple[str, str]]:
    """Return evidence by hand, and every metric of the indicator's unit."""
    offered = [(m.code, f"{_(m.name)} — {_(m.description)}") for m in metrics().values() if m.unit == unit]
    return [("", _("人工登记佐证")), *offered]


def bound_now(line: selectors.Line) -> dict[str, Any]:
    """Return how an indicator is measured now, as the form begins."""
    binding = line.binding
    return {"metric": binding.metric, "accumulates": binding.accumulates} if binding else {}


def way_words(code: str, *, accumulates: bool = False) -> str:
    """Return a way of measuring in words: the metric's name and what it does, or evidence by hand."""
    if not code:
        return _("人工登记佐证，数值逐次累计") if accumulates else _("人工登记佐证")
    metric = metrics().get(code)
    return f"{_(metric.name)} — {_(metric.description)}" if metric else code


def made_by_words(made_by: str) -> str:
    """Return the program of a measurement in words: ``项目验收达标率（第 1 版算法）``; the code where nobody offers it any more."""
    code, slash, version = made_by.rpartition("/")
    metric = metrics().get(code)
    name = _("人工登记佐证") if code == BY_HAND else _(metric.name) if metric else ""
    return _("%(name)s（第 %(n)s 版算法）") % {"name": name, "n": version} if slash and name else made_by


def changes_of(request: HttpRequest, table: Any, ordinal: int) -> dict[str, Any]:
    """Return what was asked for about how an indicator is measured, and what the viewer may do about it."""
    viewer = viewer_of(request)
    rows = list(selectors.binding_changes(table, ordinal))
    waiting = next((row for row in rows if row.state == "asked"), None)
    may_approve = viewer.may(TABLE_APPROVE, table.org.path)
    return {
        "waiting": waiting,
        "binding_changes": [
            (row, way_words(row.before), way_words(row.metric, accumulates=row.accumulates)) for row in rows
        ],
        "is_own_change": waiting is not None and services.is_own(waiting, viewer),
        "may_decide": waiting is not None and may_approve and not services.is_own(waiting, viewer),
        "decision_form": DecisionForm(),
    }
