"""Targets as a sheet: export what is filtered, import in two steps."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.operations.contracts import TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.services import importing
from yunshu.domains.operations.views.targets import TARGETS
from yunshu.domains.operations.watch_forms import TargetUploadForm
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.reference.transfer import table_of

LARGEST_BYTES = 10 * 1024 * 1024


@staff(TARGET_VIEW)
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """Return the targets that the list shows now, in the sheet that the import reads."""
    rows = TARGETS.narrowed(viewer_of(request), request.GET).prefetch_related("needs__upstream").order_by("code")
    return xlsx_response(importing.sheet(list(rows[: importing.MOST_ROWS])), "targets", _("监测对象"))


@staff(TARGET_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Read a sheet, show what confirming would do, then do it."""
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request)
    form = TargetUploadForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        file = form.cleaned_data["file"]
        with attempt(form, otherwise="file"):
            if file.size > LARGEST_BYTES:
                raise Refused("too_large", _("文件超过 10 MB。"))
            verdicts, sealed = importing.try_out(viewer_of(request), importing.lines_of(table_of(file)), clock.now())
            context |= _shown(verdicts, sealed)
    is_bad = bool(form.errors) or bool(context.get("bad"))
    return show(request, "operations/target_import.html", context, status=422 if is_bad else 200)


def judged(request: HttpRequest, verdicts: list[importing.RowVerdict], sealed: str) -> HttpResponse:
    """Show what confirming would do, for rows that came another way."""
    context = {"form": TargetUploadForm()} | _shown(verdicts, sealed)
    return show(request, "operations/target_import.html", context, status=422 if context["bad"] else 200)


def _shown(verdicts: list[importing.RowVerdict], sealed: str) -> dict[str, object]:
    bad = [v for v in verdicts if v.outcome == "bad"]
    return {
        "verdicts": (bad or verdicts)[:500],
        "total": len(verdicts),
        "bad": len(bad),
        "sealed": "" if bad else sealed,
    }


def _confirm(request: HttpRequest) -> HttpResponse:
    with attempt() as confirming:
        verdicts = importing.write(viewer_of(request), importing.unseal(request.POST["confirm"]), clock.now())
        made = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in ("new", "changed")}
        messages.success(request, _("已导入：新增 %(new)s 条，更新 %(changed)s 条。") % made)
        return redirect("operations:targets")
    context = {"form": TargetUploadForm(), "refusal": confirming.refusal}
    return show(request, "operations/target_import.html", context, status=422)
