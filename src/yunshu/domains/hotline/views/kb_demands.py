"""Pages of what the knowledge base asks of departments: the list, one demand, a question without an answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.hotline.choices import Asker, DemandKind
from yunshu.domains.hotline.contracts import KB_DRAFT
from yunshu.domains.hotline.forms_kb import AnswerWithForm, AskForm, AssignDemandForm, DemandForm
from yunshu.domains.hotline.rules import kb as rules
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.selectors import pages
from yunshu.domains.hotline.services import kb_demands
from yunshu.domains.hotline.views.kb import demand_part
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of, tell_done
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STATES = [(code, _l(name)) for code, name in selectors.DEMAND_CHOICES]
LISTING = Listing(
    name="hotline-kb-demands",
    title=_l("知识任务"),
    rows=selectors.visible_demands,
    columns=(
        Column("question", _l("问题"), link=True),
        Column("number", _l("任务编号"), sort="number", hidden=True),
        Column("kind", _l("类别"), kind="choice"),
        Column("unit", _l("责任单位")),
        Column("state", _l("状态"), value=lambda r: _(rules.DEMAND_STATES[r.state])),
        Column("count", _l("次数"), kind="number", sort="count"),
        Column("asker", _l("提出方"), kind="choice", hidden=True),
        Column("opened_at", _l("提出时间"), kind="instant", sort="opened_at"),
        Column("closed_at", _l("办结时间"), kind="instant", sort="closed_at"),
    ),
    filters=(
        Search("question", "number"),
        Choice("kind", _l("类别"), DemandKind.choices),
        Choice("state", _l("状态"), STATES),
        DateRange("opened_at", _l("提出时间")),
    ),
    default_sort="-opened_at",
    row_url=lambda r: reverse("hotline:kb_demand", args=[r.number]),
    empty_title=_l("没有知识任务"),
    empty_text=_l("话务员或市民找不到答案、报告错误，或条目临近复审时，这里出现任务。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """What is asked of the viewer's organisations."""
    return list_page(request, LISTING)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One demand."""
    return _shown(request, number)


def _shown(request: HttpRequest, number: str, refusal: Exception | None = None) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_demand(viewer, number)
    case = workflow.get_case(rules.DEMAND.code, number)
    verbs = {verb.verb: _(verb.name) for verb in workflow.verbs_for(viewer, case)}
    asks = row.kind == DemandKind.ANSWER
    plain = [(verb, name) for verb, name in verbs.items() if verb in ("send_back", "dismiss")]
    if "settle" in verbs and not asks:
        plain.insert(
            0, ("settle", _("核实无误，无需修改") if row.kind == DemandKind.CORRECT else _("复审通过，继续有效"))
        )
    context = {
        "row": row,
        "refusal": refusal,
        "state_name": _(rules.DEMAND_STATES[row.state]),
        "plain": plain,
        "assign_form": AssignDemandForm(choosing={"unit": pages.orgs()}) if "assign" in verbs else None,
        "answer_form": AnswerWithForm() if asks and {"settle", "close"} & set(verbs) else None,
        "may_write": bool(viewer.reach(KB_DRAFT)) and row.closed_at is None,
        "task": workflow.open_task_of(case),
        "history": workflow.history(case)[::-1],
        "now": clock.now(),
    }
    return show(request, "hotline/kb/demand.html", context, status=422 if refusal else 200)


DONE = {**{step.verb: step.name for step in rules.DEMAND.transitions}, "answer": label("用已有条目答复")}
"""What a page says was done, by verb."""


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Assign, send back, settle, dismiss, or answer with an article that is there."""
    viewer, now = viewer_of(request), clock.now()
    with attempt() as step:
        words = step_of(DemandForm(request.POST))
        if words["verb"] == "assign":
            kb_demands.assign(actor=viewer, number=number, unit=request.POST.get("unit", ""), now=now)
        elif words["verb"] == "answer":
            article = request.POST.get("article", "")[:24]
            kb_demands.answer_with(actor=viewer, number=number, article=article, now=now)
        else:
            kb_demands.move(actor=viewer, number=number, now=now, **words)
        tell_done(request, DONE.get(words["verb"], words["verb"]))
        seen = selectors.visible_demands(viewer).filter(number=number).exists()
        return redirect("hotline:kb_demand", number) if seen else redirect("hotline:kb_demands")
    return _shown(request, number, step.refusal)


@staff()
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """A question without an answer becomes a department's task."""
    viewer = viewer_of(request)
    demand_part(viewer)
    choosing: dict[str, Any] = {"unit": [("", _("不清楚")), *pages.orgs()]}
    form = AskForm(request.POST or None, choosing=choosing, initial={"question": request.GET.get("q", "")[:300]})
    if form.is_valid():
        with attempt(form):
            row = kb_demands.ask(by=viewer, asker=Asker.STAFF, now=clock.now(), **form.cleaned_data)
            said = _("已提交，任务编号 %(n)s；发布答案后任务自动办结。")
            messages.success(request, said % {"n": row.number})
            return redirect("hotline:kb")
    return show(request, "hotline/kb/ask.html", {"form": form}, status=422 if form.errors else 200)
