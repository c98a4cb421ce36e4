"""Pages of organisations: the tree, one organisation, adding, editing, retiring."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import ORG_EDIT, ORG_VIEW
from yunshu.domains.directory.forms import OrgForm
from yunshu.domains.directory.services.organisations import OrgSpec
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

MOST_FOUND = 100


@staff(ORG_VIEW)
@require_GET
def orgs(request: HttpRequest) -> HttpResponse:
    """The tree, opened level by level; a search gives a flat list."""
    query = request.GET.get("q", "").strip()
    found = selectors.matching_orgs(viewer_of(request), query)[:MOST_FOUND] if query else []
    context = {
        "query": query,
        "found": found,
        "top": [] if query else _branches(request, list(selectors.top_orgs(viewer_of(request)))),
        "may_edit": viewer_of(request).may(ORG_EDIT),
    }
    return show(request, "directory/orgs.html", context, part="tree")


def _branches(request: HttpRequest, top: list[Any]) -> list[tuple[Any, Any]]:
    """Open a single root at once: its first level is what people come for."""
    only = len(top) == 1
    return [(org, selectors.child_orgs(viewer_of(request), org.code) if only else None) for org in top]


@staff(ORG_VIEW)
@require_GET
def org_children(request: HttpRequest, code: str) -> HttpResponse:
    """One level of the tree."""
    context = {
        "org": selectors.get_org(viewer_of(request), code),
        "branches": selectors.child_orgs(viewer_of(request), code),
    }
    return show(request, "directory/org_children.html", context, part="level")


@staff(ORG_VIEW)
@require_GET
def org(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: facts, what is below, people, posts, roles given here."""
    row = selectors.get_org(viewer_of(request), code)
    context = {
        "org": row,
        "above": selectors.ancestors(viewer_of(request), row),
        "branches": selectors.child_orgs(viewer_of(request), code),
        "people": selectors.visible_people(viewer_of(request)).filter(org=row),
        "posts": row.posts.select_related("person").order_by("-starts_on"),
        "assignments": selectors.visible_assignments(viewer_of(request)).filter(org=row, revoked_at__isnull=True),
        "may_edit": viewer_of(request).may(ORG_EDIT, row.path),
    }
    return show(request, "directory/org.html", context)


@staff(ORG_EDIT)
@require_http_methods(["GET", "POST"])
def org_new(request: HttpRequest) -> HttpResponse:
    """Add an organisation, below another one if ``?parent=`` says so."""
    parents = selectors.visible_orgs(viewer_of(request)).filter(is_active=True)
    form = OrgForm(request.POST or None, parents=parents, initial={"parent_code": request.GET.get("parent", "")})
    if form.is_bound and selectors.code_taken(request.POST.get("code", "")):
        form.add_error("code", _("机构编码已被使用。"))
    if form.is_valid():
        with attempt(form):
            saved = services.save_org(actor=viewer_of(request), spec=OrgSpec(**form.cleaned_data))
            messages.success(request, _("已添加机构“%(name)s”。") % {"name": saved.name})
            return redirect("directory:org", saved.code)
    return show(request, "directory/org_form.html", {"form": form}, status=422 if form.errors else 200)


@staff(ORG_EDIT)
@require_http_methods(["GET", "POST"])
def org_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Edit an organisation."""
    row = selectors.get_org(viewer_of(request), code)
    viewer_of(request).require(ORG_EDIT, row.path)
    parents = selectors.visible_orgs(viewer_of(request)).filter(is_active=True).exclude(path__startswith=row.path)
    fields = ("code", "name", "short_name", "kind", "uscc", "division_code", "order")
    initial = {**{f: getattr(row, f) for f in fields}, "parent_code": row.parent.code if row.parent else ""}
    form = OrgForm(request.POST or None, parents=parents, fixed_code=True, initial=initial)
    if form.is_valid():
        spec = OrgSpec(**form.cleaned_data, is_sample=row.is_sample, is_active=row.is_active)
        with attempt(form):
            saved = services.save_org(actor=viewer_of(request), spec=spec)
            messages.success(request, _("已保存。"))
            return redirect("directory:org", saved.code)
    return show(request, "directory/org_form.html", {"form": form, "org": row}, status=422 if form.errors else 200)


@staff(ORG_EDIT)
@require_POST
def org_switch(request: HttpRequest, code: str) -> HttpResponse:
    """Retire an organisation, or bring it back."""
    row = selectors.get_org(viewer_of(request), code)
    fields = ("code", "name", "short_name", "kind", "division_code", "is_sample", "order")
    values: dict[str, Any] = {f: getattr(row, f) for f in fields}
    spec = OrgSpec(
        **values,
        uscc=row.uscc or "",
        parent_code=row.parent.code if row.parent else "",
        is_active=not row.is_active,
    )
    saved = services.save_org(actor=viewer_of(request), spec=spec)
    messages.success(request, _("机构已启用。") if saved.is_active else _("机构已停用。"))
    return redirect("directory:org", saved.code)
