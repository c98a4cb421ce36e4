"""待办: what waits for me and in my organisation; a case with its clock explained; supervision; the picture of a flow."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.workflow import registry, selectors, services
from yunshu.domains.workflow.contracts import SUPERVISE, TASK_ASSIGN, WORKLIST_VIEW, Light
from yunshu.domains.workflow.forms import AnswerForm, ExtendForm, HandOverForm, SuperviseForm
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import BulkAction, Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

LIGHT_NAMES = {
    Light.RED: _("超期"),
    Light.AMBER: _("将到期"),
    Light.GREEN: _("期限内"),
    Light.GREY: _("无时限或已暂停"),
}
COLUMNS = (
    Column("title", _("待办事项"), value=lambda t: _t(t.title), link=True),
    Column("case", _("事项"), value=lambda t: t.case.title),
    Column("org", _("承办单位")),
    Column("holder", _("承办人"), value=lambda t: t.holder or ""),
    Column("opened_at", _("到达时间"), kind="instant", sort="opened_at"),
    Column("due_at", _("办理期限"), sort="due_at", template="workflow/_due.html"),
    Column("act", _("认领"), template="workflow/_take.html"),
)
FILTERS = (
    Search("title", "case__title", "case__number"),
    Choice(
        "light",
        _("时限"),
        [(light.value, name) for light, name in LIGHT_NAMES.items()],
        where=lambda _viewer, value: selectors.of_light(value, clock.now()),
    ),
    DateRange("due_at", _("办理期限")),
)


def _take(viewer: Any, rows: Any, now: Any) -> str:
    ids = list(rows.values_list("pk", flat=True))
    return _t("已认领 %(n)s 件。") % {"n": services.take_all(actor=viewer, task_ids=ids, now=now)}


def _release(viewer: Any, rows: Any, now: Any) -> str:
    ids = list(rows.values_list("pk", flat=True))
    return _t("已退还 %(n)s 件。") % {"n": services.release_all(actor=viewer, task_ids=ids, now=now)}


BULK = (
    BulkAction(name="take", label=_("认领"), run=_take),
    BulkAction(name="release", label=_("退还"), run=_release),
)
MINE = Listing(
    name="worklist",
    title=_("我的待办"),
    rows=selectors.my_tasks,
    columns=COLUMNS,
    filters=FILTERS,
    default_sort="due_at",
    row_url=lambda t: t.case.url,
    bulk=BULK,
    empty_title=_("没有待办"),
    empty_text=_("轮到您办理的事项会出现在这里。"),
)
ORGANISATION = Listing(
    name="worklist-organisation",
    title=_("单位待办"),
    rows=selectors.org_tasks,
    columns=COLUMNS[:-1],
    filters=FILTERS,
    default_sort="due_at",
    row_url=lambda t: reverse("workflow:case", args=[t.case.flow, t.case.number]),
    empty_title=_("单位没有待办"),
    empty_text=_("本单位正在办理的事项会出现在这里。"),
)
SUPERVISIONS = Listing(
    name="supervisions",
    title=_("督办"),
    rows=selectors.visible_supervisions,
    columns=(
        Column("number", _("督办编号"), link=True),
        Column("case", _("事项"), value=lambda s: s.case.title),
        Column("org", _("被督办单位")),
        Column("opened_at", _("发出时间"), kind="instant", sort="opened_at"),
        Column("due_at", _("反馈期限"), sort="due_at", template="workflow/_answer_due.html"),
        Column("closed_at", _("办结时间"), kind="instant", sort="closed_at"),
    ),
    filters=(
        Search("number", "case__title", "requirement"),
        Choice(
            "state",
            _("状态"),
            (("open", _("未反馈")), ("closed", _("已反馈"))),
            where=lambda _viewer, value: selectors.of_supervision_state(value),
        ),
        DateRange("due_at", _("反馈期限")),
    ),
    default_sort="-opened_at",
    row_url=lambda s: reverse("workflow:supervision", args=[s.number]),
    empty_title=_("没有督办"),
    empty_text=_("对超期或重要事项发出的督办和反馈会出现在这里。"),
)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def worklist(request: HttpRequest) -> HttpResponseBase:
    """Everything that waits for this person, the most urgent first."""
    return list_page(request, MINE)


@staff(WORKLIST_VIEW)
@require_safe
def organisation(request: HttpRequest) -> HttpResponseBase:
    """Everything that waits in the organisations the viewer oversees, with who holds how much."""
    load = selectors.load_by_person(viewer_of(request), clock.now())
    return list_page(request, ORGANISATION, template="workflow/organisation.html", context={"load": load})


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
def case(request: HttpRequest, flow: str, number: str) -> HttpResponse:
    """A case: where it stands, why its deadline is what it is, what happened, what may be done about the task."""
    return _case(request, flow, number)


def _case(request: HttpRequest, flow: str, number: str, **bound: Any) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    found = selectors.visible_case(viewer, _known(flow), number)
    task = selectors.open_task_of(found)
    people = (
        [
            (card.id, _t("%(name)s（%(org)s）") % {"name": card.name, "org": card.org.name})
            for card in selectors.able_people(task, now)
        ]
        if task
        else []
    )
    path = task.org_path if task else None
    context = {
        "case": found,
        "card": selectors.case_card(found),
        "flow": registry.flow(flow),
        "may_open": registry.may_open(viewer, flow, number),
        "task": task,
        "days": selectors.why_due(task) if task else (),
        "history": tuple(reversed(selectors.history(found))),
        "chain_broken": selectors.chain_breaks_at(found),
        "supervisions": found.supervisions.order_by("-opened_at"),
        "may_assign": task is not None and (viewer.may(TASK_ASSIGN, path) or task.holder_id == viewer.person_id),
        "may_extend": bool(task and task.due_at) and viewer.may(TASK_ASSIGN, path),
        "may_supervise": bool(task) and viewer.may(SUPERVISE, path),
        "hand_over_form": HandOverForm(choices=people),
        "extend_form": ExtendForm(),
        "supervise_form": SuperviseForm(),
        "now": now,
    }
    context |= bound
    return show(request, "workflow/case.html", context, status=422 if bound else 200)


@staff()
@require_POST
def hand_over(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give a task to somebody who may do it."""
    viewer, now = viewer_of(request), clock.now()
    task = selectors.get_task(viewer, task_id)
    people = [(card.id, card.name) for card in selectors.able_people(task, now)]
    form = HandOverForm(request.POST, choices=people)
    if form.is_valid():
        with attempt(form, otherwise="person"):
            services.hand_over(actor=viewer, task_id=task_id, person_id=int(form.cleaned_data["person"]), now=now)
            messages.success(request, _t("已转交。"))
            return redirect("workflow:organisation" if viewer.may(WORKLIST_VIEW) else "workflow:worklist")
    return _case(request, task.case.flow, task.case.number, hand_over_form=form)


