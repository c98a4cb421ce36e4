"""Pages of figures: indicators of a period, side by side, graded units, and the tickets that were counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yunshu.domains.hotline.choices_figures import Dimension, Form, Grade, Listed
from yunshu.domains.hotline.contracts import CONFIGURE, FIGURES_VIEW, PHONE_ANSWER, PHONE_RIGHTS
from yunshu.domains.hotline.rules.figures import MOST_DAYS, Period, month_of
from yunshu.domains.hotline.selectors import figures as selectors
from yunshu.domains.hotline.selectors.call_lists import CallSearch
from yunshu.domains.hotline.selectors.counting import COUNTS, SOURCES
from yunshu.domains.hotline.selectors.figures import Figure, Question
from yunshu.domains.hotline.selectors.kb import takes_part
from yunshu.domains.hotline.selectors.kb_search import Recall
from yunshu.domains.hotline.selectors.tickets import reach_of
from yunshu.domains.hotline.views.calls import CALLS, MISSED
from yunshu.domains.hotline.views.kb import LISTING as ARTICLES
from yunshu.domains.hotline.views.tickets import COLUMNS
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.lists import Listing, list_page
from yunshu.lib.ui.lists.export import csv_response, xlsx_response
from yunshu.lib.ui.pages import show

MOST_DRAWN = 16
"""Groups of a chart; more are read in the table."""
FILTERS = tuple(Dimension)


def period_of(data: Mapping[str, str], today: date) -> Period:
    """Return the period that an address asks for; the month so far where it asks for none that makes sense."""
    try:
        asked = Period(first=date.fromisoformat(data.get("from", "")), last=date.fromisoformat(data.get("to", "")))
    except ValueError:
        return Period(first=month_of(today).first, last=today)
    fits = 0 < asked.days <= MOST_DAYS and asked.first.year > 2000
    return asked if fits else Period(first=month_of(today).first, last=today)


def question_of(request: HttpRequest) -> Question:
    """Return what an address asks, of the viewer's own sight."""
    now = clock.now()
    filters = {name.value: request.GET.get(name, "") for name in FILTERS}
    known = {name: chosen for name, chosen in filters.items() if chosen and selectors.is_known(name, chosen)}
    return Question(
        reach=reach_of(viewer_of(request)), period=period_of(request.GET, clock.city_date(now)), now=now, filters=known
    )


def address_of(asked: Question, **more: str) -> str:
    """Return the query that asks the same."""
    return urlencode({"from": asked.period.first, "to": asked.period.last, **asked.filters, **more})


def counted_url(code: str, asked: Question, **more: str) -> str:
    """Return where the tickets behind a count are listed."""
    return f"{reverse('hotline:counted', args=[code])}?{address_of(asked, **more)}"


