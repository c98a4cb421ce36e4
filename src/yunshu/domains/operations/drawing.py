"""Pictures drawn on the server, as the pages' security policy wants them (classes, no styles): a state band, latencies, the map.

Colours come from ``operations.css``; every picture stands beside a table or a list that says the same in words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yunshu.domains.operations.choices import Condition, condition_word
from yunshu.lib.availability import State, StateLine
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.samples import Chart
from yunshu.lib.ui.charts import nice_top

WIDTH, LEFT, RIGHT = 960, 56, 8
BAND_H, CHART_H, TOP, BOTTOM = 34, 220, 12, 26
WORST = (State.DOWN, State.UNKNOWN, State.DEGRADED, State.MAINT, State.UP, State.NOT_IN_SERVICE)
RANK = {state: n for n, state in enumerate(WORST)}
DAY_S, DAY_W = 86_400, 10


def band(line: StateLine, *, title: str = "") -> SafeString:
    """Draw a state line: of several states within one pixel the worst is shown, so that a short outage stays visible."""
    pixels = WIDTH - LEFT - RIGHT
    worst = _worst(line, pixels)
    said = title or _("状态带")
    parts = [f'<svg viewBox="0 0 {WIDTH} {BAND_H + BOTTOM}" role="img" aria-label="{escape(said)}">']
    start = 0
    for n in range(1, pixels + 1):
        if n == pixels or worst[n] is not worst[start]:
            name = Condition(worst[start].value).label
            parts.append(
                f'<rect class="state-{worst[start].value}" x="{LEFT + start}" y="0" width="{n - start}" height="{BAND_H}"><title>{escape(name)}</title></rect>'
            )
            start = n
    parts += _ticks(line.start, line.end, BAND_H + 18)
    return mark_safe("".join([*parts, "</svg>"]))  # noqa: S308 - every text is escaped above


def days(found: Sequence[tuple[str, str]]) -> SafeString:
    """Draw one bar for each day: (what it says, its state)."""
    width = len(found) * DAY_W
    said = _("最近各天的状态")
    parts = [f'<svg viewBox="0 0 {width} 28" role="img" aria-label="{escape(said)}">']
    for n, (text, state) in enumerate(found):
        parts.append(
            f'<rect class="state-{escape(state)}" x="{n * DAY_W}" y="0" width="{DAY_W - 2}" height="28" rx="2"><title>{escape(text)}</title></rect>'
        )
    return mark_safe("".join([*parts, "</svg>"]))  # noqa: S308 - every text is escaped above


def _worst(line: StateLine, pixels: int) -> list[State]:
    """Return the worst state of each pixel."""
    length = max(line.end - line.start, 1)
    out = [State.NOT_IN_SERVICE] * pixels
    for one in line.stretches:
        first = (one.start - line.start) * pixels // length
        last = max(first, ((one.end - line.start) * pixels - 1) // length)
        for n in range(first, min(last, pixels - 1) + 1):
            if RANK[one.state] < RANK[out[n]]:
                out[n] = one.state
    return out


def latencies(chart: Chart) -> SafeString:
    """Draw how long answers took: the mean as a line, least to greatest as an area; a gap where none came."""
    known = [p.max_ms for p in chart.points if p.max_ms is not None]
    top = nice_top(max(known, default=0))
    height, length = CHART_H - TOP - BOTTOM, max(chart.end - chart.start, 1)

    def x(at: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(at - chart.start, 0), length) / length

    def y(ms: float) -> float:
        return TOP + height - height * ms / top

    said = _("响应时间（毫秒）")
    parts = [f'<svg viewBox="0 0 {WIDTH} {CHART_H}" role="img" aria-label="{escape(said)}">']
    for n in range(5):
        at = y(top * n / 4)
        parts.append(f'<path class="{"svg-grid" if n else "svg-axis"}" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(
            f'<text class="svg-text" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{top * n / 4:,.6g}</text>'
        )
    for run in _runs(chart):
        upper = "L".join(f"{x(p.at):.1f} {y(p.max_ms or 0):.1f}" for p in run)
        lower = "L".join(f"{x(p.at):.1f} {y(p.min_ms or 0):.1f}" for p in reversed(run))
        parts.append(f'<path class="latency-range" d="M{upper}L{lower}Z"/>')
        mean = "L".join(f"{x(p.at):.1f} {y(p.mean_ms or 0):.1f}" for p in run)
        parts.append(f'<path class="svg-line svg-1" d="M{mean}"/>')
    parts += _ticks(chart.start, chart.end, CHART_H - 6)
    return mark_safe("".join([*parts, "</svg>"]))  # noqa: S308 - numbers and escaped texts only


def _runs(chart: Chart) -> Iterator[list]:  # type: ignore[type-arg]
    run = []
    for point in chart.points:
        if point.mean_ms is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _ticks(start: int, end: int, y: int) -> list[str]:
    """Return the words under the axis: hours within two days, else dates."""
    out, length = [], max(end - start, 1)
    form = "%H:%M" if length <= 2 * DAY_S else "%m-%d" if length <= 200 * DAY_S else "%Y-%m"
    for n in range(7):
        at = start + length * n // 6
        text = datetime.fromtimestamp(at, CITY_ZONE).strftime(form)
        anchor = "start" if n == 0 else "end" if n == 6 else "middle"
        x = LEFT + (WIDTH - LEFT - RIGHT) * n / 6
        out.append(f'<text class="svg-text" x="{x:.0f}" y="{y}" text-anchor="{anchor}">{text}</text>')
    return out


@dataclass(frozen=True, kw_only=True)
class Node:
    """One box of the map."""

    number: str
    name: str
    kind: str
    condition: str
    url: str
    needs: Sequence[str] = ()


BOX_W, BOX_H, GAP_X, GAP_Y, SHOWN, SWEEPS = 184, 44, 72, 14, 24, 4


def network(nodes: Sequence[Node]) -> SafeString:
    """Draw what needs what, from left (what is needed) to right; nothing if there is nothing to draw."""
    if not nodes:
        return mark_safe("")
    columns = _columns(nodes)
    places = {
        node.number: (GAP_Y + column * (BOX_W + GAP_X), GAP_Y + row * (BOX_H + GAP_Y))
        for column, found in columns.items()
        for row, node in enumerate(found)
    }
    said = _("依赖关系图")
    width = GAP_Y * 2 + (max(columns) + 1) * BOX_W + max(columns) * GAP_X
    height = GAP_Y + max(len(found) for found in columns.values()) * (BOX_H + GAP_Y)
    parts = [
        f'<svg class="network" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" aria-label="{escape(said)}">'
    ]
    parts += [_edge(places[up], places[node.number]) for node in nodes for up in node.needs if up in places]
    parts += [_box(node, *places[node.number]) for node in nodes]
    return mark_safe("".join([*parts, "</svg>"]))  # noqa: S308 - every text is escaped


def _columns(nodes: Sequence[Node]) -> dict[int, list[Node]]:
    """Return the boxes column by column, each beside the middle of what it is tied to, so that few lines cross."""
    depth = _depths({n.number: n.needs for n in nodes})
    columns: dict[int, list[Node]] = {}
    for node in nodes:
        columns.setdefault(depth[node.number], []).append(node)
    ties: dict[str, set[str]] = {n.number: set() for n in nodes}
    for node in nodes:
        for up in node.needs:
            if up in ties:
                ties[node.number].add(up)
                ties[up].add(node.number)
    for _turn in range(SWEEPS):
        for column in (*sorted(columns), *sorted(columns, reverse=True)):
            row = {n.number: place for found in columns.values() for place, n in enumerate(found)}
            columns[column].sort(key=lambda n: (_middle([row[t] for t in ties[n.number]], row[n.number]), n.number))
    return columns


def _middle(rows: Sequence[int], own: int) -> float:
    return sum(rows) / len(rows) if rows else float(own)


def _depths(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    depth: dict[str, int] = {}

    def of(number: str) -> int:
        if number not in depth:
            depth[number] = 1 + max((of(up) for up in needs[number] if up in needs), default=-1)
        return depth[number]

    for number in needs:
        of(number)
    return depth


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1, x2, y2 = start[0] + BOX_W, start[1] + BOX_H // 2, end[0], end[1] + BOX_H // 2
    middle = (x1 + x2) // 2
    return f'<path class="network-edge" d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _box(node: Node, x: int, y: int) -> str:
    name = _short(node.name)
    state = condition_word(node.condition)
    return (
        f'<a href="{escape(node.url)}"><g><title>{escape(node.name)} · {escape(state)}</title>'
        f'<rect class="network-box box-{escape(node.condition)}" x="{x}" y="{y}" width="{BOX_W}" height="{BOX_H}" rx="6"/>'
        f'<text class="network-name" x="{x + 10}" y="{y + 19}">{escape(name)}</text>'
        f'<text class="network-state" x="{x + 10}" y="{y + 36}">{escape(state)}</text></g></a>'
    )


def _short(name: str) -> str:
    """Return a name that fits a box: a Chinese character is as wide as two Latin ones."""
    wide, out = 0, ""
    for each in name:
        wide += 2 if each > "\u2e7f" else 1
        if wide > SHOWN:
            return f"{out}…"
        out += each
    return out


def words(seconds: int) -> str:
    """Return a length of time in words: days, hours, minutes, seconds, the two largest."""
    span = timedelta(seconds=seconds)
    units = (
        (span.days, _("天")),
        (span.seconds // 3600, _("小时")),
        (span.seconds // 60 % 60, _("分")),
        (span.seconds % 60, _("秒")),
    )
    shown = [f"{n} {unit}" for n, unit in units if n][:2]
    return " ".join(shown) or f"0 {units[-1][1]}"
