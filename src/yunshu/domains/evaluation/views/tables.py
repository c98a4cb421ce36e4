"""Pages of the performance table: list, scoreboard, content, versions. Thin: read, call one service, show."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import BUDGET_EDIT, EVIDENCE_EDIT, TABLE_EDIT, TABLE_VIEW, Finding, TaskKind
from yunshu.domains.evaluation.forms import ReasonForm
from yunshu.domains.evaluation.rules.life import CODE, LIFE, SIDE_STEPS
from yunshu.domains.evaluation.standing import findings_of
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STAGES = tuple(s for s in LIFE.states if s.code not in {"adjusting", "withdrawn"})
STAGE_NAMES = {s.code: s.name for s in LIFE.states}

TABLES = Listing(
    name="tables",
    title=gettext_lazy("绩效目标表"),
    rows=selectors.visible_tables,
    default_sort="-year",
    columns=(
        Column("title", gettext_lazy("名称"), link=True),
        Column("year", gettext_lazy("年度"), sort="year"),
        Column("org", gettext_lazy("部门")),
        Column("stage", gettext_lazy("阶段"), value=lambda t: _(STAGE_NAMES.get(t.stage, t.stage))),
        Column("number", gettext_lazy("编号")),
    ),
    filters=(Search("title", "number", "org__name"),),
    row_url=lambda t: reverse("evaluation:table", args=[t.number]),
)


@staff(TABLE_VIEW)
@require_safe
def tables(request: HttpRequest) -> HttpResponseBase:
    """List the tables the viewer may see."""
    return list_page(request, TABLES)


def frame(request: HttpRequest, number: str, tab: str) -> dict[str, Any]:
    """Return what every page of one table shows around its content."""
    table = selectors.get_table(viewer_of(request), number)
    version = selectors.newest_version(table)
    case = workflow.get_case(CODE, number)
    codes = [s.code for s in STAGES]
    stage = "monitoring" if table.stage == "adjusting" else table.stage
    return {
        "table": table,
        "version": version,
        "form": selectors.form_of(version),
        "case": case,
        "stage_name": _(STAGE_NAMES[table.stage]),
        "stage_names": [_(s.name) for s in STAGES],
        "stage_at": codes.index(stage) + 1 if stage in codes else 1,
        "verbs": workflow.verbs_for(viewer_of(request), case),
        "side_steps": SIDE_STEPS,
        "may_edit": viewer_of(request).may(TABLE_EDIT, table.org.path),
        "may_prove": viewer_of(request).may(EVIDENCE_EDIT, table.org.path) and table.stage in selectors.RUNNING,
        "may_pay": viewer_of(request).may(BUDGET_EDIT, table.org.path) and table.stage in selectors.RUNNING,
        "tab": tab,
        "now": clock.now(),
    }


@staff(TABLE_VIEW)
@require_safe
def table(request: HttpRequest, number: str) -> HttpResponse:
    """The scoreboard: every promise beside its measurement."""
    return _scoreboard(request, number, None)


def _scoreboard(request: HttpRequest, number: str, refusal: YunshuError | None) -> HttpResponse:
    context = frame(request, number, "board")
    now = clock.now()
    lines = selectors.scoreboard(context["table"], clock.city_date(now))
    _rows, total = selectors.money(context["table"])
    context |= {
        "lines": lines,
        "measured": sum(line.verdict.value is not None for line in lines),
        "kept": sum(line.verdict.light.value == "green" for line in lines),
        "total": total,
        "findings": _with_notes(context),
        "may_explain": context["may_edit"] and context["table"].stage in services.EDITABLE,
        "history": tuple(reversed(workflow.history(context["case"]))),
        "chain_broken": workflow.chain_breaks_at(context["case"]),
        "refusal": refusal,
    }
    return show(request, "evaluation/table.html", context, status=422 if refusal else 200)


def _with_notes(context: dict[str, Any]) -> list[tuple[Finding, Any]]:
    notes = selectors.finding_notes(context["table"])
    return [(f, notes.get((f.rule, f.where, f.message[:500]))) for f in findings_of(context["form"], context["table"])]


@staff(TABLE_EDIT)
@require_POST
def explain(request: HttpRequest, number: str) -> HttpResponse:
    """Write down why a warning may stand; a refusal comes back on the scoreboard."""
    with attempt() as explaining:
        services.explain_finding(
            actor=viewer_of(request),
            number=number,
            rule=request.POST.get("rule", ""),
            where=request.POST.get("where", ""),
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
        return redirect(reverse("evaluation:table", args=[number]) + "#findings")
    return _scoreboard(request, number, explaining.refusal)


@staff(TABLE_VIEW)
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step of the table's life; a refusal comes back on the scoreboard."""
    with attempt() as step:
        words = step_of(ReasonForm(request.POST))
        services.move_table(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("evaluation:table", number)
    return _scoreboard(request, number, step.refusal)


@staff(TABLE_VIEW)
@require_safe
def content(request: HttpRequest, number: str) -> HttpResponse:
    """The form in the official layout, for reading and printing."""
    context = frame(request, number, "content")
    form = context["form"]
    context |= {
        "key_tasks": [t for t in form.tasks if t.kind is TaskKind.KEY],
        "other_tasks": [t for t in form.tasks if t.kind is TaskKind.OTHER],
    }
    return show(request, "evaluation/content.html", context)


@staff(TABLE_VIEW)
@require_safe
def versions(request: HttpRequest, number: str) -> HttpResponse:
    """Every version with who made it, when and why."""
    context = frame(request, number, "versions")
    context |= {"versions": context["table"].versions.order_by("-ordinal"), "changes": None}
    return show(request, "evaluation/versions.html", context)


@staff(TABLE_VIEW)
@require_safe
def changes(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """What one version changed, in sentences."""
    context = frame(request, number, "versions")
    table = context["table"]
    context |= {
        "versions": table.versions.order_by("-ordinal"),
        "ordinal": ordinal,
        "changes": selectors.changes_of(table, ordinal),
    }
    return show(request, "evaluation/versions.html", context)
