"""What was taken over: runs, what became of each row and why, taking a run back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.lib.jobs import queue
from yunshu.lib.taking import jobs, selectors, undoing
from yunshu.lib.taking.contracts import TAKING_EDIT, TAKING_VIEW
from yunshu.lib.taking.kinds import kind_of, kinds
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

OUTCOMES = tuple(Row.Outcome.choices)
RUNS = Listing(
    name="takings",
    title=_l("数据接管"),
    rows=selectors.visible_runs,
    default_sort="-started_at",
    columns=(
        Column("number", _l("批次编号"), link=True),
        Column("kind", _l("类别"), value=lambda r: kind_of(r.kind).name),
        Column("file", _l("文件")),
        Column("state", _l("状态"), kind="choice"),
        Column("created", _l("已接管"), kind="number", value=lambda r: r.counts.get("created", 0)),
        Column("bad", _l("有误"), kind="number", value=lambda r: r.counts.get("bad", 0)),
        Column("by", _l("操作人")),
        Column("started_at", _l("开始时间"), kind="instant", sort="started_at"),
        Column("finished_at", _l("完成时间"), kind="instant", hidden=True),
        Column("sha256", "SHA-256", hidden=True),
    ),
    filters=(
        Search("number", "file", "by"),
        Choice("kind", _l("类别"), lambda _viewer: [(kind.code, str(kind.name)) for kind in kinds()]),
        Choice("state", _l("状态"), Run.State.choices),
        DateRange("started_at", _l("开始时间")),
    ),
    row_url=lambda r: reverse("console:taking", args=[r.number]),
    empty_title=_l("还没有接管过数据"),
    empty_text=_l("在服务器上执行 yunshu import kinds 看可以接管什么，按运维手册“数据接管”一步步做。"),
)


def _rows(made: Run) -> Listing:
    """Return the list of a run's rows."""
    return Listing(
        name="taking-rows",
        title=made.number,
        rows=lambda viewer: selectors.rows_of(viewer, made.number),
        default_sort="line",
        columns=(
            Column("line", _l("行"), kind="number", sort="line"),
            Column("key", _l("源编号")),
            Column("outcome", _l("结果"), kind="choice"),
            Column("object", _l("对应记录"), link=True),
            Column("reasons", _l("原因"), value=_told, template="console/_taking_reasons.html"),
        ),
        filters=(Search("key", "object"), Choice("outcome", _l("结果"), OUTCOMES)),
        row_url=lambda row: _url(made, row),
        empty_title=_l("没有这样的行"),
        empty_text=_l("换一个结果筛选。"),
    )


def _url(made: Run, row: Row) -> str:
    is_there = row.object and row.outcome != Row.Outcome.UNDONE
    return kind_of(made.kind).url(row.object) if is_there else ""


def _told(row: Row) -> str:
    return "；".join(f"{r['column']}“{r['value']}”：{r['why']}。{r['todo']}" for r in row.reasons)


@staff(TAKING_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every run."""
    return list_page(request, RUNS)


@staff(TAKING_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponseBase:
    """One run: its source, its counts, its rows with their reasons; the export of the list is the report."""
    made = undoing.run_of(number)
    context = _facts(made) | {"may_undo": viewer_of(request).may(TAKING_EDIT) and made.state == Run.State.DONE}
    return list_page(request, _rows(made), template="console/taking.html", context=context)


@staff(TAKING_EDIT)
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Say what taking back means, then have it done."""
    made, step = undoing.run_of(number), attempt()
    if request.method == "POST":
        with step:
            undoing.ask(number, viewer_of(request).name)
            queue.enqueue(jobs.undo_run, number=number)
            messages.success(request, _("已提交撤销，完成后本页显示“已撤销”；有数据依赖时显示原因。"))
            return redirect("console:taking", number)
    status = 422 if step.refusal else 200
    return show(request, "console/taking_undo.html", _facts(made) | {"refusal": step.refusal}, status=status)


def _facts(made: Run) -> dict[str, Any]:
    counts = [(str(name), made.counts[code]) for code, name in OUTCOMES if made.counts.get(code)]
    return {"made": made, "kind": kind_of(made.kind), "counts": counts, "total": sum(made.counts.values())}
