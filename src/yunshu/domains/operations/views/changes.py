"""Pages of changes and problems: lists, the calendar of windows, forms, steps."""

from calendar import Calendar
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import CHANGE_EDIT, INCIDENT_HANDLE, PROOF_KIND
from yunshu.domains.operations.incident_choices import ProblemState, Risk
from yunshu.domains.operations.incident_forms import ChangeForm, ProblemForm, StepForm
from yunshu.domains.operations.rules import changes as life
from yunshu.domains.operations.rules import penalties
from yunshu.domains.operations.selectors import changes as selectors
from yunshu.domains.operations.selectors import incident_pages as pages
from yunshu.domains.operations.selectors.targets import visible_targets
from yunshu.domains.operations.services import changes as services
from yunshu.domains.operations.services import problems
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STAGE_NAMES = {s.code: s.name for s in life.CHANGE_LIFE.states}
CHANGES = Listing(
    name="changes",
    title=_l("变更单"),
    rows=selectors.visible_changes,
    default_sort="-starts_at",
    columns=(
        Column("number", _l("变更编号"), link=True),
        Column("title", _l("变更事项")),
        Column("org", _l("申请单位")),
        Column("stage", _l("状态"), value=lambda r: _(STAGE_NAMES[r.stage])),
        Column("risk", _l("风险"), kind="choice"),
        Column("starts_at", _l("窗口开始"), kind="instant", sort="starts_at"),
        Column("ends_at", _l("窗口结束"), kind="instant", sort="ends_at"),
        Column("finished_at", _l("实际完成"), kind="instant", sort="finished_at"),
        Column("approved_by", _l("批准人"), hidden=True),
        Column("approved_at", _l("批准时间"), kind="instant", sort="approved_at", hidden=True),
    ),
    filters=(
        Search("number", "title", "reason", "org__name"),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in life.CHANGE_LIFE.states]),
        Choice("risk", _l("风险"), Risk.choices),
        DateRange("starts_at", _l("窗口开始")),
    ),
    row_url=lambda r: reverse("operations:change", args=[r.number]),
    empty_title=_l("没有变更单"),
    empty_text=_l("计划中断服务之前，先申请变更窗口；事先批准的窗口不计中断。"),
)
PROBLEMS = Listing(
    name="problems",
    title=_l("问题单"),
    rows=selectors.visible_problems,
    default_sort="-opened_at",
    columns=(
        Column("number", _l("问题编号"), link=True),
        Column("title", _l("问题")),
        Column("state", _l("状态"), kind="choice"),
        Column("root_cause", _l("根本原因")),
        Column("opened_at", _l("登记时间"), kind="instant", sort="opened_at"),
        Column("solved_at", _l("根除时间"), kind="instant", sort="solved_at"),
    ),
    filters=(
        Search("number", "title", "description", "root_cause"),
        Choice("state", _l("状态"), ProblemState.choices),
    ),
    row_url=lambda r: reverse("operations:problem", args=[r.number]),
    empty_title=_l("没有问题单"),
    empty_text=_l("同一原因反复引起故障时，登记问题，找出并根除原因。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every change in sight."""
    context = {"may_ask": bool(viewer_of(request).reach(CHANGE_EDIT))}
    return list_page(request, CHANGES, template="operations/changes.html", context=context)


@staff()
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """A month of windows."""
    today = clock.city_date(clock.now())
    try:
        first = penalties.month_of(request.GET.get("month", f"{today:%Y-%m}"))
    except ValueError:
        raise NotFound("month_not_found", _("没有这个月份。")) from None
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    rows = _within(viewer_of(request), weeks[0][0], weeks[-1][-1])
    context = {
        "first": first,
        "previous": first - timedelta(days=1),
        "next": penalties.next_month(first),
        "weeks": [[(day, day.month == first.month, _on(rows, day)) for day in week] for week in weeks],
        "today": today,
        "stage_names": {code: _(name) for code, name in STAGE_NAMES.items()},
        "may_ask": bool(viewer_of(request).reach(CHANGE_EDIT)),
    }
    return show(request, "operations/change_month.html", context)


def _within(viewer: Any, first: date, last: date) -> list[Any]:
    rows = selectors.visible_changes(viewer).exclude(stage__in=(life.REFUSED, life.CANCELLED))
    return list(
        rows.filter(starts_at__lt=_midnight(last + timedelta(days=1)), ends_at__gt=_midnight(first)).order_by(
            "starts_at"
        )
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.CITY_ZONE)


def _on(rows: list[Any], day: date) -> list[tuple[str, Any]]:
    """Return the windows of a day, each with what the day sees of it: when it begins, until when it goes on, or all day."""
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    return [(_hours(row, start, end), row) for row in rows if row.starts_at < end and row.ends_at > start]


def _hours(row: Any, start: datetime, end: datetime) -> str:
    if row.starts_at <= start and row.ends_at >= end:
        return _("全天")
    if row.starts_at < start:
        return _("至 %(time)s") % {"time": f"{row.ends_at.astimezone(clock.CITY_ZONE):%H:%M}"}
    return f"{row.starts_at.astimezone(clock.CITY_ZONE):%H:%M}"


@staff(CHANGE_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a window."""
    viewer = viewer_of(request)
    targets = [
        (t.number, f"{t.get_kind_display()} · {t.name}") for t in visible_targets(viewer).exclude(state="retired")
    ]
    choosing = {"org": pages.orgs_with(viewer, CHANGE_EDIT), "targets": targets}
    form = ChangeForm(request.POST or None, choosing=choosing, initial={"targets": request.GET.getlist("target")})
    if form.is_valid():
        data = dict(form.cleaned_data)
        org = data.pop("org")
        with attempt(form):
            row = services.ask_change(actor=viewer, org_code=org, spec=services.ChangeSpec(**data), now=clock.now())
            return redirect("operations:change", row.number)
    return show(request, "operations/change_new.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One change."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_change(viewer, number)
    case = workflow.get_case(life.CODE, number)
    context = {
        "row": row,
        "stage_name": _(STAGE_NAMES[row.stage]),
        "verbs": workflow.verbs_for(viewer, case),
        "covers": [cover.target for cover in row.covers.select_related("target").order_by("target__name")],
        "overrun": selectors.overrun_of(row, now),
        "history": tuple(reversed(workflow.history(case))),
        "chain_broken": workflow.chain_breaks_at(case),
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
        "refusal": refusal,
        "now": now,
    }
    return show(request, "operations/change.html", context, status=422 if refusal else 200)


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step of a change."""
    with attempt() as step:
        words = step_of(StepForm(request.POST))
        services.move_change(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("operations:change", number)
    return _detail(request, number, step.refusal)


@staff()
@require_safe
def problem_index(request: HttpRequest) -> HttpResponseBase:
    """Every problem in sight."""
    context = {"may_open": bool(viewer_of(request).reach(INCIDENT_HANDLE))}
    return list_page(request, PROBLEMS, template="operations/problems.html", context=context)


@staff(INCIDENT_HANDLE)
@require_http_methods(["GET", "POST"])
def problem_new(request: HttpRequest) -> HttpResponse:
    """Register a problem."""
    return _problem(request, None, {"incidents": request.GET.get("incident", "")})


@staff()
@require_http_methods(["GET", "POST"])
def problem(request: HttpRequest, number: str) -> HttpResponse:
    """Read a problem, and write down what was found."""
    row = selectors.get_problem(viewer_of(request), number)
    initial = {
        name: getattr(row, name) for name in ("title", "description", "state", "root_cause", "workaround", "solution")
    }
    initial |= {"org": row.org.code, "change": row.change.number if row.change else ""}
    initial |= {"incidents": " ".join(row.incidents.values_list("number", flat=True))}
    return _problem(request, row, initial)


def _problem(request: HttpRequest, row: Any, initial: dict[str, Any]) -> HttpResponse:
    viewer = viewer_of(request)
    orgs = [(row.org.code, row.org.name)] if row else pages.orgs_with(viewer, INCIDENT_HANDLE)
    form = ProblemForm(request.POST or None, initial=initial, choosing={"org": orgs})
    if form.is_valid():
        data = dict(form.cleaned_data)
        org, spec = data.pop("org"), problems.ProblemSpec(**data)
        with attempt(form):
            if row:
                saved = problems.save_problem(actor=viewer, number=row.number, spec=spec, now=clock.now())
            else:
                saved = problems.open_problem(actor=viewer, org_code=org, spec=spec, now=clock.now())
            return redirect("operations:problem", saved.number)
    context = {
        "row": row,
        "form": form,
        "incidents": list(row.incidents.all()) if row else [],
        "may_save": row is None or viewer.may(INCIDENT_HANDLE, row.org.path),
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, clock.now()) if row else (),
    }
    return show(request, "operations/problem.html", context, status=422 if form.errors else 200)
