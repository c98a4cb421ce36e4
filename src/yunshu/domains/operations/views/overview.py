"""The operator's page of the platform itself: every part, how it is, since when, what to do; the way of one request; ``/metrics``."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from yunshu.domains.operations import platform
from yunshu.domains.operations.contracts import PLATFORM_VIEW
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.observe import figures, meters, steps
from yunshu.lib.probe.exposition import CONTENT_TYPE
from yunshu.lib.ui.access import public, staff
from yunshu.lib.ui.pages import show


@staff(PLATFORM_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every part of the platform, the troubled ones first."""
    now = clock.now()
    return show(request, "operations/overview.html", {"board": platform.board(now), "now": now}, part="board")


@staff(PLATFORM_VIEW)
@require_safe
def trace(request: HttpRequest) -> HttpResponse:
    """The way of one request through the house."""
    number = request.GET.get("number", "").strip()
    context: dict[str, object] = {"number": number}
    if number:
        try:
            context["steps"] = platform.way(steps.follow(number, settings.LOGS_FOLDER))
        except NotFound as error:
            context["unknown"] = error.message
    return show(request, "operations/trace.html", context, part="way")


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is measured, for Prometheus: for whoever has the token or asks from the monitoring host."""
    if not (_has_token(request) or _is_near(request)):
        raise NotFound("metrics_not_found")
    read = figures.exposition(figures.read_all(clock.now()))
    return HttpResponse(read + platform.probes_exposition() + meters.exposition(), content_type=CONTENT_TYPE)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")


def _is_near(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_FROM)
