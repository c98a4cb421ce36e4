"""Pages of how it runs: live, the history of a target, the month's report, the days' digests."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from yunshu.domains.operations import drawing, reporting
from yunshu.domains.operations.choices import Condition
from yunshu.domains.operations.contracts import TARGET_VIEW
from yunshu.domains.operations.selectors import figures, targets
from yunshu.domains.operations.selectors import live as selectors
from yunshu.domains.operations.selectors.holding import STAGE_NAMES
from yunshu.domains.operations.services import heartbeats
from yunshu.lib.availability import Span
from yunshu.lib.kernel import clock
from yunshu.lib.samples import SegmentDamaged
from yunshu.lib.ui.access import public, staff, viewer_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.lists.export import csv_response, xlsx_response
from yunshu.lib.ui.pages import show

LONGEST_DAYS = 3 * 366
POINTS, STRETCHES, SAMPLES = 480, 200, 500
SEALS = Listing(
    name="seals",
    title=_l("监测日档"),
    rows=selectors.visible_seals,
    default_sort="-day",
    columns=(
        Column("day", _l("日期"), kind="day", sort="day"),
        Column("kind", _l("类别"), kind="choice", sort="kind"),
        Column("file", _l("文件")),
        Column("targets", _l("对象数"), kind="number", sort="targets"),
        Column("samples", _l("样本数"), kind="number", sort="samples"),
        Column("size", _l("字节数"), kind="number", sort="size"),
        Column("sm3", "SM3"),
        Column("record", _l("存证编号")),
        Column("sha256", "SHA-256", hidden=True),
        Column("replaces", _l("取代的文件（SHA-256）"), hidden=True),
    ),
    filters=(
        Search("file", "sm3", "sha256", "record"),
        Choice("kind", _l("类别"), selectors.SEAL_KINDS),
        DateRange("day", _l("日期")),
    ),
    empty_title=_l("还没有封存的日档"),
    empty_text=_l("监测运行后，每天的样本在次日（UTC）封存，摘要写入存证账本。"),
)


@staff(TARGET_VIEW)
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """What is down and since when, what is not known, who looks, the map of what needs what."""
    viewer, now = viewer_of(request), clock.now()
    board = selectors.board(viewer)
    nodes = [
        drawing.Node(
            number=row.number,
            name=row.name,
            kind=row.kind,
            condition=targets.condition_of(row),
            url=reverse("operations:target", args=[row.number]),
            needs=board.needs.get(row.number, ()),
        )
        for row in board.drawn
    ]
    context = {"board": board, "picture": drawing.network(nodes), "now": now, "vantages": selectors.vantages(now)}
    context["stage_names"] = {code: _(name) for code, name in STAGE_NAMES.items()}
    return show(request, "operations/live.html", context, part="board")


@staff(TARGET_VIEW)
@require_safe
def history(request: HttpRequest, number: str) -> HttpResponseBase:
    """One target over any period: state band, latencies, intervals, bounds; on request what sample counting would have said."""
    viewer, now = viewer_of(request), clock.now()
    row = targets.get_target(viewer, number)
    starts_on, ends_on, period = _period(request, now)
    context: dict[str, Any] = {
        "row": row,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "now": now,
        "zooms": _zooms(row, now),
        "period": period,
    }
    if period.end > period.start:
        try:
            found = figures.figure(row, period)
            if request.GET.get("format") in {"csv", "xlsx"}:
                return _stretches_file(request, found, request.GET["format"])
            context |= _pictures(found) | _samples(request, found)
        except SegmentDamaged as error:
            context["damaged"] = str(error)
    if request.GET.get("counting") and "figure" in context:
        context["answers"] = reporting.counting(context["figure"])
    return show(request, "operations/history.html", context)


def _pictures(found: figures.Figure) -> dict[str, Any]:
    chart = figures.store().read(found.target.number, found.period, points=POINTS, policy=found.policy)
    stretches = reporting.stretches(found.line)
    return {
        "figure": found,
        "band": drawing.band(found.line),
        "whole_band": drawing.band(found.whole) if found.own is not None and found.whole != found.own else "",
        "latency": drawing.latencies(chart) if any(p.mean_ms is not None for p in chart.points) else "",
        "stretches": stretches[-STRETCHES:][::-1],
        "stretch_count": len(stretches),
        "zoom": {"samples": _("单次样本"), "minutes": _("每分钟"), "hours": _("每小时")}[chart.zoom],
    }


def _samples(request: HttpRequest, found: figures.Figure) -> dict[str, Any]:
    """Return single samples of the interval that was opened (``at``: a second)."""
    at = request.GET.get("at", "")
    if not at.isdigit() or not found.period.start <= int(at) < found.period.end:
        return {}
    one = next(s for s in found.line.stretches if s.start <= int(at) < s.end)
    around = Span(max(one.start - 120, 0), min(one.end + 120, one.start + 86_400))
    taken = list(figures.store().samples(found.target.number, around))[: SAMPLES + 1]
    return {
        "opened": one,
        "samples": [(datetime.fromtimestamp(s.at, UTC), s) for s in taken[:SAMPLES]],
        "more": len(taken) > SAMPLES,
    }


def _stretches_file(request: HttpRequest, found: figures.Figure, form: str) -> HttpResponseBase:
    rows = reporting.stretch_rows(found.line)
    name = f"{found.target.number}-{found.period.start}"
    return csv_response(request, rows, name) if form == "csv" else xlsx_response(rows, name, found.target.name)


def _period(request: HttpRequest, now: datetime) -> tuple[date, date, Span]:
    """Return the days asked for (``from``, ``to``), or the last hours (``hours``); yesterday and today where nothing is."""
    today = clock.city_date(now)
    hours = request.GET.get("hours", "")
    if hours.isdigit() and 0 < int(hours) <= LONGEST_DAYS * 24:
        end = int(now.timestamp())
        return today - timedelta(hours=int(hours)), today, Span(end - int(hours) * 3600, end)
    ends_on = _day(request.GET.get("to", "")) or today
    starts_on = _day(request.GET.get("from", "")) or ends_on - timedelta(days=1)
    starts_on = max(min(starts_on, ends_on), ends_on - timedelta(days=LONGEST_DAYS))
    return starts_on, ends_on, figures.days(starts_on, ends_on, now)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zooms(row: Any, now: datetime) -> list[tuple[str, str]]:
    """Return the usual periods with their addresses."""
    today = clock.city_date(now)
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    base = reverse("operations:target_history", args=[row.number])
    spans = [
        (_("本月"), first, today),
        (_("上月"), before.replace(day=1), before),
        (_("今年"), today.replace(month=1, day=1), today),
    ]
    hours = [(_("1 小时"), 1), (_("24 小时"), 24), (_("7 天"), 168)]
    return [(name, f"{base}?hours={n}") for name, n in hours] + [
        (name, f"{base}?from={a}&to={b}") for name, a, b in spans
    ]


@staff(TARGET_VIEW)
@require_safe
def report(request: HttpRequest) -> HttpResponseBase:
    """The month: every target's bounds beside its promise and contract."""
    viewer, now = viewer_of(request), clock.now()
    asked = _day(f"{request.GET.get('month', '')}-01") or clock.city_date(now).replace(day=1)
    starts_on, ends_on = figures.month(asked)
    seen = list(targets.visible_targets(viewer))
    lines, blanks = reporting.month(seen, starts_on, ends_on, now), reporting.unwatched(seen)
    if request.GET.get("format") in {"csv", "xlsx"}:
        rows: Iterator[Any] = reporting.rows(lines, blanks)
        title = _("运行月报")
        name = f"{title}-{asked:%Y-%m}"
        return csv_response(request, rows, name) if request.GET["format"] == "csv" else xlsx_response(rows, name, name)
    before, after = starts_on - timedelta(days=1), ends_on + timedelta(days=1)
    context = {
        "lines": lines,
        "blanks": blanks,
        "month": starts_on,
        "before": before,
        "after": after if after <= clock.city_date(now) else None,
        "conditions": Condition,
    }
    return show(request, "operations/report.html", context)


@staff(TARGET_VIEW)
@require_safe
def seals(request: HttpRequest) -> HttpResponseBase:
    """The digests of every sealed day."""
    return list_page(request, SEALS)


@csrf_exempt
@public
@require_POST
def heartbeat(request: HttpRequest, secret: str) -> HttpResponse:
    """A target reports by itself; its secret is all it needs."""
    heartbeats.hear(secret=secret, now=clock.now())
    return HttpResponse(status=204)
