"""Pages of the level above: the line and its messages, data that is owed, tasks that came down, cases that went up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.exchange import cascade, selectors, services
from yunshu.domains.exchange.choices import CaseKind, CaseState, DebtSide, Headings, MessageState
from yunshu.domains.exchange.contracts import DELIVERY_VIEW, NODE_OPERATE, PROOF_KIND, REQUEST_EDIT
from yunshu.domains.exchange.forms import CaseForm, DebtForm, StepForm, TaskStepForm
from yunshu.domains.exchange.rules import cascade as rules
from yunshu.domains.exchange.services.cascade import link
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

DEBT_STAGES = {s.code: s.name for s in rules.DEBT_LIFE.states}
TASK_STAGES = {s.code: s.name for s in rules.TASK_LIFE.states}
KINDS = (
    ("entry.report", _l("上报目录")),
    ("entry.retire", _l("上报目录注销")),
    ("entry.answer", _l("对目录的答复")),
    ("debt.ask", _l("申请回流")),
    ("debt.chase", _l("催办回流")),
    ("debt.withdraw", _l("撤回回流申请")),
    ("debt.insist", _l("坚持回流")),
    ("debt.accept", _l("接受不予回流")),
    ("debt.answer", _l("对回流的答复")),
    ("task.send", _l("下达任务")),
    ("task.answer", _l("答复任务")),
    ("task.verdict", _l("对任务答复的认定")),
    ("case.send", _l("报请事项")),
    ("case.answer", _l("对报请事项的答复")),
)
KIND_NAMES = dict(KINDS)


@dataclass(frozen=True)
class DebtDue:
    """When a debt is due, as a list shows it."""

    due_at: datetime | None
    is_late: bool

    @classmethod
    def of(cls, row: Any) -> "DebtDue":
        """Return it of a row."""
        return cls(row.due_at, row.stage == rules.OWED and row.due_at is not None and row.due_at < clock.now())


DEBTS = Listing(
    name="debts",
    title=_l("数据回流"),
    rows=cascade.visible_debts,
    default_sort="-asked_at",
    columns=(
        Column("number", _l("回流编号"), link=True),
        Column("name", _l("数据名称"), link=True),
        Column("side", _l("谁欠谁"), value=lambda r: r.get_side_display()),
        Column("creditor", _l("需要单位")),
        Column("supplier", _l("落实单位")),
        Column("stage", _l("状态"), value=lambda r: _(DEBT_STAGES[r.stage])),
        Column(
            "due_at", _l("应回流时间"), template="exchange/_debt_due.html", value=lambda r: DebtDue.of(r), sort="due_at"
        ),
        Column("chased", _l("催办次数"), kind="number", sort="chased"),
        Column("asked_at", _l("提出时间"), kind="instant", sort="asked_at"),
        Column("ended_at", _l("办结时间"), kind="instant", sort="ended_at"),
    ),
    filters=(
        Search("number", "name", "content", "creditor__name", "supplier__name"),
        Choice("side", _l("谁欠谁"), DebtSide.choices),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in rules.DEBT_LIFE.states]),
        DateRange("due_at", _l("应回流时间")),
    ),
    row_url=lambda r: reverse("exchange:debt", args=[r.number]),
    empty_title=_l("没有回流事项"),
    empty_text=_l("需要上级掌握的数据回流到本级时，登记一条，系统计时、催办并记录结果。"),
)
TASKS = Listing(
    name="upper-tasks",
    title=_l("上级任务"),
    rows=cascade.visible_tasks,
    default_sort="-came_at",
    columns=(
        Column("number", _l("任务编号"), link=True),
        Column("title", _l("任务名称"), link=True),
        Column("upper_number", _l("上级编号")),
        Column("org", _l("承办单位")),
        Column("stage", _l("状态"), value=lambda r: _(TASK_STAGES[r.stage])),
        Column("due_on", _l("上级期限"), kind="date", sort="due_on"),
        Column("came_at", _l("收到时间"), kind="instant", sort="came_at"),
        Column("ended_at", _l("办结时间"), kind="instant", sort="ended_at"),
    ),
    filters=(
        Search("number", "title", "content", "upper_number", "org__name"),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in rules.TASK_LIFE.states]),
    ),
    row_url=lambda r: reverse("exchange:upper_task", args=[r.number]),
    empty_title=_l("没有上级任务"),
    empty_text=_l("上级平台下达的任务会出现在这里，并进入数据主管的待办。"),
)
CASES = Listing(
    name="upper-cases",
    title=_l("报请上级"),
    rows=cascade.visible_cases,
    default_sort="-made_at",
    columns=(
        Column("number", _l("报请编号"), link=True),
        Column("name", _l("数据名称"), link=True),
        Column("kind", _l("类别"), value=lambda r: r.get_kind_display()),
        Column("org", _l("提出单位")),
        Column("state", _l("状态"), value=lambda r: r.get_state_display()),
        Column("made_at", _l("提出时间"), kind="instant", sort="made_at"),
        Column("ended_at", _l("办结时间"), kind="instant", sort="ended_at"),
    ),
    filters=(
        Search("number", "name", "content", "org__name"),
        Choice("kind", _l("类别"), CaseKind.choices),
        Choice("state", _l("状态"), CaseState.choices),
    ),
    row_url=lambda r: reverse("exchange:upper_case", args=[r.number]),
    empty_title=_l("没有报请事项"),
    empty_text=_l("需要申请省里的数据，或认为省里的数据有误时，从这里报请。"),
)
MESSAGES = Listing(
    name="messages",
    title=_l("级联报文"),
    rows=cascade.visible_messages,
    default_sort="-made_at",
    columns=(
        Column("number", _l("序号"), link=True, kind="number"),
        Column("way", _l("方向"), value=lambda r: r.get_way_display()),
        Column("kind", _l("种类"), link=True, value=lambda r: KIND_NAMES.get(r.kind, r.kind)),
        Column("subject", _l("事项编号")),
        Column("state", _l("状态"), template="exchange/_message_state.html", value=lambda r: r),
        Column("tries", _l("尝试次数"), kind="number"),
        Column("trouble", _l("说明")),
        Column("made_at", _l("时间"), kind="instant", sort="made_at"),
    ),
    filters=(
        Search("subject", "trouble", "uid"),
        Choice("way", _l("方向"), Headings.choices),
        Choice("state", _l("状态"), MessageState.choices),
        Choice("kind", _l("种类"), KINDS),
    ),
    row_url=lambda r: reverse("exchange:message", args=[r.pk]),
    empty_title=_l("还没有报文"),
    empty_text=_l("目录发布、回流申请、任务答复时自动产生报文。"),
)


@staff()
@require_safe
def upper(request: HttpRequest) -> HttpResponse:
    """The line to the level above: is it there, what waits, what was refused, where to go on."""
    viewer, line = viewer_of(request), link()
    context = {
        "line": line,
        "queue": cascade.queue_of(line) if line else {},
        "may_see": cascade.speaks_above(viewer, DELIVERY_VIEW),
        "may_operate": cascade.speaks_above(viewer, NODE_OPERATE),
        "may_ask": bool(viewer.reach(REQUEST_EDIT)),
        "tasks": cascade.visible_tasks(viewer).exclude(stage=rules.CLOSED)[:10],
        "task_stages": TASK_STAGES,
        "cases": cascade.visible_cases(viewer).filter(ended_at__isnull=True)[:10],
        "now": clock.now(),
    }
    return show(request, "exchange/upper.html", context)


@staff(DELIVERY_VIEW)
@require_safe
def messages(request: HttpRequest) -> HttpResponseBase:
    """Every message both ways."""
    return list_page(request, MESSAGES)


@staff(DELIVERY_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, key: int) -> HttpResponse:
    """One message, word for word; a refused one may be sent anew."""
    viewer = viewer_of(request)
    row = cascade.get_message(viewer, key)
    sending = attempt()
    if request.method == "POST":
        with sending:
            services.send_again(actor=viewer, message=key, now=clock.now())
            return redirect("exchange:messages")
    context = {
        "row": row,
        "kind_name": KIND_NAMES.get(row.kind, row.kind),
        "words": [(name, value) for name, value in row.body.items()],
        "may_operate": cascade.speaks_above(viewer, NODE_OPERATE),
        "refusal": sending.refusal,
    }
    return show(request, "exchange/message.html", context, status=422 if sending.refusal else 200)


@staff()
@require_safe
def debts(request: HttpRequest) -> HttpResponseBase:
    """What upper levels owe lower ones."""
    may_ask = bool(viewer_of(request).reach(REQUEST_EDIT))
    return list_page(request, DEBTS, template="exchange/debts.html", context={"may_ask": may_ask})


@staff(REQUEST_EDIT)
@require_http_methods(["GET", "POST"])
def new_debt(request: HttpRequest) -> HttpResponse:
    """Register data that must be returned."""
    viewer = viewer_of(request)
    orgs = [(o.code, o.name) for o in selectors.editable_orgs(viewer, REQUEST_EDIT)]
    form = DebtForm(request.POST or None, orgs=orgs, initial={"resource": request.GET.get("resource", "")})
    if form.is_valid():
        data = dict(form.cleaned_data)
        org, spec = data.pop("org"), services.DebtSpec(**data)
        with attempt(form):
            row = services.ask_debt(actor=viewer, org_code=org, spec=spec, now=clock.now())
            return redirect("exchange:debt", row.number)
    return show(request, "exchange/debt_new.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def debt(request: HttpRequest, number: str) -> HttpResponse:
    """One debt: what, who, until when, what became of it; take a step or remind."""
    viewer, step = viewer_of(request), attempt()
    if request.method == "POST":
        with step:
            words = step_of(StepForm(request.POST))
            if words["verb"] == "chase":
                services.chase_debt(actor=viewer, number=number, now=clock.now())
            else:
                agreement = request.POST.get("agreement", "")[:24]
                services.move_debt(actor=viewer, number=number, agreement=agreement, now=clock.now(), **words)
            return redirect("exchange:debt", number)
    row = cascade.get_debt(viewer, number)
    context = _case(viewer, rules.DEBT, row, step.refusal) | {
        "stage_name": _(DEBT_STAGES[row.stage]),
        "receipt": list(row.receipt.items()),
        "may_chase": row.stage == rules.OWED and viewer.may(REQUEST_EDIT, row.creditor.path),
        "needs_agreement": row.stage == rules.OWED and row.side == DebtSide.LOWER,
    }
    if row.side == DebtSide.UPPER and link() is not None:
        context["verbs"] = [each for each in context["verbs"] if each.verb not in rules.DEBT_FROM_ABOVE]
    return show(request, "exchange/debt.html", context, status=422 if step.refusal else 200)


@staff()
@require_safe
def tasks(request: HttpRequest) -> HttpResponseBase:
    """What the level above wants done."""
    return list_page(request, TASKS)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, number: str) -> HttpResponse:
    """One task from above: assign, answer, hand back."""
    viewer, step = viewer_of(request), attempt()
    if request.method == "POST":
        with step:
            words = step_of(TaskStepForm(request.POST))
            org = words.pop("org")
            services.move_task(actor=viewer, number=number, org_code=org, now=clock.now(), **words)
            return redirect("exchange:upper")
    row = cascade.get_task(viewer, number)
    context = _case(viewer, rules.TASK, row, step.refusal) | {"stage_name": _(TASK_STAGES[row.stage])}
    if link() is not None:
        context["verbs"] = [each for each in context["verbs"] if each.verb not in rules.FROM_ABOVE]
    assigns = any(each.verb == "assign" for each in context["verbs"])
    context["orgs"] = selectors.answering_orgs() if assigns else ()
    return show(request, "exchange/upper_task.html", context, status=422 if step.refusal else 200)


@staff()
@require_safe
def cases(request: HttpRequest) -> HttpResponseBase:
    """What was asked of the level above."""
    may_ask = bool(viewer_of(request).reach(REQUEST_EDIT))
    return list_page(request, CASES, template="exchange/upper_cases.html", context={"may_ask": may_ask})


@staff(REQUEST_EDIT)
@require_http_methods(["GET", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Ask the level above for data, or doubt its data."""
    viewer = viewer_of(request)
    orgs = [(o.code, o.name) for o in selectors.editable_orgs(viewer, REQUEST_EDIT)]
    form = CaseForm(request.POST or None, orgs=orgs)
    if form.is_valid():
        data = dict(form.cleaned_data)
        org, spec = data.pop("org"), services.CaseSpec(**data)
        with attempt(form):
            row = services.send_case(actor=viewer, org_code=org, spec=spec, now=clock.now())
            return redirect("exchange:upper_case", row.number)
    return show(request, "exchange/upper_case_new.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case and what the level above said."""
    row = cascade.get_case(viewer_of(request), number)
    evidence = ledger.evidence_of(PROOF_KIND, row.number, clock.now())
    return show(request, "exchange/upper_case.html", {"row": row, "evidence": evidence})


def _case(viewer: Any, flow: str, row: Any, refusal: Exception | None) -> dict[str, Any]:
    found = workflow.get_case(flow, row.number)
    return {
        "row": row,
        "verbs": workflow.verbs_for(viewer, found),
        "task": workflow.open_task_of(found),
        "history": tuple(reversed(workflow.history(found))),
        "chain_broken": workflow.chain_breaks_at(found),
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, clock.now()),
        "refusal": refusal,
        "now": clock.now(),
    }


@staff(NODE_OPERATE)
@require_POST
def reconcile(request: HttpRequest) -> HttpResponse:
    """Let the catalogues be compared with the next round."""
    services.ask_reconciliation(actor=viewer_of(request))
    return redirect("exchange:upper")