@staff(TASK_ASSIGN)
@require_POST
def extend(request: HttpRequest, task_id: int) -> HttpResponse:
    """Extend a deadline, with a reason."""
    task = selectors.get_task(viewer_of(request), task_id)
    form = ExtendForm(request.POST)
    if form.is_valid():
        with attempt(form):
            services.extend(actor=viewer_of(request), task_id=task_id, **form.cleaned_data, now=clock.now())
            return redirect("workflow:case", task.case.flow, task.case.number)
    return _case(request, task.case.flow, task.case.number, extend_form=form)


@staff(SUPERVISE)
@require_POST
def supervise(request: HttpRequest, task_id: int) -> HttpResponse:
    """Send a supervision letter."""
    task = selectors.get_task(viewer_of(request), task_id)
    form = SuperviseForm(request.POST)
    if form.is_valid():
        with attempt(form):
            row = services.supervise(actor=viewer_of(request), task_id=task_id, **form.cleaned_data, now=clock.now())
            return redirect("workflow:supervision", row.number)
    return _case(request, task.case.flow, task.case.number, supervise_form=form)


@staff(WORKLIST_VIEW)
@require_safe
def supervisions(request: HttpRequest) -> HttpResponseBase:
    """What was sent to or by the organisations the viewer oversees."""
    return list_page(request, SUPERVISIONS)


@staff(WORKLIST_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def supervision(request: HttpRequest, number: str) -> HttpResponse:
    """One supervision; its organisation answers here."""
    viewer = viewer_of(request)
    row = selectors.get_supervision(viewer, number)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with attempt(form, otherwise="feedback"):
            services.answer_supervision(
                actor=viewer, number=number, feedback=form.cleaned_data["feedback"], now=clock.now()
            )
            return redirect("workflow:supervision", number)
    context = {
        "row": row,
        "form": form,
        "may_answer": row.closed_at is None and viewer.may(WORKLIST_VIEW, row.org.path),
        "now": clock.now(),
    }
    return show(request, "workflow/supervision.html", context, status=422 if form.errors else 200)


@staff()
@require_safe
def flow_picture(request: HttpRequest, code: str) -> HttpResponse:
    """A flow's states and the ways between them: who may take which."""
    found = registry.flow(_known(code))
    names = {s.code: _t(s.name) for s in found.states}
    rows = [{"state": s, "ways": [(t, names[t.target]) for t in found.ways_out(s.code)]} for s in found.states]
    return show(request, "workflow/flow.html", {"flow": found, "rows": rows})


def _known(code: str) -> str:
    if code not in {flow.code for flow in registry.flows()}:
        raise NotFound("flow_not_found")
    return code
