"""The small pages of the interface itself: preferences, the installable app, the offline page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from yunshu.lib.ui.access import public
from yunshu.lib.ui.city import city
from yunshu.lib.ui.prefs import COOKIE_AGE_S, PREFERENCES


@public
@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keep what the visitor prefers (theme, size, contrast, density, language) in cookies and go back."""
    chosen = {f"ui_{p.name}": v for p in PREFERENCES if (v := request.POST.get(p.name)) in p.options}
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        chosen[settings.LANGUAGE_COOKIE_NAME] = language
    response = redirect(_way_back(request))
    for name, value in chosen.items():
        response.set_cookie(name, str(value), COOKIE_AGE_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def _way_back(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()) else "/"


@public
@require_GET
@cache_control(max_age=3600, public=True)
def manifest(_request: HttpRequest) -> HttpResponse:
    """The description that lets a phone install the portal."""
    name = city().portal_name or city().name or _("政务服务")
    body = {
        "name": name,
        "short_name": name[:6],
        "lang": "zh-Hans",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#f4f6f9",
        "theme_color": "#1b4b86",
        "icons": [
            {"src": static("ui/mark-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("ui/mark-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
        ],
    }
    return JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@public
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps public pages for reading without a connection; it lives at the root."""
    return render(request, "ui/sw.js", content_type="text/javascript")


@public
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown when there is no connection: the pages read last."""
    return render(request, "ui/offline.html")
