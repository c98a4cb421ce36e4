"""待办: what waits for me, what waits in my organisation; and the picture of a flow."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.workflow import registry, selectors, services
from yunshu.domains.workflow.contracts import WORKLIST_VIEW
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

COLUMNS = (
    Column("title", _("待办事项"), link=True),
    Column("case", _("事项"), value=lambda t: t.case.title),
    Column("org", _("承办单位")),
    Column("holder", _("承办人"), value=lambda t: t.holder or ""),
    Column("opened_at", _("到达时间"), kind="instant", sort="opened_at"),
    Column("due_at", _("办理期限"), sort="due_at", template="workflow/_due.html"),
    Column("act", _("认领"), template="workflow/_take.html"),
)
FILTERS = (Search("title", "case__title", "case__number"), DateRange("due_at", _("办理期限")))
MINE = Listing(
    name="worklist",
    title=_("我的待办"),
    rows=selectors.my_tasks,
    columns=COLUMNS,
    filters=FILTERS,
    default_sort="due_at",
    row_url=lambda t: t.case.url,
    empty_title=_("没有待办"),
    empty_text=_("轮到您办理的事项会出现在这里。"),
)
ORGANISATION = Listing(
    name="worklist-organisation",
    title=_("单位待办"),
    rows=selectors.org_tasks,
    columns=COLUMNS,
    filters=FILTERS,
    default_sort="due_at",
    row_url=lambda t: t.case.url,
    empty_title=_("单位没有待办"),
    empty_text=_("本单位正在办理的事项会出现在这里。"),
)


@staff()
@require_safe
def worklist(request: HttpRequest) -> HttpResponseBase:
    """Everything that waits for this person, the most urgent first."""
    return list_page(request, MINE)


@staff(WORKLIST_VIEW)
@require_safe
def organisation(request: HttpRequest) -> HttpResponseBase:
    """Everything that waits in the organisations the viewer oversees, with who holds it."""
    return list_page(request, ORGANISATION)


@staff()
@require_POST
def take(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take a free task."""
    viewer = viewer_of(request)
    services.hand_over(actor=viewer, task_id=task_id, person_id=viewer.person_id, now=clock.now())
    return redirect(reverse("workflow:worklist"))


@staff()
@require_POST
def release(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give a task back to everyone who may do it."""
    services.hand_over(actor=viewer_of(request), task_id=task_id, person_id=None, now=clock.now())
    return redirect(reverse("workflow:worklist"))


@staff()
@require_safe
def flow_picture(request: HttpRequest, code: str) -> HttpResponse:
    """A flow's states and the ways between them: who may take which."""
    found = next((f for f in registry.flows() if f.code == code), None)
    if found is None:
        raise NotFound("flow_not_found")
    names = {s.code: s.name for s in found.states}
    rows = [{"state": s, "ways": [(t, names[t.target]) for t in found.ways_out(s.code)]} for s in found.states]
    return show(request, "workflow/flow.html", {"flow": found, "rows": rows})
