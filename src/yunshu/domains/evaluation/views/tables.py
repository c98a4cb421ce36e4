"""Pages of the performance table: list, scoreboard, content, versions, budget. Thin: read, call one service, show."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import BUDGET_EDIT, EVIDENCE_EDIT, TABLE_EDIT, TABLE_VIEW, Finding, TaskKind
from yunshu.domains.evaluation.forms import PaymentForm, ReasonForm, WithdrawForm
from yunshu.domains.evaluation.rules import budget as money_rules
from yunshu.domains.evaluation.rules.life import CODE, LIFE
from yunshu.domains.evaluation.standing import findings_of
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
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
        Column("year", gettext_lazy("年度"), sort="year", kind="number"),
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


def _scoreboard(request: HttpRequest, number: str, refusal: Refused | None) -> HttpResponse:
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
    try:
        services.explain_finding(
            actor=viewer_of(request),
            number=number,
            rule=request.POST.get("rule", ""),
            where=request.POST.get("where", ""),
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except Refused as error:
        return _scoreboard(request, number, error)
    return redirect(reverse("evaluation:table", args=[number]) + "#findings")


@staff(TABLE_VIEW)
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step of the table's life; a refusal comes back on the scoreboard."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _scoreboard(request, number, Refused("verb_missing", _("请选择操作。")))
    try:
        services.move_table(
            actor=viewer_of(request),
            number=number,
            verb=form.cleaned_data["verb"],
            reason=form.cleaned_data["reason"],
            now=clock.now(),
        )
    except Refused as error:
        return _scoreboard(request, number, error)
    return redirect("evaluation:table", number)


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


@staff(TABLE_VIEW)
@require_http_methods(["GET", "POST"])
def budget(request: HttpRequest, number: str) -> HttpResponse:
    """Money: execution of each task, plan, payments; enter a payment."""
    context = frame(request, number, "budget")
    choices = [(f"{t.kind}:{t.ordinal}", t.name) for t in context["form"].tasks]
    form = PaymentForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        try:
            _pay(request, number, form.cleaned_data, clock.now())
        except Refused as error:
            form.add_error(error.where if error.where in form.fields else None, error.message)
        else:
            return redirect("evaluation:budget", number)
    rows, total = selectors.money(context["table"])
    paid = list(selectors.payments(context["table"]))
    year = context["table"].year
    cash = money_rules.cash_calendar(
        selectors.instalments(context["table"]), [(p.on, p.amount_yuan) for p in paid], year
    )
    context |= {"rows": rows, "total": total, "payments": paid, "payment_form": form, "chart": _cash_chart(cash)}
    return show(request, "evaluation/budget.html", context, status=422 if form.errors else 200)


def _pay(request: HttpRequest, number: str, data: dict[str, Any], now: datetime) -> None:
    kind, ordinal = str(data["task"]).split(":")
    spec = services.PaymentSpec(
        task_kind=kind,
        task_ordinal=int(ordinal),
        on=data["on"],
        amount_yuan=data["amount_yuan"],
        voucher=str(data["voucher"]),
        statement=str(data["statement"]),
    )
    services.record_payment(actor=viewer_of(request), number=number, spec=spec, now=now)


def _cash_chart(cash: money_rules.CashCalendar) -> Chart:
    wan = 10_000
    return Chart(
        title=_("累计应付与累计已付"),
        labels=[_("%(n)s月") % {"n": m.month} for m in cash.months],
        series=[
            Series(_("累计应付"), [m.due_so_far_yuan / wan for m in cash.months]),
            Series(_("累计已付"), [m.paid_so_far_yuan / wan for m in cash.months]),
        ],
        kind="line",
        unit=_("万元"),
        label_head=_("月份"),
    )


@staff(BUDGET_EDIT)
@require_http_methods(["GET", "POST"])
def reverse_payment(request: HttpRequest, number: str, payment: str) -> HttpResponse:
    """Reverse a payment, with a reason, on a page that says what it does."""
    context = frame(request, number, "budget")
    paid = selectors.get_payment(context["table"], payment)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.reverse_payment(
                actor=viewer_of(request),
                number=number,
                payment=payment,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return redirect("evaluation:budget", number)
    context |= {
        "reason_form": form,
        "what": _("冲销付款 %(n)s") % {"n": paid.number},
        "back": reverse("evaluation:budget", args=[number]),
    }
    return show(request, "evaluation/take_back.html", context, status=422 if form.errors else 200)
