"""Pages of results now: the live board, one unit and what putting findings right would bring."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yunshu.domains.inspection.choices import Severity
from yunshu.domains.inspection.contracts import ASSESS, VIEW
from yunshu.domains.inspection.selectors import board as selectors
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.pages import show

FINDINGS = "/console/inspection/findings/"
"""Where the pages of findings are; one is below it by its number."""


@staff(VIEW)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """How everything in sight stands now."""
    viewer, now = viewer_of(request), clock.now()
    found = selectors.live(viewer)
    kinds = selectors.by_kind(viewer)
    context = {
        "sites": selectors.visible_sites(viewer).count(),
        "accounts": selectors.visible_accounts(viewer).count(),
        "open": sum(counts["total"] for _name, counts in kinds),
        "overdue": selectors.overdue(viewer, now),
        "kinds": [(name, [counts[s] for s in Severity.values], counts["total"]) for name, counts in kinds],
        "severities": Severity.labels,
        "passing": selectors.passing(found),
        "units": selectors.units(viewer, found, now),
        "chart": _chart(selectors.trend(viewer, now)),
        "may_assess": viewer.may(ASSESS),
        "now": now,
    }
    return show(request, "inspection/board.html", context, part="board")


def _chart(months: list[tuple[str, int, int]]) -> Chart:
    return Chart(
        title=_("每月确认和整改的问题"),
        labels=[m[0] for m in months],
        series=[Series(_("新确认"), [m[1] for m in months]), Series(_("已整改"), [m[2] for m in months])],
        kind="line",
        unit=_("条"),
        label_head=_("月份"),
    )


@staff(VIEW)
@require_safe
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit under one scheme: scores now, and the findings that bring most if they are put right."""
    viewer, now = viewer_of(request), clock.now()
    org = selectors.get_unit(viewer, code)
    found = selectors.live(viewer, org)
    asked = request.GET.get("scheme", "")
    version = next(
        (v for v in found.versions if v.scheme.code == asked), found.versions[-1] if found.versions else None
    )
    context: dict[str, Any] = {
        "org": org,
        "versions": found.versions,
        "version": version,
        "standings": selectors.standings(found, version) if version else [],
        "words": selectors.words_of(found),
        "findings_url": FINDINGS,
        "now": now,
    }
    return show(request, "inspection/unit_results.html", context)
