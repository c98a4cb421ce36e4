"""Pages that join the domains for staff: my day, search over everything, help, about."""

from importlib.metadata import version

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui import nav, search
from yunshu.lib.ui.access import staff
from yunshu.lib.ui.pages import show

ON_HOME = 10
PER_SOURCE = 8
PER_SOURCE_ALONE = 100
MORNING_ENDS, NOON_ENDS, AFTERNOON_ENDS = 11, 13, 18


@staff()
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """My day: what waits for me by deadline, and where I may go."""
    now, viewer = clock.now(), request.viewer  # type: ignore[attr-defined]
    tasks = workflow.my_tasks(viewer)
    context = {
        "greeting": _greeting(now.astimezone(clock.CITY_ZONE).hour),
        "tasks": [workflow.task_card(task, now) for task in tasks[:ON_HOME]],
        "lights": workflow.counts_by_light(tasks, now),
        "sections": nav.sections(request),
        "now": now,
    }
    return show(request, "console/home.html", context, part="tasks")


def _greeting(hour: int) -> str:
    if hour < MORNING_ENDS:
        return _("早上好")
    if hour < NOON_ENDS:
        return _("中午好")
    return _("下午好") if hour < AFTERNOON_ENDS else _("晚上好")


@staff()
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Search over every domain; ``in`` narrows to one kind of thing."""
    query, only = request.GET.get("q", "").strip(), request.GET.get("in", "")
    found = search.find(request.viewer, query, PER_SOURCE_ALONE if only else PER_SOURCE)  # type: ignore[attr-defined]
    context = {"search_query": query, "only": only, "found": [f for f in found if only in ("", f.name)]}
    return show(request, "console/search.html", context, part="found")


@staff()
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Keys, and how the console works."""
    return show(request, "console/help.html", {"sections": nav.sections(request)})


@staff()
@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """What this is, and which version."""
    return show(request, "console/about.html", {"version": version("yunshu")})
