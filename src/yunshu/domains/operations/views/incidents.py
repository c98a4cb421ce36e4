"""Pages of incidents: the board, the list, one incident with its timeline, the report form, and the verbs' own forms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.files import api as files
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import INCIDENT_HANDLE, INCIDENT_REPORT, PROOF_KIND
from yunshu.domains.operations.incident_choices import Origin, Priority
from yunshu.domains.operations.incident_forms import (
    AssignForm,
    GradeForm,
    MergeForm,
    NoteForm,
    PauseForm,
    ReportForm,
    RestoreForm,
    ReviewForm,
    StepForm,
)
from yunshu.domains.operations.rules import clocks
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import incident_pages as pages
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.services import incidents as services
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

STAGE_NAMES = {s.code: s.name for s in life.INCIDENT_LIFE.states}
CLOCK_NAMES = {clocks.RESPOND: _l("响应"), clocks.RESTORE: _l("恢复"), clocks.CLOSE: _l("关闭")}
INCIDENTS = Listing(
    name="incidents",
    title=_l("故障单"),
    rows=selectors.visible_incidents,
    default_sort="-opened_at",
    columns=(
        Column("number", _l("故障编号"), link=True),
        Column("title", _l("故障现象")),
        Column("priority", _l("优先级"), sort="priority"),
        Column("stage", _l("状态"), value=lambda r: _(STAGE_NAMES[r.stage])),
        Column("target", _l("根源对象")),
        Column("reporter", _l("使用单位")),
        Column("holder", _l("承办人")),
        Column("origin", _l("来源"), kind="choice", hidden=True),
        Column("opened_at", _l("受理时间"), kind="instant", sort="opened_at"),
        Column("responded_at", _l("响应时间"), kind="instant", sort="responded_at"),
        Column("restored_at", _l("恢复时间"), kind="instant", sort="restored_at"),
        Column("closed_at", _l("关闭时间"), kind="instant", sort="closed_at", hidden=True),
        Column("cause_kind", _l("原因类别"), kind="choice", hidden=True),
        Column("cause", _l("原因"), hidden=True),
        Column("action", _l("处置措施"), hidden=True),
    ),
    filters=(
        Search("number", "title", "description", "target__name", "reporter__name", "cause"),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in life.INCIDENT_LIFE.states]),
        Choice("priority", _l("优先级"), Priority.choices),
        Choice("origin", _l("来源"), Origin.choices),
        YesNo("waiting", _l("未响应"), path="responded_at__isnull"),
        DateRange("opened_at", _l("受理时间")),
    ),
    row_url=lambda r: reverse("operations:incident", args=[r.number]),
    empty_title=_l("没有故障单"),
    empty_text=_l("监测发现中断或有人报告故障后，这里出现故障单。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every incident in sight."""
    context = {"may_report": bool(viewer_of(request).reach(INCIDENT_REPORT))}
    return list_page(request, INCIDENTS, template="operations/incidents.html", context=context)


