"""Pages of quality checks: what is to be checked, one check with its score, appeal and decision, draws, results."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.hotline.choices_roster import CheckState, Subject
from yunshu.domains.hotline.contracts import PROOF_KIND, QUALITY_CHECK, QUALITY_MANAGE
from yunshu.domains.hotline.forms_quality import AppealForm, CallCheckForm, DrawForm, MarksForm, UpholdForm
from yunshu.domains.hotline.rules import words
from yunshu.domains.hotline.rules.roster import monday_of
from yunshu.domains.hotline.selectors import quality as selectors
from yunshu.domains.hotline.selectors.tickets import may_see
from yunshu.domains.hotline.services import checking
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, tell_done
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show

MONTH = timedelta(days=30)
LIST = Listing(
    name="hotline-checks",
    title=_l("热线质检"),
    rows=selectors.visible_checks,
    default_sort="-made_at",
    columns=(
        Column("number", _l("质检编号"), link=True),
        Column("subject", _l("质检对象"), value=lambda row: row.form.get_subject_display()),
        Column("piece", _l("工单或通话"), value=selectors.key_of),
        Column("person", _l("被质检人"), value=lambda row: row.person.name),
        Column("unit", _l("所在单位"), value=lambda row: row.unit.name),
        Column("state", _l("状态"), kind="choice"),
        Column("score", _l("得分"), kind="number", sort="score"),
        Column("vetoed", _l("一票否决"), kind="yesno", hidden=True),
        Column("checker", _l("质检人"), value=lambda row: row.checker.name if row.checker else ""),
        Column("made_at", _l("生成时间"), kind="instant", sort="made_at"),
        Column("checked_at", _l("评分时间"), kind="instant", sort="checked_at", hidden=True),
    ),
    filters=(
        Search("number", "ticket__number", "call", "person__name", "person__number", "unit__name", "unit__code"),
        Choice("state", _l("状态"), CheckState.choices),
        Choice("subject", _l("质检对象"), Subject.choices, path="form__subject"),
        YesNo("vetoed", _l("一票否决")),
        DateRange("checked_at", _l("评分时间")),
    ),
    row_url=lambda row: reverse("hotline:check", args=[row.number]),
    empty_title=_l("没有质检单"),
    empty_text=_l("按方案抽样后，这里出现待质检的工单、答复和通话；被质检人在评分后看到自己的。"),
)


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every check in sight; whoever is checked sees their own."""
    context = {"is_worker": selectors.is_worker(viewer_of(request))}
    return list_page(request, LIST, template="hotline/quality/checks.html", context=context)


@staff(QUALITY_MANAGE)
@require_http_methods(["GET", "POST"])
def draws(request: HttpRequest) -> HttpResponse:
    """Draw a week by a plan; put a single call among the checks; what was drawn."""
    viewer, now = viewer_of(request), clock.now()
    last = monday_of(clock.city_date(now)) - timedelta(days=7)
    choosing = {"plan": list(selectors.plans(viewer).values_list("code", "name"))}
    is_call = "call" in request.POST
    form = DrawForm(request.POST if request.POST and not is_call else None, choosing=choosing, initial={"monday": last})
    calling = CallCheckForm(request.POST if is_call else None)
    if form.is_valid():
        with attempt(form):
            data = form.cleaned_data
            made = checking.draw(
                actor=viewer,
                plan_code=data["plan"],
                monday=monday_of(data["monday"]),
                seed=secrets.token_hex(8),
                now=now,
            )
            return redirect("hotline:draw", made.pk)
    if calling.is_valid():
        with attempt(calling):
            row = checking.add_call(actor=viewer, desk_code="", now=now, **calling.cleaned_data)
            return redirect("hotline:check", row.number)
    context = {
        "form": form,
        "calling": calling,
        "draws": selectors.draws(viewer)[:50],
        "plans": selectors.plans(viewer),
    }
    return show(request, "hotline/quality/draws.html", context, status=422 if form.errors or calling.errors else 200)


@staff()
@require_safe
def draw(request: HttpRequest, key: int) -> HttpResponse:
    """One draw: its seed, what it was drawn from, and the same computed again."""
    made = selectors.draws(viewer_of(request)).filter(pk=key).first()
    if made is None:
        raise NotFound("draw_not_found")
    checks = made.checks.select_related("person", "ticket", "reply", "form")
    context = {
        "draw": made,
        "again": selectors.again(made),
        "checks": [(row, selectors.key_of(row)) for row in checks.order_by("person_id", "pk")],
    }
    return show(request, "hotline/quality/draw.html", context)


