"""Pages of the catalogue: list, entry, writing, steps, versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.exchange import lineage, selectors, services
from yunshu.domains.exchange.choices import Cycles, DataTypes, Grades, Sharing
from yunshu.domains.exchange.contracts import (
    CATALOGUE_CHECK,
    CATALOGUE_EDIT,
    CATALOGUE_VIEW,
    REQUEST_ANSWER,
    REQUEST_EDIT,
    EntryForm,
    Severity,
    SharingType,
)
from yunshu.domains.exchange.forms import ItemRows, ResourceForm, StepForm, entry_of, initial_of
from yunshu.domains.exchange.rules import agreeing, forms, life
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.flows import Flow, diagram
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STAGE_NAMES = {s.code: s.name for s in life.ENTRY_LIFE.states}


class CatalogueSearch(Search):
    """Words cut as the index cut them; what fits best comes first."""

    def apply(self, rows: Any, data: Mapping[str, str], viewer: Any) -> Any:
        """Keep entries that hold every word, in the text or in pinyin."""
        return selectors.best(rows, self._text(data)).found()

    def tiers(self, data: Mapping[str, str]) -> Sequence[Q]:
        """By what of the entry fits."""
        return selectors.tiers(self._text(data))

    def _text(self, data: Mapping[str, str]) -> str:
        return data.get(self.name, "").replace("\x00", "").strip()


CATALOGUE = Listing(
    name="catalogue",
    title=_l("数据目录"),
    rows=selectors.visible_resources,
    default_sort="-changed_at",
    columns=(
        Column("name", _l("信息资源名称"), link=True, sort="name"),
        Column("org", _l("提供方")),
        Column("sharing_type", _l("共享类型"), kind="choice"),
        Column("cycle", _l("更新周期"), kind="choice"),
        Column("freshness", _l("数据新鲜度"), template="exchange/_freshness.html", value=lambda r: r),
        Column("code", _l("信息资源代码")),
        Column("stage", _l("状态"), value=lambda r: _(STAGE_NAMES.get(r.stage, r.stage))),
        Column("changed_at", _l("更新时间"), kind="instant", sort="changed_at"),
        Column("category", _l("分类"), hidden=True),
        Column("number", _l("登记编号"), hidden=True),
        Column("version", _l("版次"), kind="number", hidden=True),
    ),
    filters=(
        CatalogueSearch("name"),
        Choice("org", _l("提供方"), lambda _viewer: selectors.providers(), path="org__code"),
        Choice(
            "tree",
            _l("分类"),
            lambda _viewer: [(c.code, c.name) for c in selectors.categories()],
            where=lambda _viewer, value: Q(category__code__startswith=value),
        ),
        Choice("sharing_type", _l("共享类型"), Sharing.choices),
        Choice("cycle", _l("更新周期"), Cycles.choices),
        Choice("stage", _l("状态"), [(s.code, _l(s.name)) for s in life.ENTRY_LIFE.states]),
        DateRange("published_at", _l("发布日期")),
    ),
    row_url=lambda r: reverse("exchange:resource", args=[r.number]),
    empty_title=_l("没有找到数据目录"),
    empty_text=_l("换一个词试试，也可以输入拼音或首字母；目录里没有的数据，请登记到需求清单。"),
)


@staff(CATALOGUE_VIEW)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """Find data: by words, pinyin, department, class, sharing type."""
    context = {"may_edit_catalogue": bool(viewer_of(request).reach(CATALOGUE_EDIT))}
    return list_page(request, CATALOGUE, template="exchange/catalogue.html", context=context)


def _inside(viewer: Viewer, owner_path: str) -> bool:
    """Return whether the viewer writes or checks the owner's entries, and so sees who uses them."""
    return viewer.may(CATALOGUE_EDIT, owner_path) or viewer.may(CATALOGUE_CHECK, owner_path)


def _frame(request: HttpRequest, number: str) -> dict[str, Any]:
    viewer = viewer_of(request)
    row = selectors.get_resource(viewer, number)
    case = workflow.get_case(life.CODE, number)
    return {
        "resource": row,
        "case": case,
        "stage_name": _(STAGE_NAMES[row.stage]),
        "may_edit": viewer.may(CATALOGUE_EDIT, row.org.path),
        "is_editable": row.stage in life.EDITABLE,
        "now": clock.now(),
    }


@staff(CATALOGUE_VIEW)
@require_safe
def resource(request: HttpRequest, number: str) -> HttpResponse:
    """One entry: what it is, its items, who uses it, its life."""
    return _resource(request, number, None)


