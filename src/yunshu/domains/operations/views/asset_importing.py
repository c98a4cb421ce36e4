"""Assets from a workbook in two steps: what would become of each row, then all of them or none."""

import itertools

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.operations.asset_forms import UploadForm
from yunshu.domains.operations.contracts import ASSET_EDIT
from yunshu.domains.operations.services import asset_importing as services
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.reference.transfer import table_of

LARGEST_BYTES = 10 * 1024 * 1024


@staff(ASSET_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Read a workbook, show what confirming would do, then do it."""
    viewer, confirming = viewer_of(request), attempt()
    form = UploadForm(request.POST or None, request.FILES or None)
    rows: list[services.Row] = []
    sealed = request.POST.get("sealed", "")
    if sealed:
        with confirming:
            count = services.import_assets(actor=viewer, records=services.unseal(sealed), now=clock.now())
            messages.success(request, _("已登记 %(n)s 件资产。") % {"n": count})
            return redirect("operations:assets")
        form = UploadForm()
    elif form.is_valid():
        file = form.cleaned_data["file"]
        with attempt(form):
            if file.size > LARGEST_BYTES:
                raise Refused("too_large", _("文件超过 10 MB。"), where="file")
            found = list(itertools.islice(table_of(file), services.MOST_ROWS + 2))
            rows, sealed = services.judge(viewer, found), services.seal(found)
    bad = [row for row in rows if row.faults]
    context = {"form": form, "rows": rows, "bad": bad[:200], "bad_count": len(bad), "sealed": sealed}
    context |= {"refusal": confirming.refusal}
    is_wrong = bool(bad or confirming.refusal or form.errors)
    return show(request, "operations/asset_import.html", context, status=422 if is_wrong else 200)


@staff(ASSET_EDIT)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """Return an empty workbook with the head that the import reads."""
    head = [str(label) for label in services.COLUMNS.values()]
    return xlsx_response(iter([head]), _("资产导入模板"), _("资产"))
