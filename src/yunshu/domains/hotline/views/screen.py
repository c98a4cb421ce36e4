"""The wall: a page of its own, dark, polled every second; it shows one set of figures and links only for those who may follow."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yunshu.domains.hotline.choices import Channel, Kind
from yunshu.domains.hotline.contracts import FIGURES_VIEW, SCREEN_VIEW
from yunshu.domains.hotline.menu import takes_part
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.services.screen import refreshed
from yunshu.domains.hotline.views import drawing, screen_calls
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.pages import show


@staff(SCREEN_VIEW)
@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The whole page; htmx asks for its inner part every second. ``?kiosk``: no way out, for the screen in the hall."""
    now = clock.now()
    kept = refreshed(now)
    found = kept.figures
    is_kiosk = "kiosk" in request.GET or not takes_part(viewer_of(request))
    names = {each["code"]: each["name"] for each in found["divisions"]}
    context = {
        "found": found,
        "made_at": kept.made_at,
        "is_kiosk": is_kiosk,
        "links": {} if is_kiosk else _links(found, by_figures=viewer_of(request).may(FIGURES_VIEW)),
        "calls": screen_calls.row(
            found.get("calls"), {} if is_kiosk else screen_calls.links(viewer_of(request), found["today"])
        ),
        "tiles": drawing.tiles(found["divisions"]),
        "legend": drawing.LEVELS,
        "trend": drawing.trend(found["trend"]),
        "stages": [{**each, "name": _state(each["code"])} for each in found["open"]["states"]],
        "channels": drawing.bars([{**each, "name": Channel(each["code"]).label} for each in found["channels"]]),
        "hot": drawing.bars(found["hot"]),
        "waiting": [_row(each, names) for each in found["waiting"]],
        "latest": [_row(each, names) for each in found["latest"]],
    }
    return show(request, "hotline/figures/screen.html", context, part="wall")


def _state(code: str) -> str:
    name = life.STATE_NAMES[code]
    return _(name)


def _row(each: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return a ticket of the set in the viewer's language."""
    return {
        **each,
        "kind": Kind(each["kind"]).label,
        "state": _state(each["state"]),
        "place": names.get(each["division"], ""),
        "late": timedelta(seconds=abs(each.get("late_s", 0))),
        "received_at": parse_datetime(each["at"]),
    }


def _links(found: dict[str, Any], *, by_figures: bool) -> dict[str, str]:
    """Return where each figure's tickets are listed; with the right to figures those of a period are exactly what was counted."""
    tickets = reverse("hotline:tickets")
    today, first = found["today"], found["trend"][0]["date"]

    def of_days(code: str, start: str, **more: str) -> str:
        if by_figures:
            return f"{reverse('hotline:counted', args=[code])}?{urlencode({'from': start, 'to': today, **more})}"
        return f"{tickets}?{urlencode({'received_at_from': start, 'received_at_to': today, **more})}"

    links = {f"state:{each['code']}": f"{tickets}?state={each['code']}" for each in found["open"]["states"]}
    links |= {f"channel:{c['code']}": of_days("received", today, channel=c["code"]) for c in found["channels"]}
    links |= {
        f"division:{d['code']}": f"{tickets}?open=1&division={d['code']}" for d in found["divisions"] if d["code"]
    }
    links |= {f"hot:{each['code']}": of_days("received", first, category=each["code"]) for each in found["hot"]}
    links |= {
        f"day:{each['date']}": f"{tickets}?{urlencode({'received_at_from': each['date'], 'received_at_to': each['date']})}"
        for each in found["trend"]
    }
    if by_figures:
        links |= {"direct": of_days("answered_direct", today), "closed": of_days("closed", today)}
    return links | {
        "open": f"{tickets}?open=1",
        "overdue": f"{tickets}?open=1&due=late&sort=due_at",
        "soon": f"{tickets}?open=1&due=soon&sort=due_at",
        "today": of_days("received", today),
        "tickets": tickets,
    }
