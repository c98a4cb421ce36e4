"""The telephones' row of the wall: names in the viewer's language, values with both parts, and where each is listed."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import FIGURES_VIEW, PHONE_SUPERVISE
from yunshu.domains.hotline.selectors.counting import COUNTS
from yunshu.domains.hotline.selectors.figures import indicators

NAMES = {
    "calls_in": _l("今日来电"),
    "call_connected": _l("接通率"),
    "call_in_time": _l("15 秒接通率"),
    "call_abandoned": _l("放弃率"),
    "call_wait": _l("平均等待"),
}
MINUTE = 60


def row(found: dict[str, Any] | None, links: dict[str, str]) -> list[dict[str, Any]]:
    """Return the row's cells, who waits first; none where there are no telephones."""
    if found is None:
        return []
    waiting = {
        "code": "waiting",
        "name": _("正在排队"),
        "value": found["waiting"],
        "note": _("最长 %(time)s") % {"time": _clock(found["longest_s"])} if found["waiting"] else "",
    }
    cells = [waiting, *(_cell(each) for each in found["figures"])]
    return [{**each, "link": links.get(f"call:{each['code']}", "")} for each in cells]


def _cell(each: dict[str, Any]) -> dict[str, Any]:
    is_known = each["value"] is not None
    is_mean = each["code"] == "call_wait"
    return {
        "code": each["code"],
        "name": NAMES[each["code"]],
        "value": each["value"],
        "unit": "%" if each["is_share"] and is_known else _("秒") if is_mean and is_known else "",
        "note": f"{each['top']:,} / {each['bottom']:,}" if each["is_share"] and is_known else "",
    }


def _clock(seconds: float) -> str:
    return f"{int(seconds) // MINUTE}:{int(seconds) % MINUTE:02d}"


def links(viewer: Viewer, today: str) -> dict[str, str]:
    """Return where the calls behind each cell are listed, for who may see them."""
    found = {}
    if viewer.may(FIGURES_VIEW):
        day = urlencode({"from": today, "to": today})
        found = {
            f"call:{each.code}": f"{reverse('hotline:counted', args=[each.numerator])}?{day}"
            for each in indicators()
            if each.code in NAMES and each.numerator in COUNTS
        }
    if viewer.reach(PHONE_SUPERVISE):
        found["call:waiting"] = reverse("hotline:phone_board")
    return found
