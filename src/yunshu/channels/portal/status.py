"""运行状态 — which public services work now, and their last thirty days."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from yunshu.domains.operations import api as operations
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import public
from yunshu.lib.ui.pages import show


@public
@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """What citizens may know of how services run; figures of the last thirty days, unknown time said to be so."""
    now = clock.now()
    targets = operations.public_status(now)
    down = [t for t in targets if t.condition == "down"]
    return show(request, "portal/status.html", {"targets": targets, "down": down, "now": now})