@staff()
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is open: who holds it, which clock runs, how much is left."""
    viewer, now = viewer_of(request), clock.now()
    lines = selectors.board(viewer, now)
    context = {
        "lines": lines,
        "late": sum(line.clock is not None and line.clock.is_late for line in lines),
        "unanswered": sum(line.incident.responded_at is None for line in lines),
        "clock_names": CLOCK_NAMES,
        "stage_names": {code: _(name) for code, name in STAGE_NAMES.items()},
        "may_report": bool(viewer.reach(INCIDENT_REPORT)),
        "now": now,
    }
    return show(request, "operations/board.html", context)


@staff(INCIDENT_REPORT)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Report a fault."""
    viewer = viewer_of(request)
    choosing = {"org": pages.reporting_orgs(viewer), "target": pages.reportable_targets(viewer)}
    form = ReportForm(request.POST or None, choosing=choosing, initial={"target": request.GET.get("target", "")})
    if form.is_valid():
        data, now = dict(form.cleaned_data), clock.now()
        org = data.pop("org")
        with attempt(form):
            row = services.report_incident(actor=viewer, org_code=org, spec=services.ReportSpec(**data), now=now)
            has_joined = row.opened_at < now
            said = (
                _("这个对象已有处置中的故障单，您的报告已并入 %(n)s。") if has_joined else _("已受理，故障编号 %(n)s。")
            )
            messages.success(request, said % {"n": row.number})
            return redirect("operations:incident", row.number)
    return show(request, "operations/incident_new.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One incident: its clocks, what is known, its timeline and evidence."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_incident(viewer, number)
    case = workflow.get_case(life.CODE, number)
    verbs = [v for v in workflow.verbs_for(viewer, case) if v.verb not in HIDDEN]
    context: dict[str, Any] = {
        "row": row,
        "stage_name": _(STAGE_NAMES[row.stage]),
        "is_open": row.stage in life.OPEN,
        "readings": selectors.readings(row, now),
        "clock_names": CLOCK_NAMES,
        "plain": [v for v in verbs if v.verb not in life.OWN_FORMS],
        "forms": [(v.verb, _(v.name)) for v in verbs if v.verb in life.OWN_FORMS] + _further(viewer, row),
        "task": workflow.open_task_of(case),
        "chain_broken": workflow.chain_breaks_at(case),
        "facts": pages.facts_of(row),
        "may_call": viewer.may(INCIDENT_HANDLE, row.org.path),
        "attachments": files.attachments_of(selectors.INCIDENT_FILES, [number]).get(number, []),
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
        "refusal": refusal,
        "now": now,
    }
    return show(request, "operations/incident.html", context, status=422 if refusal else 200)


HIDDEN = frozenset({"archive", "confirm_grave"})
"""Verbs that no button offers: the night's job, and what ``confirm`` becomes for a grave incident."""


def _further(viewer: Any, row: Any) -> list[tuple[str, str]]:
    """Return the forms that are no verbs of the flow."""
    out = []
    if viewer.may(INCIDENT_HANDLE, row.org.path) and row.stage in life.MENDING:
        out += [("grade", _("调整优先级"))]
        out += [("assign", _("转交"))] if row.stage != life.ASKING else []
    if selectors.may_add(viewer, row.number) and row.stage not in life.FINAL:
        out += [("note", _("补充情况和附件"))]
    return out


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step that needs no more than a reason."""
    with attempt() as step:
        words = step_of(StepForm(request.POST))
        services.move_incident(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("operations:incident", number)
    return _detail(request, number, step.refusal)


@dataclass(frozen=True)
class Own:
    """A form of its own: its title, its shape, and what it does with (actor, number, cleaned data)."""

    title: Any
    form: Any
    submit: Callable[[Any, str, dict[str, Any]], Any]


def _restore(actor: Any, number: str, data: dict[str, Any]) -> Any:
    spec = services.Mended(**data)
    return services.restore_incident(actor=actor, number=number, spec=spec, now=clock.now())


def _pause(actor: Any, number: str, data: dict[str, Any]) -> Any:
    return services.ask_pause(actor=actor, number=number, now=clock.now(), **data)


def _review(actor: Any, number: str, data: dict[str, Any]) -> Any:
    return services.review_incident(actor=actor, number=number, spec=services.Review(**data), now=clock.now())


def _merge(actor: Any, number: str, data: dict[str, Any]) -> Any:
    return services.merge_incident(actor=actor, number=number, now=clock.now(), **data)


def _grade(actor: Any, number: str, data: dict[str, Any]) -> Any:
    return services.grade_incident(actor=actor, number=number, now=clock.now(), **data)


def _assign(actor: Any, number: str, data: dict[str, Any]) -> Any:
    return services.assign_incident(actor=actor, number=number, person_id=int(data["person"]), now=clock.now())


def _note(actor: Any, number: str, data: dict[str, Any]) -> Any:
    return services.add_evidence(
        actor=actor, number=number, words=data["words"], uploads=data["attachments"], now=clock.now()
    )


OWN = {
    "restore": Own(_l("报告恢复"), RestoreForm, _restore),
    "ask_pause": Own(_l("申请挂起"), PauseForm, _pause),
    "review": Own(_l("故障复盘"), ReviewForm, _review),
    "merge": Own(_l("并入其他故障单"), MergeForm, _merge),
    "grade": Own(_l("调整优先级"), GradeForm, _grade),
    "assign": Own(_l("转交"), AssignForm, _assign),
    "note": Own(_l("补充情况和附件"), NoteForm, _note),
}


@staff()
@require_http_methods(["GET", "POST"])
def own_form(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """A verb that asks for more than a reason."""
    viewer = viewer_of(request)
    row = selectors.get_incident(viewer, number)
    own = OWN.get(verb)
    if own is None:
        raise NotFound("page_not_found")
    more = {"choosing": {"person": pages.able_people(row, clock.now())}} if verb == "assign" else {}
    initial = {"priority": row.priority, "cause": row.cause, "action": row.action, "cause_kind": row.cause_kind}
    form = own.form(request.POST or None, request.FILES or None, initial=initial, **more)
    if form.is_valid():
        with attempt(form):
            own.submit(viewer, number, form.cleaned_data)
            return redirect("operations:incident", number)
    context = {"row": row, "form": form, "title": own.title}
    return show(request, "operations/incident_form.html", context, status=422 if form.errors else 200)