@staff(FIGURES_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every indicator of a period beside the period before, and one of them side by side."""
    asked = question_of(request)
    chosen = selectors.get_indicator(request.GET.get("i") or "on_time") if selectors.indicators() else None
    dimensions = selectors.dimensions_of(chosen) if chosen else []
    by = next((name for name, _label in dimensions if name == request.GET.get("by")), "")
    by = by or next((name for name, _label in dimensions), Dimension.UNIT.value)
    found = selectors.totals(asked)
    groups = selectors.side_by_side(chosen, asked, by) if chosen else []
    names = selectors.names_of(by)
    rows = [(names.get(each.group, _("未标明")), each, _links(each, asked, by)) for each in groups]
    if request.GET.get("format") in {"csv", "xlsx"}:
        return _export(request, asked, found, [(name, each) for name, each, _l in rows])
    context = {
        "asked": asked,
        "before": asked.before.period,
        "figures": [(each, _links(each, asked)) for each in found],
        "chosen": chosen,
        "rows": rows,
        "chart": _chart(chosen, rows) if chosen and 0 < len(rows) <= MOST_DRAWN else None,
        "by": by,
        "filters": _filters(asked),
        "dimensions": dimensions,
        "query": address_of(asked, by=by, i=chosen.code if chosen else ""),
        "units_query": address_of(asked),
        "may_configure": bool(viewer_of(request).reach(CONFIGURE)),
        "counts": [(count, SOURCES[count.source]) for count in COUNTS.values()],
    }
    return show(request, "hotline/figures/index.html", context)


def _filters(asked: Question) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Return each filter: its name, label, what is chosen, what can be."""
    return [
        (name.value, str(name.label), asked.filters.get(name.value, ""), list(selectors.names_of(name).items()))
        for name in FILTERS
    ]


def _links(figure: Figure, asked: Question, by: str = "") -> dict[str, str]:
    """Return where both parts of a figure are listed."""
    more = {by: figure.group} if by and figure.group else {}
    if by and not figure.group:
        return {}
    row = figure.indicator
    return {
        "top": counted_url(row.numerator, asked, **more) if figure.numerator is not None else "",
        "bottom": counted_url(row.denominator, asked, **more)
        if row.denominator and figure.denominator is not None
        else "",
    }


def _chart(row: Any, rows: Sequence[tuple[str, Figure, Any]]) -> Chart:
    return Chart(
        title=str(row.name),
        labels=[name for name, _figure, _links in rows],
        series=[
            Series(_("本期"), [figure.value for _name, figure, _links in rows]),
            Series(_("上期"), [figure.before for _name, figure, _links in rows]),
        ],
        unit={Form.COUNT: _("件"), Form.MEAN: _("秒")}.get(row.form, "%"),
        label_head=_("分组"),
        horizontal=len(rows) > 8,
    )


def _export(
    request: HttpRequest, asked: Question, found: Sequence[Figure], groups: Sequence[tuple[str, Figure]]
) -> HttpResponseBase:
    title = _("热线指标 %(first)s 至 %(last)s") % {"first": asked.period.first, "last": asked.period.last}
    lines = _lines(
        [(str(each.indicator.name), "", each) for each in found] + [(str(f.indicator.name), n, f) for n, f in groups]
    )
    if request.GET["format"] == "csv":
        return csv_response(request, lines, title)
    return xlsx_response(lines, title, _("热线指标"))


def _lines(rows: Sequence[tuple[str, str, Figure]]) -> Iterator[Sequence[Any]]:
    yield [
        _("指标"),
        _("分组"),
        _("数值"),
        _("单位"),
        _("分子"),
        _("分母"),
        _("上期"),
        _("口径"),
        _("出处"),
        _("已核对原文"),
    ]
    for name, group, each in rows:
        row = each.indicator
        bottom = each.denominator if row.denominator else None
        yield [
            name, group, each.value, each.unit, each.numerator, bottom, each.before, row.meaning, row.source, _("是") if row.verified else _("否"),
        ]  # fmt: skip


@staff(FIGURES_VIEW)
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """Every unit against the graded rules: grades, never places."""
    asked = question_of(request)
    indicators, cards = selectors.graded_units(asked)
    context = {
        "asked": asked,
        "indicators": [(row, row.grades) for row in indicators],
        "cards": cards,
        "grades": dict(Grade.choices),
        "query": address_of(asked),
    }
    return show(request, "hotline/figures/units.html", context)


@staff(FIGURES_VIEW)
@require_safe
def counted(request: HttpRequest, code: str) -> HttpResponseBase:
    """Exactly the tickets, calls or callers behind a count."""
    asked = question_of(request)
    selectors.counted_rows(code, asked)
    count = COUNTS[code]
    source = SOURCES[count.source]
    context = {
        "asked": asked,
        "query": address_of(asked),
        "source": source,
        "is_calls": source.lists in (Listed.CALLS, Listed.MISSED),
        "is_now": not source.moment,
        "is_each": source.desk or not source.ticket,
    }
    return list_page(request, _listing(request, code, asked), template="hotline/figures/counted.html", context=context)


def _listing(request: HttpRequest, code: str, asked: Question) -> Listing:
    lists = SOURCES[COUNTS[code].source].lists
    if lists == Listed.ARTICLES:
        return _articles(request, code, asked)
    return _tickets(code, asked) if lists == Listed.TICKETS else _calls(request, code, asked)


def _articles(request: HttpRequest, code: str, asked: Question) -> Listing:
    return replace(
        ARTICLES,
        name="hotline-counted-articles",
        title=COUNTS[code].name,
        rows=lambda _viewer: selectors.counted_articles(code, asked),
        filters=tuple(each for each in ARTICLES.filters if not isinstance(each, Recall)),
        row_url=ARTICLES.row_url if takes_part(viewer_of(request)) else None,
        empty_title=_("没有知识条目"),
        empty_text=_("没有计入的知识条目。"),
    )


def _tickets(code: str, asked: Question) -> Listing:
    return Listing(
        name="hotline-counted",
        title=COUNTS[code].name,
        rows=lambda _viewer: selectors.counted_tickets(code, asked),
        default_sort="-received_at",
        columns=COLUMNS,
        row_url=lambda row: reverse("hotline:ticket", args=[row.number]),
        empty_title=_("没有工单"),
        empty_text=_("这一时期没有计入的工单。"),
    )


def _calls(request: HttpRequest, code: str, asked: Question) -> Listing:
    """The list of calls, or of callers to be called back, numbers masked; no search by number, and a way on only for the telephones' people."""
    shape = CALLS if SOURCES[COUNTS[code].source].lists == Listed.CALLS else MISSED
    may_open = any(viewer_of(request).reach(right) for right in (PHONE_RIGHTS if shape is CALLS else (PHONE_ANSWER,)))
    return replace(
        shape,
        name=f"hotline-counted-{'calls' if shape is CALLS else 'missed'}",
        title=COUNTS[code].name,
        rows=lambda _viewer: selectors.counted_calls(code, asked),
        filters=tuple(each for each in shape.filters if not isinstance(each, CallSearch)),
        row_url=shape.row_url if may_open else None,
        empty_title=_("没有来电"),
        empty_text=_("这一时期没有计入的来电。"),
    )