@staff()
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, number: str) -> HttpResponse:
    """One check: the work as its unit sees it, the score form, what was scored; scoring it."""
    viewer = viewer_of(request)
    row = selectors.get_check(viewer, number)
    form = MarksForm(request.POST or None, items=row.form.items.all())
    if form.is_valid():
        with attempt(form):
            marks = checking.Marks(points=form.points(), failed=form.failed())
            said = form.cleaned_data["words"]
            checking.score(actor=viewer, number=number, marks=marks, words=said, now=clock.now())
            messages.success(request, _("评分已保存，并通知被质检人。"))
            return redirect("hotline:check", number)
    return _shown(request, row, {"marks_form": form}, status=422 if form.errors else 200)


@staff()
@require_POST
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Appeal against one's own score."""
    viewer = viewer_of(request)
    row, form = selectors.get_check(viewer, number), AppealForm(request.POST)
    if form.is_valid():
        with attempt(form):
            checking.appeal(actor=viewer, number=number, words=form.cleaned_data["words"], now=clock.now())
            messages.success(request, _("已提交申诉，由第三人裁定。"))
            return redirect("hotline:check", number)
    return _shown(request, row, {"appeal_form": form}, status=422)


@staff(QUALITY_MANAGE)
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Uphold a score, or give another."""
    viewer = viewer_of(request)
    row = selectors.get_check(viewer, number)
    upholds = request.POST.get("verb") == "uphold"
    rescoring = MarksForm(
        None if upholds else request.POST, items=row.form.items.all(), closing=_("裁定意见"), prefix="second"
    )
    upholding = UpholdForm(request.POST if upholds else None)
    form: Any = upholding if upholds else rescoring
    if form.is_valid():
        with attempt(form):
            marks = None if upholds else checking.Marks(points=rescoring.points(), failed=rescoring.failed())
            said = form.cleaned_data["words"]
            checking.decide(actor=viewer, number=number, marks=marks, answer=said, now=clock.now())
            tell_done(request, label("维持原评分") if upholds else label("改分"))
            return redirect("hotline:check", number)
    return _shown(request, row, {"rescoring": rescoring, "upholding": upholding}, status=422)


def _shown(request: HttpRequest, row: Any, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    viewer = viewer_of(request)
    is_own = row.person_id == getattr(viewer, "person_id", 0)
    may_score = row.state == CheckState.WAITING and not is_own and viewer.may(QUALITY_CHECK, row.desk.path)
    made = getattr(row, "appeal", None)
    third = made is not None and getattr(viewer, "person_id", 0) not in (made.asker_id, made.checker_id)
    items = row.form.items.all()
    context = {
        "row": row,
        "key": selectors.key_of(row),
        "may_open": row.ticket is not None and may_see(viewer, row.ticket.number),
        "content": words.mask_text(row.ticket.content) if row.ticket else "",
        "reply_words": words.mask_text(row.reply.words) if row.reply else "",
        "marks": list(row.marks.select_related("item")),
        "appeal": made,
        "may_score": may_score,
        "may_appeal": is_own and row.state == CheckState.CHECKED,
        "may_decide": row.state == CheckState.APPEALED and third and viewer.may(QUALITY_MANAGE, row.desk.path),
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, clock.now()),
        "appeal_form": AppealForm(),
        "rescoring": MarksForm(items=items, closing=_("裁定意见"), prefix="second"),
        "upholding": UpholdForm(),
    } | forms
    return show(request, "hotline/quality/check.html", context, status=status)


@staff()
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """How checks came out for people or units between two days, each leading to its checks; as a sheet too."""
    viewer, today = viewer_of(request), clock.city_date(clock.now())
    by = "unit" if request.GET.get("by") == "unit" else "person"
    first = _day(request.GET.get("first", ""), today - MONTH)
    last = _day(request.GET.get("last", ""), today)
    since = datetime.combine(first, time(), CITY_ZONE)
    until = datetime.combine(last, time(), CITY_ZONE) + timedelta(days=1)
    rows = selectors.results(viewer, by, since, until)
    if request.GET.get("format") == "xlsx":
        return xlsx_response(_records(rows, by), "-".join([_("质检结果"), str(first), str(last)]), _("质检结果"))
    context = {"rows": rows, "by": by, "first": first, "last": last}
    return show(request, "hotline/quality/results.html", context)


def _records(rows: list[dict[str, Any]], by: str) -> Any:
    yield [
        *([_("单位")] if by == "unit" else [_("人员"), _("单位")]),
        _("件数"),
        _("平均分"),
        _("一票否决"),
        _("申诉"),
        _("改分"),
    ]
    for row in rows:
        names = [row["unit__name"]] if by == "unit" else [row["person__name"], row["unit__name"]]
        yield [*names, row["n"], round(float(row["mean"]), 1), row["vetoes"], row["appeals"], row["changed"]]


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year < 2100 else otherwise
