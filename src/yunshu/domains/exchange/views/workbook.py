"""The catalogue as a workbook: export what is filtered, import in two steps."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, CATALOGUE_VIEW
from yunshu.domains.exchange.forms import EntryUploadForm
from yunshu.domains.exchange.services import importing
from yunshu.domains.exchange.sheets import guide
from yunshu.domains.exchange.views.catalogue import CATALOGUE
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists.export import XLSX
from yunshu.lib.ui.pages import show

MOST_EXPORTED = 2_000
LARGEST_BYTES = 20 * 1024 * 1024


@staff(CATALOGUE_VIEW)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the entries that the list shows now, in the guide's layout."""
    rows = list(CATALOGUE.narrowed(viewer_of(request), request.GET).order_by("code", "pk")[: MOST_EXPORTED + 1])
    if len(rows) > MOST_EXPORTED:
        raise Refused("too_many", _("一次最多导出 %(n)s 条目录，请缩小筛选范围。") % {"n": MOST_EXPORTED})
    entries = [selectors.coded_form(row) for row in rows]
    names = guide.Names(
        categories={c.code: c.name for c in selectors.categories()},
        orgs={row.org.code: row.org.name for row in rows},
        published={
            row.code: timezone.localtime(row.published_at).date().isoformat()
            for row in rows
            if row.code and row.published_at
        },
    )
    response = HttpResponse(guide.write(entries, names), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="catalogue-{clock.city_date(clock.now()):%Y%m%d}.xlsx"'
    return response


@staff(CATALOGUE_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Read a workbook, show what confirming would do, then do it."""
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request)
    form = EntryUploadForm(request.POST or None, request.FILES or None)
    context = {"form": form, "faults": (), "draft": None}
    if form.is_valid():
        with attempt(form):
            context |= _read(request, form.cleaned_data["file"])
    is_bad = bool(form.errors or context["faults"])
    return show(request, "exchange/upload.html", context, status=422 if is_bad else 200)


def _read(request: HttpRequest, file: object) -> dict[str, object]:
    size, name = getattr(file, "size", 0), str(getattr(file, "name", ""))
    if size > LARGEST_BYTES:
        raise Refused("too_large", _("文件超过 20 MB。"), where="file")
    reading = guide.read(file.read())  # type: ignore[attr-defined]
    if reading.faults:
        return {"faults": reading.faults[:200], "fault_count": len(reading.faults)}
    actor = viewer_of(request)
    draft = importing.keep_reading(actor=actor, reading=reading, file_name=name, now=clock.now())
    return _planned(request, draft.number)


def _planned(request: HttpRequest, number: str) -> dict[str, object]:
    actor = viewer_of(request)
    draft = importing.get_draft(actor, number)
    planned = importing.plan(actor, draft)
    return {"draft": draft, "planned": planned, "is_blocked": any(p.deed == "blocked" for p in planned)}


def _confirm(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("confirm", "")
    with attempt() as confirming:
        new, changed = importing.confirm(actor=viewer_of(request), number=number, now=clock.now())
        messages.success(
            request, _("已导入：新增 %(new)s 条，更新 %(changed)s 条。") % {"new": new, "changed": changed}
        )
        return redirect("exchange:catalogue")
    context = {"form": EntryUploadForm(), "faults": (), "refusal": confirming.refusal} | _planned(request, number)
    return show(request, "exchange/upload.html", context, status=422)
