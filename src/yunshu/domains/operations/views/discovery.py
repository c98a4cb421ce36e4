"""Finding what could be watched; what is picked goes through the import's check."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from yunshu.domains.operations.contracts import TARGET_EDIT
from yunshu.domains.operations.selectors import targets as selectors
from yunshu.domains.operations.services import discovery, importing
from yunshu.domains.operations.views.importing import judged
from yunshu.domains.operations.watch_forms import DiscoveryForm
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(TARGET_EDIT)
@require_http_methods(["GET", "POST"])
def discover(request: HttpRequest) -> HttpResponse:
    """Ask addresses or a Prometheus, show what answers; then hand the picked ones to the import."""
    viewer = viewer_of(request)
    orgs = [(org.code, org.name) for org in selectors.editable_orgs(viewer)]
    form = DiscoveryForm(request.POST or None, orgs=orgs)
    context: dict[str, object] = {"form": form}
    with attempt(form):
        if "pick" in request.POST or "found" in request.POST:
            picks = request.POST.getlist("pick")
            lines = discovery.chosen(request.POST.get("found", ""), picks, request.POST.get("org", ""))
            return judged(request, *importing.try_out(viewer, lines, clock.now()))
        if form.is_valid():
            words = form.cleaned_data
            if words["prometheus"]:
                rows = discovery.from_prometheus(viewer, words["prometheus"])
            else:
                rows = discovery.swept(viewer, words["networks"], words["ports"], words["community"])
            context |= {"rows": rows, "found": discovery.seal(rows), "org": words["org"], "asked": True}
    return show(request, "operations/discover.html", context, status=422 if form.errors else 200)
