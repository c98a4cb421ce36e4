"""The four lists: the catalogue, and beside it what is wanted, what must be given, what must not."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import ListKind
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, CATALOGUE_VIEW
from yunshu.domains.exchange.forms import ListLineForm
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show


def _listing(kind: str, name: Any) -> Listing:
    return Listing(
        name=f"lines-{kind}",
        title=name,
        rows=lambda viewer: selectors.lines(viewer, kind),
        default_sort="-changed_at",
        columns=(
            Column("name", _l("数据名称"), link=True),
            Column("org", _l("部门")),
            Column("content", _l("内容")),
            Column("basis", _l("依据")),
            Column("resource", _l("对应目录")),
            Column("is_active", _l("有效"), kind="yesno"),
            Column("changed_at", _l("更新时间"), kind="instant", sort="changed_at"),
        ),
        filters=(
            Search("name", "content", "basis", "org__name"),
            Choice("org", _l("部门"), lambda _viewer: selectors.line_orgs(kind), path="org__code"),
            YesNo("is_active", _l("有效")),
        ),
        row_url=lambda r: reverse("exchange:edit_line", args=[r.number]),
        empty_title=_l("清单还是空的"),
    )


LISTINGS = {kind.value: _listing(kind.value, kind.label) for kind in ListKind}


@staff(CATALOGUE_VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The four lists side by side, and where they contradict each other."""
    context = {"counts": selectors.list_counts(), "conflicts": selectors.list_conflicts()}
    return show(request, "exchange/lists.html", context)


@staff(CATALOGUE_VIEW)
@require_safe
def lines(request: HttpRequest, kind: str) -> HttpResponseBase:
    """One list."""
    if kind not in LISTINGS:
        raise NotFound("list_not_found")
    context = {"may_edit_catalogue": bool(viewer_of(request).reach(CATALOGUE_EDIT))}
    return list_page(request, LISTINGS[kind], template="exchange/lines.html", context=context)


@staff(CATALOGUE_EDIT)
@require_http_methods(["GET", "POST"])
def create_line(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a line."""
    if kind not in LISTINGS:
        raise NotFound("list_not_found")
    return _edit(request, kind, None)


@staff(CATALOGUE_VIEW)
@require_http_methods(["GET", "POST"])
def edit_line(request: HttpRequest, number: str) -> HttpResponse:
    """Change a line, or take it off the list."""
    line = selectors.get_line(viewer_of(request), number)
    return _edit(request, line.kind, line)


def _edit(request: HttpRequest, kind: str, line: Any) -> HttpResponse:
    viewer = viewer_of(request)
    orgs = [(o.code, o.name) for o in selectors.editable_orgs(viewer)]
    initial = _initial(line) if line else {}
    form = ListLineForm(
        request.POST or None, initial=initial, orgs=orgs or [(line.org.code, line.org.name)] if line else orgs
    )
    if form.is_valid():
        retire = "retire" in request.POST
        with attempt(form):
            services.save_line(
                actor=viewer,
                kind=kind,
                number=line.number if line else "",
                spec=services.LineSpec(**form.cleaned_data),
                is_active=not retire,
                now=clock.now(),
            )
            return redirect("exchange:lines", kind)
    context = {
        "form": form,
        "line": line,
        "kind": kind,
        "kind_name": ListKind(kind).label,
        "may_edit": bool(orgs) and (line is None or viewer.may(CATALOGUE_EDIT, line.org.path)),
        "title": _("修改清单条目") if line else _("新增清单条目"),
    }
    return show(request, "exchange/line.html", context, status=422 if form.errors else 200)


def _initial(line: Any) -> dict[str, Any]:
    words = {name: getattr(line, name) for name in ("name", "content", "purpose", "basis")}
    return words | {"org": line.org.code, "resource": line.resource.number if line.resource else ""}
