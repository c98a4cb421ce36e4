"""The page on which a second person decides what is set aside of the evaluation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.hotline.contracts import JUDGE
from yunshu.domains.hotline.selectors import judging as selectors
from yunshu.domains.hotline.services import judging
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, tell_done
from yunshu.lib.ui.pages import show

LATEST = 50


@staff(JUDGE)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits, and what was decided last."""
    return _page(request)


def _page(request: HttpRequest, refusal: Exception | None = None) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        "waiting": selectors.waiting_judgements(viewer),
        "answered": selectors.visible_judgements(viewer).exclude(state="open")[:LATEST],
        "refusal": refusal,
    }
    return show(request, "hotline/figures/judgements.html", context, status=422 if refusal else 200)


@staff(JUDGE)
@require_POST
def answer(request: HttpRequest, judgement_id: int) -> HttpResponse:
    """Grant or deny."""
    with attempt() as step:
        judging.answer(
            actor=viewer_of(request),
            judgement_id=judgement_id,
            grants=request.POST.get("verb") == "grant",
            words=request.POST.get("words", "")[:300],
            now=clock.now(),
        )
        tell_done(request, label("同意") if request.POST.get("verb") == "grant" else label("不同意"))
        return redirect("hotline:judgements")
    return _page(request, step.refusal)
