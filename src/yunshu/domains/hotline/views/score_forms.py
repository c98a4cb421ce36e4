"""Pages of score forms: versions, drafting, putting to use."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yunshu.domains.hotline.contracts import QUALITY_MANAGE
from yunshu.domains.hotline.forms_quality import LinesForm, NewForm
from yunshu.domains.hotline.selectors import quality as selectors
from yunshu.domains.hotline.services import score_forms as services
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(QUALITY_MANAGE)
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """All versions; begins a new one."""
    form = NewForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            made = services.draft(actor=viewer_of(request), now=clock.now(), **form.cleaned_data)
            return redirect("hotline:score_form", made.pk)
    context = {"rows": selectors.score_forms(), "form": form}
    return show(request, "hotline/quality/forms.html", context, status=422 if form.errors else 200)


@staff(QUALITY_MANAGE)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, key: int) -> HttpResponse:
    """One version: its items; a draft can be changed and put to use."""
    viewer = viewer_of(request)
    row = selectors.score_forms().filter(pk=key).first()
    if row is None:
        raise NotFound("form_not_found")
    if request.POST.get("verb") == "use":
        with attempt() as step:
            services.put_to_use(actor=viewer, form_id=key)
            messages.success(request, _("已启用，旧版次停用；以后抽样用新版次。"))
        if step.refusal is not None:
            messages.error(request, str(step.refusal))
        return redirect("hotline:score_form", key)
    written = "\n".join(f"{item.name} | {item.points} | {item.guide}".rstrip(" |") for item in row.items.all())
    form = LinesForm(request.POST or None, initial={"lines": written})
    if form.is_valid():
        with attempt(form, otherwise="lines"):
            services.save_lines(actor=viewer, form_id=key, lines=_lines(form.cleaned_data["lines"]))
            messages.success(request, _("已保存。"))
            return redirect("hotline:score_form", key)
    context = {"row": row, "items": row.items.all(), "form": form, "sum": sum(item.points for item in row.items.all())}
    return show(request, "hotline/quality/form.html", context, status=422 if form.errors else 200)


def _lines(rows: list[tuple[str, int, str]]) -> list[Any]:
    return [services.Line(name=name, points=points, is_veto=points == 0, guide=guide) for name, points, guide in rows]
