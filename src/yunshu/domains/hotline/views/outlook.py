"""未诉先办: what to expect of each class of matters in the next weeks, and which lay above their band last week."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yunshu.domains.hotline.contracts import TICKET_DISPATCH
from yunshu.domains.hotline.selectors import outlook as selectors
from yunshu.domains.hotline.selectors.outlook import AHEAD, SHOWN, Line
from yunshu.domains.hotline.selectors.pages import divisions
from yunshu.domains.hotline.services.weeks import monday_of
from yunshu.lib.kernel import clock
from yunshu.lib.radar.weeks import FEWEST
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.lists.export import csv_response, xlsx_response
from yunshu.lib.ui.pages import show


@staff(TICKET_DISPATCH)
@require_safe
def outlook(request: HttpRequest) -> HttpResponseBase:
    """The table, one class as a chart, and the export."""
    viewer, monday = viewer_of(request), monday_of(clock.city_date(clock.now()))
    choices = divisions()[1:]
    division = request.GET.get("division", "")
    division = division if division in dict(choices) else ""
    found = selectors.lines(viewer, division, monday)
    if (form := request.GET.get("format")) in ("csv", "xlsx"):
        name = _("未诉先办")
        records = _records(found)
        return csv_response(request, records, name) if form == "csv" else xlsx_response(records, name, name)
    topic = request.GET.get("topic")
    chosen = next((line for line in found if line.topic == topic), found[0] if found else None)
    context: dict[str, Any] = {
        "lines": found,
        "divisions": [("", _("全市")), *choices],
        "division": division,
        "chosen": chosen,
        "chart": _chart(chosen) if chosen else None,
        "last": monday - timedelta(weeks=1),
        "fewest": FEWEST,
    }
    return show(request, "hotline/smart/outlook.html", context)


def _chart(line: Line) -> Chart:
    known = line.counts[-SHOWN:]
    first = line.first + timedelta(weeks=len(line.counts) - len(known))
    weeks = [first + timedelta(weeks=at) for at in range(len(known) + (AHEAD if line.ahead else 0))]
    blank: list[float | int | None] = [None] * (len(known) - 1)
    last: list[float | int | None] = [line.expected.mean if line.expected else None]
    series = [Series(_("实际"), [*known, *[None] * len(line.ahead)])]
    if line.ahead:
        low: list[float | int | None] = [line.expected.low if line.expected else None]
        high: list[float | int | None] = [line.expected.high if line.expected else None]
        series += [
            Series(
                _("预计"),
                [round(v, 1) if v is not None else None for v in [*blank, *last, *(w.mean for w in line.ahead)]],
            ),
            Series(_("区间下限"), [*blank, *low, *(w.low for w in line.ahead)]),
            Series(_("区间上限"), [*blank, *high, *(w.high for w in line.ahead)]),
        ]
    return Chart(
        title=line.topic or _("未分类"),
        labels=[f"{week:%m-%d}" for week in weeks],
        series=series,
        kind="line",
        unit=_("件/周"),
        label_head=_("周一"),
    )


def _records(found: Sequence[Line]) -> Iterator[Sequence[Any]]:
    head = [_("一级分类"), _("已有周数"), _("上周"), _("预计"), _("区间下限"), _("区间上限"), _("超出区间")]
    for at in range(1, AHEAD + 1):
        name = _("后 %(n)s 周") % {"n": at}
        head += [f"{name} {part}" for part in (_("预计"), _("区间下限"), _("区间上限"))]
    yield head
    for line in found:
        week = line.expected
        known = [round(week.mean, 1), week.low, week.high] if week else ["", "", ""]
        ahead = [figure for each in line.ahead for figure in (round(each.mean, 1), each.low, each.high)]
        above = _("是") if line.is_above else _("否")
        yield [line.topic or _("未分类"), line.weeks, line.last, *known, above if week else "", *ahead]
