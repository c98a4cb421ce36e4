"""Addresses of the hotline for other cities' and companies' programs: Open311 GeoReport v2, under ``/open311/``."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from yunshu.domains.hotline.open311 import DESK
from yunshu.lib import georeport
from yunshu.lib.georeport import Fault, Format
from yunshu.lib.ui.access import public
from yunshu.lib.ui.throttle import Throttle

app_name = "georeport"
ASKED = Throttle("open311", 300, 60)
"""How often one address may ask; ours."""


def _opened(pattern: URLPattern) -> URLPattern:
    view = pattern.callback

    def limited(request: HttpRequest, how: Format, **named: str) -> HttpResponse:
        if ASKED.count(request.META.get("REMOTE_ADDR", "")):
            answer: HttpResponse = view(request, how=how, **named)
            return answer
        refused = georeport.refusal(how, Fault(429, "too many requests from this address, wait a minute"))
        refused["Retry-After"] = str(ASKED.seconds)
        return refused

    limited.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    pattern.callback = public(limited)
    return pattern


urlpatterns = [_opened(pattern) for pattern in georeport.urls(DESK)]
