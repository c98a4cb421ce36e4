"""Pages of every reference list, the same for all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted, Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import list_page
from yunshu.lib.ui.lists.keyset import slice_of
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.reference import records, transfer
from yunshu.lib.ui.reference.declaration import ReferenceList, get_list, lists

JSON_PAGE = 200


def may_see_any(viewer: Any) -> bool:
    """Say whether the viewer may open at least one list."""
    return any(viewer.may(one.view) for one in lists())


def _opened(request: HttpRequest, slug: str) -> ReferenceList:
    reference = get_list(slug)
    viewer_of(request).require(reference.view)
    return reference


@staff()
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All lists this viewer may open."""
    viewer = viewer_of(request)
    return show(request, "ui/reference/index.html", {"lists": [one for one in lists() if viewer.may(one.view)]})


@staff()
@require_GET
def records_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One list, or its export."""
    reference = _opened(request, slug)
    context = {"reference": reference, "may_edit": viewer_of(request).may(reference.edit)}
    return list_page(request, reference.listing, template="ui/reference/list.html", context=context)


@staff()
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Show, change or (without ``pk``) add a record, with its history beside it."""
    reference = _opened(request, slug)
    viewer = viewer_of(request)
    found = records.get_record(reference, pk) if pk is not None else None
    may_edit = viewer.may(reference.edit)
    if found is None and not may_edit:
        raise NotPermitted("not_permitted", _("需要“%(name)s”权限。") % {"name": reference.edit.name})
    form = records.form_class(reference)(instance=found)
    if request.method == "POST":
        form = records.save(reference, viewer, request.POST, clock.now(), pk=pk)
        if form.is_valid():
            messages.success(request, _("已保存。"))
            return redirect(reference.record_url(form.instance))
    context = {
        "reference": reference,
        "record": found,
        "form": form,
        "may_edit": may_edit,
        "facts": records.facts(reference, found) if found else [],
        "is_retired": bool(found and reference.retire_field and not getattr(found, reference.retire_field)),
        "version": request.POST.get("_version") or (records.version_of(reference, found) if found else ""),
        "history": records.history(reference, found) if found else [],
    }
    return show(request, "ui/reference/record.html", context, status=422 if form.errors else 200)


@staff()
@require_POST
def retire(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Retire a record, or restore it (``restore`` in the form)."""
    reference = _opened(request, slug)
    retired = "restore" not in request.POST
    found = records.set_retired(reference, viewer_of(request), pk, clock.now(), retired=retired)
    messages.success(request, _("已停用，可以随时恢复。") if retired else _("已恢复使用。"))
    return redirect(reference.record_url(found))


@staff()
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Upload, look at what would happen row by row, confirm."""
    reference = _opened(request, slug)
    viewer = viewer_of(request)
    viewer.require(reference.edit)
    trial, asking = None, attempt()
    with asking:
        if "sealed" in request.POST:
            done = transfer.write(reference, viewer, transfer.unseal(reference, request.POST["sealed"]), clock.now())
            words = {"new": done.count("new"), "changed": done.count("changed")}
            messages.success(request, _("导入完成：新增 %(new)s 条，修改 %(changed)s 条。") % words)
            return redirect(reference.url)
        if request.method == "POST":
            trial = transfer.try_out(reference, transfer.read(reference, _uploaded(request)))
    context = {
        "reference": reference,
        "trial": trial,
        "refusal": asking.refusal,
        "errors": [asking.refusal.message] if asking.refusal else [],
    }
    return show(request, "ui/reference/import.html", context, status=422 if asking.refusal else 200)


def _uploaded(request: HttpRequest) -> Any:
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused("file_missing", _("请先选择文件。"))
    return upload


@staff()
@require_GET
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The list as JSON, a page at a time; ``next`` is the cursor for ``?after=``."""
    reference = _opened(request, slug)
    listing = reference.listing
    page = slice_of(
        listing.narrowed(viewer_of(request), request.GET), "pk", JSON_PAGE, after=request.GET.get("after", "")
    )
    fields = [reference.field(name) for name in listing_names(reference)]
    items = [{f.name: f.value_from_object(row) for f in fields} for row in page.rows]
    return JsonResponse({"items": items, "next": page.next}, json_dumps_params={"ensure_ascii": False})


def listing_names(reference: ReferenceList) -> list[str]:
    """Return the names of all fields of a list, the state last."""
    return [
        *reference.fields,
        *([reference.retire_field] if reference.retire_field not in ("", *reference.fields) else []),
    ]