def _resource(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    context = _frame(request, number)
    viewer, row = viewer_of(request), context["resource"]
    inside = _inside(viewer, row.org.path)
    form = selectors.draft_of(row) if row.version == 0 else selectors.form_of(row)
    draft = selectors.draft_of(row) if row.draft and row.version and inside else None
    context |= {
        "form": form,
        "items": [_shown(item) for item in form.items],
        "draft_changes": _shown_changes(form, draft) if draft else None,
        "faults": _faults(selectors.draft_of(row)) if row.draft and inside else [],
        "verbs": workflow.verbs_for(viewer, context["case"]),
        "history": tuple(reversed(workflow.history(context["case"]))) if inside else (),
        "chain_broken": workflow.chain_breaks_at(context["case"]),
        "uses": row.agreements.filter(state="active").select_related("consumer") if inside else (),
        "quality": selectors.quality_of(row),
        "use_count": row.agreements.filter(state="active").count(),
        "versions": row.versions.order_by("-ordinal"),
        "may_ask": bool(agreeing.requestable(form)) and bool(viewer.reach(REQUEST_EDIT)) and row.stage in life.VISIBLE,
        "may_report": row.stage in life.VISIBLE and bool(viewer.reach(REQUEST_EDIT)),
        "may_set_interface": row.version > 0 and viewer.may(REQUEST_ANSWER, row.org.path),
        "refused": form.sharing_type is SharingType.NONE,
        "refusal": refusal,
    }
    return show(request, "exchange/resource.html", context, status=422 if refusal else 200)


@staff(CATALOGUE_VIEW)
@require_safe
def trace(request: HttpRequest, number: str) -> HttpResponse:
    """Where the items of an entry come from, where they go."""
    row = selectors.get_resource(viewer_of(request), number)
    found = lineage.lineage(row, clock.now(), inside=_inside(viewer_of(request), row.org.path))
    come = [Flow(source=each.org, target=row.name, weight=len(each.items)) for each in found.sources]
    go = [
        Flow(source=row.name, target=each.org, weight=each.rows, warns=each.is_late)
        for each in lineage.by_consumer(found.copies)
    ]
    context = {"resource": row, "lineage": found, "diagram": diagram(come, go) if go else diagram(come)}
    return show(request, "exchange/lineage.html", context)


def _shown(item: Any) -> dict[str, Any]:
    return {"item": item, "type": DataTypes(item.data_type.value).label, "grade": Grades(item.grade.value).label}


def _faults(form: EntryForm) -> list[dict[str, Any]]:
    return [
        {"is_error": f.severity is Severity.ERROR, "message": _(f.message) % dict(f.values), "fault": f}
        for f in selectors.faults_of(form)
    ]


FIELD_LABELS = {name: field.label for name, field in ResourceForm.base_fields.items()}


def _shown_changes(old: EntryForm, new: EntryForm) -> list[tuple[str, str, str]]:
    return [(_place(where), _word(before), _word(after)) for where, before, after in forms.changes(old, new)]


def _place(where: str) -> str:
    if not where.startswith("items."):
        return str(FIELD_LABELS.get(where, where))
    name = where.split(".")[1]
    return _("信息项 %(name)s") % {"name": name}


def _word(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(getattr(value, "value", value))


@staff(CATALOGUE_VIEW)
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take a step of an entry's life; a refusal comes back on its page."""
    with attempt() as step:
        words = step_of(StepForm(request.POST))
        services.move_entry(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("exchange:resource", number)
    return _resource(request, number, step.refusal)


@staff(CATALOGUE_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Begin an entry."""
    return _edit(request, None)


@staff(CATALOGUE_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Write an entry that is a draft or is being changed."""
    return _edit(request, number)


def _edit(request: HttpRequest, number: str | None) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_resource(viewer, number) if number else None
    if row is not None and not viewer.may(CATALOGUE_EDIT, row.org.path):
        raise NotFound("resource_not_found")
    plain, rows = initial_of(selectors.draft_of(row)) if row else ({}, [])
    orgs = [(row.org.code, row.org.name)] if row else [(o.code, o.name) for o in selectors.editable_orgs(viewer)]
    classes = [(c.code, str(c)) for c in selectors.categories()]
    form = ResourceForm(request.POST or None, initial=plain, orgs=orgs, categories=classes)
    items = ItemRows(request.POST or None, initial=rows, prefix="items")
    if form.is_valid() and items.is_valid():
        entry = entry_of(form.cleaned_data, [r.cleaned_data for r in items if not r.cleaned_data.get("DELETE")])
        with attempt(form):
            saved = _save(request, row.number if row else None, entry)
            return redirect("exchange:resource", saved.number)
    context = {
        "resource": row,
        "form": form,
        "items": items,
        "seen": request.POST.get("seen") or (row.changed_at.isoformat() if row else ""),
        "back": reverse("exchange:resource", args=[row.number]) if row else reverse("exchange:catalogue"),
    }
    return show(request, "exchange/edit.html", context, status=422 if form.errors or _bad(items) else 200)


def _bad(items: Iterable[Any]) -> bool:
    return any(row.errors for row in items)


def _save(request: HttpRequest, number: str | None, entry: EntryForm) -> Any:
    actor, now = viewer_of(request), clock.now()
    if number is None:
        return services.create_entry(actor=actor, form=entry, now=now)
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        raise Conflict("entry_stale", _("请刷新页面后再编辑。")) from None
    return services.save_draft(actor=actor, number=number, form=entry, seen=seen, now=now)


@staff(CATALOGUE_VIEW)
@require_safe
def version(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """One published version and what it changed."""
    context = _frame(request, number)
    row = context["resource"]
    now = forms.from_json(selectors.version_of(row, ordinal).form)
    before = forms.from_json(selectors.version_of(row, ordinal - 1).form) if ordinal > 1 else None
    context |= {
        "version": selectors.version_of(row, ordinal),
        "form": now,
        "items": [_shown(item) for item in now.items],
        "changes": _shown_changes(before, now) if before else None,
    }
    return show(request, "exchange/version.html", context)
