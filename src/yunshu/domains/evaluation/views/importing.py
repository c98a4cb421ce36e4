"""Import: upload, see what was understood beside the source, correct, save."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import TABLE_EDIT, Severity
from yunshu.domains.evaluation.forms import UploadForm
from yunshu.domains.evaluation.sheets import read_any
from yunshu.domains.evaluation.standing import findings_of
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show

CELL = "cell:"


@staff(TABLE_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file and keep it for review."""
    choices = selectors.orgs_to_fill(viewer_of(request))
    form = UploadForm(request.POST or None, request.FILES or None, choices=choices)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with attempt(form):
            draft = services.keep_import(
                actor=viewer_of(request),
                org_code=form.cleaned_data["org"],
                source=file.name,
                content=file.read(),
                now=clock.now(),
            )
            return redirect("evaluation:review_import", draft.number)
    return show(request, "evaluation/upload.html", {"form": form}, status=422 if form.errors else 200)


@staff(TABLE_EDIT)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, number: str) -> HttpResponse:
    """Show what was understood cell by cell; settle doubts, correct cells, save."""
    draft = selectors.get_import(viewer_of(request), number)
    if draft.table:
        return redirect("evaluation:table", draft.table.number)
    saving = attempt()
    if request.method == "POST":
        with saving:
            typed = _typed(request, bytes(draft.content), draft.source)
            draft = services.correct_import(actor=viewer_of(request), number=number, corrections=typed)
            if "save" in request.POST:
                table = services.finish_import(
                    actor=viewer_of(request),
                    number=number,
                    reason=request.POST.get("reason", ""),
                    now=clock.now(),
                )
                return redirect("evaluation:table", table.number)
    reading = read_any(bytes(draft.content), draft.source, draft.corrections)
    findings = findings_of(reading.form) if reading.form else ()
    existing = selectors.table_of_year(draft.org_id, reading.form.year) if reading.form else None
    context = {
        "draft": draft,
        "reading": reading,
        "findings": [(f, None) for f in findings],
        "errors": [f for f in findings if f.severity is Severity.ERROR],
        "existing": existing,
        "doubt_places": {d.place for d in reading.doubts},
        "refusal": saving.refusal,
        "step_names": [_("选择文件"), _("核对"), _("保存")],
    }
    return show(request, "evaluation/review.html", context, status=422 if saving.refusal else 200)


def _typed(request: HttpRequest, content: bytes, source: str) -> dict[str, str]:
    """Return the cells whose text a person changed against the source."""
    sent = {name.removeprefix(CELL): str(value) for name, value in request.POST.items() if name.startswith(CELL)}
    original = {c.place: c.text for c in read_any(content, source).cells}
    return {place: text for place, text in sent.items() if text.strip() and text != original.get(place, "")}
