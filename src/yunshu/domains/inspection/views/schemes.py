"""Pages of schemes: versions with their marks, the difference of two, a draft being edited."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.inspection.choices_schemes import Certainty, VersionState
from yunshu.domains.inspection.contracts import PROOF_KIND, RULE_EDIT, VIEW
from yunshu.domains.inspection.rules import schemes as rules
from yunshu.domains.inspection.rules import scoring
from yunshu.domains.inspection.rules.examples import examples
from yunshu.domains.inspection.rules.formulas import FormulaError
from yunshu.domains.inspection.scheme_forms import CopyForm, IndicatorForm, PublishForm, initial_of
from yunshu.domains.inspection.selectors import schemes as selectors
from yunshu.domains.inspection.services import schemes as services
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

SHOWN = 5
"""So many findings of an example are written out."""
VERSIONS = Listing(
    name="schemes",
    title=_l("检查指标"),
    rows=selectors.visible_versions,
    default_sort="scheme__order,-created_at",
    columns=(
        Column("name", _l("版本名称"), link=True, sort="name"),
        Column("scheme", _l("检查方案"), sort="scheme__order"),
        Column("state", _l("状态"), template="inspection/_version_state.html", sort="state"),
        Column("valid_from", _l("施行日期"), kind="day", sort="valid_from"),
        Column("indicator_count", _l("指标数"), kind="number"),
        Column("unverified", _l("未核原文"), kind="number"),
        Column("source", _l("出处")),
        Column("copied_from", _l("复制自"), hidden=True),
        Column("published_by", _l("发布人"), hidden=True),
        Column("number", _l("版本编号"), hidden=True),
    ),
    filters=(
        Search("name", "scheme__name", "source", "number"),
        Choice("state", _l("状态"), list(VersionState.choices)),
        Choice(
            "scheme", _l("检查方案"), lambda _v: [(s.code, s.name) for s in selectors.schemes()], path="scheme__code"
        ),
        DateRange("valid_from", _l("施行日期")),
    ),
    row_url=lambda r: reverse("inspection:scheme", args=[r.number]),
    empty_title=_l("没有检查指标"),
    empty_text=_l("执行 yunshu city load 装入随平台提供的三套指标。"),
)


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every version of every scheme."""
    return list_page(request, VERSIONS, template="inspection/schemes.html")


@staff(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One version with its indicators; POST publishes a draft or throws it away."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_version(viewer, number)
    may_edit = viewer.may(RULE_EDIT) and row.state == VersionState.DRAFT
    form = PublishForm(request.POST or None, initial={"valid_from": clock.city_date(now)})
    with attempt(form):
        if request.POST.get("deed") == "drop":
            services.drop_draft(actor=viewer, number=number)
            messages.success(request, _("草稿已删除。"))
            return redirect("inspection:schemes")
        if request.method == "POST" and form.is_valid():
            valid_from = form.cleaned_data["valid_from"]
            services.publish_version(actor=viewer, number=number, valid_from=valid_from, now=now)
            messages.success(request, _("版本已发布。"))
            return redirect("inspection:scheme", number)
    context = {
        "row": row,
        "parts": _parts(selectors.written(row)),
        "troubles": selectors.troubles_of(row) if may_edit else [],
        "others": selectors.other_versions(viewer, row),
        "may_copy": viewer.may(RULE_EDIT),
        "may_edit": may_edit,
        "form": form if may_edit else None,
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
    }
    return show(request, "inspection/scheme.html", context, status=422 if form.errors else 200)


def _parts(rows: Sequence[rules.Written]) -> list[tuple[str, list[dict[str, Any]], Any]]:
    parts = []
    for part, name in rules.PARTS.items():
        lines = [_line(row) for row in rows if row.part == part]
        parts.append((name, lines, sum((line["row"].points for line in lines), scoring.ZERO)))
    return parts


def _line(row: rules.Written) -> dict[str, Any]:
    try:
        formula = rules.in_words(rules.indicator_of(row).formula, selectors.CHECK_NAMES)
    except FormulaError as error:
        formula = str(error)
    return {
        "row": row,
        "checks": [selectors.CHECK_NAMES.get(c, c) for c in row.checks],
        "kinds": [rules.KINDS.get(k, k) for k in row.applies_to],
        "certainty": Certainty(row.certainty),
        "formula": formula,
    }


@staff(VIEW)
@require_safe
def compare(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """What changed from ``other`` to this version, field by field in words."""
    viewer = viewer_of(request)
    row, before = selectors.get_version(viewer, number), selectors.get_version(viewer, other)
    changes = selectors.changes(before, row)
    return show(request, "inspection/scheme_diff.html", {"row": row, "before": before, "changes": changes})


@staff(VIEW)
@require_safe
def choose(request: HttpRequest, number: str) -> HttpResponse:
    """Go to the comparison that was chosen."""
    other = request.GET.get("other", "")
    if not other:
        raise NotFound("version_not_found")
    return redirect("inspection:compare_schemes", number, other)


@staff(RULE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, number: str) -> HttpResponse:
    """Make a draft from a version."""
    viewer = viewer_of(request)
    row = selectors.get_version(viewer, number)
    schemes = [(s.code, s.name) for s in selectors.schemes()]
    form = CopyForm(request.POST or None, schemes=schemes, initial={"scheme": row.scheme.code, "source": row.source})
    if form.is_valid():
        words = dict(form.cleaned_data)
        scheme = words.pop("scheme")
        with attempt(form):
            spec = services.VersionSpec(**words)
            made = services.copy_version(actor=viewer, number=number, spec=spec, scheme=scheme, now=clock.now())
            return redirect("inspection:scheme", made.number)
    context = {"row": row, "form": form, "title": _("复制为草稿")}
    return show(request, "inspection/scheme_form.html", context, status=422 if form.errors else 200)


@staff(RULE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def indicator(request: HttpRequest, number: str, code: str = "") -> HttpResponse:
    """Edit an indicator of a draft, or add one; its examples show what the formula does."""
    viewer = viewer_of(request)
    version = selectors.get_version(viewer, number)
    written = next((w for w in selectors.written(version) if w.code == code), None)
    if code and written is None:
        raise NotFound("indicator_not_found")
    form = IndicatorForm(request.POST or None, initial=initial_of(written) if written else {"certainty": "recalled"})
    if form.is_valid():
        with attempt(form):
            services.save_indicator(actor=viewer, number=number, code=code, written=form.written())
            messages.success(request, _("指标已保存。"))
            return redirect("inspection:scheme", number)
    context = {
        "row": version,
        "code": code,
        "form": form,
        "title": code or _("新增指标"),
        "examples": _examples(written) if written else [],
    }
    return show(request, "inspection/scheme_form.html", context, status=422 if form.errors else 200)


def _examples(written: rules.Written) -> list[dict[str, Any]]:
    try:
        found = examples(rules.indicator_of(written))
    except FormulaError:
        return []
    return [
        {"words": each.words, "passes": each.passes, "count": len(each.faults), "detail": _details(each.faults[:SHOWN])}
        for each in found
    ]


def _details(faults: Sequence[Any]) -> str:
    details = dict.fromkeys("，".join(f"{k}={v}" for k, v in f.detail.items()) for f in faults)
    return "；".join(d for d in details if d)


@staff(RULE_EDIT)
@require_POST
def remove(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Take an indicator out of a draft."""
    services.remove_indicator(actor=viewer_of(request), number=number, code=code)
    messages.success(request, _("指标已删除。"))
    return redirect("inspection:scheme", number)
