"""公开承诺 — approved performance promises and what became of them, for anybody."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from yunshu.domains.evaluation import api as evaluation
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import public
from yunshu.lib.ui.pages import show


@public
@require_GET
def promises(request: HttpRequest) -> HttpResponse:
    """Every approved table with how many of its promises are measured and kept."""
    return show(request, "portal/promises.html", {"tables": evaluation.promises(clock.city_date(clock.now()))})


@public
@require_GET
def promise(request: HttpRequest, number: str) -> HttpResponse:
    """One approved table: goals, tasks with amounts, each promise beside its newest measured value."""
    return show(request, "portal/promise.html", {"table": evaluation.promise(number, clock.city_date(clock.now()))})
