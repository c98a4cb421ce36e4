"""A flow diagram: columns from left to right, bands between them as thick as what flows; an SVG whose styles are classes.

Written here for the reason that ``charts`` gives: the pages' security policy refuses styles in attributes. The figures
themselves stand in the page's table; the picture is for the eye and hidden from screen readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, LABEL, BAR, GAP, THINNEST, THICKEST, ROW = 880, 250, 10, 14, 3.0, 26, 22
MOST_LINES = 60


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One band."""

    source: str
    target: str
    weight: float
    warns: bool = False


@dataclass(frozen=True)
class _Bar:
    """One name in one column: where its bar stands, and how high."""

    x: float
    y: float
    height: float


def diagram(*stages: Sequence[Flow]) -> SafeString:
    """Return the picture; empty for no flows.

    Each stage leads from one column to the next; two stages share the column of the first's targets and the second's
    sources; thickness is by the heaviest flow of its own stage. The heaviest flows of a stage are drawn, ``MOST_LINES`` at most.
    """
    drawn = [sorted(flows, key=lambda each: -each.weight)[:MOST_LINES] for flows in stages]
    if not any(drawn):
        return mark_safe("")
    tops = [
        max((each.weight for each in flows), default=0) or 1 for flows in drawn
    ]  # stages may count different things
    columns = [_column(drawn, tops, number) for number in range(len(drawn) + 1)]
    height = max((bar.y + bar.height for column in columns for bar in column.values()), default=0) + GAP
    parts = [f'<svg class="flows" viewBox="0 0 {WIDTH} {height:.0f}" aria-hidden="true" focusable="false">']
    for number, flows in enumerate(drawn):
        parts += _bands(flows, columns[number], columns[number + 1], tops[number])
    for number, column in enumerate(columns):
        parts += _labels(column, number, len(columns) - 1)
    return mark_safe("".join([*parts, "</svg>"]))  # noqa: S308 - every text is escaped below


def _thick(flow: Flow, top: float) -> float:
    return max(THINNEST, THICKEST * flow.weight / top)


def _column(stages: Sequence[Sequence[Flow]], tops: Sequence[float], number: int) -> dict[str, _Bar]:
    """Return the bars of a column, in the order of first mention; each as high as the greater of what comes and what goes."""
    comes: dict[str, float] = {}
    goes: dict[str, float] = {}
    for flow in stages[number - 1] if number else ():
        comes[flow.target] = comes.get(flow.target, 0.0) + _thick(flow, tops[number - 1])
    for flow in stages[number] if number < len(stages) else ():
        goes[flow.source] = goes.get(flow.source, 0.0) + _thick(flow, tops[number])
    last = len(stages)
    x = LABEL + (WIDTH - 2 * LABEL - BAR) * number / last
    inner = 0 < number < last
    bars: dict[str, _Bar] = {}
    y = float(GAP)
    for name in {**comes, **goes}:
        height = max(comes.get(name, 0.0), goes.get(name, 0.0))
        y += ROW if inner else 0  # its name stands above it
        bars[name] = _Bar(x, y, height)
        y += max(height, ROW) + GAP
    return bars


def _bands(flows: Sequence[Flow], left: dict[str, _Bar], right: dict[str, _Bar], top: float) -> list[str]:
    used: dict[tuple[str, str], float] = {}
    parts = []
    for flow in flows:
        width = _thick(flow, top)
        ends = []
        for side, column, name in (("l", left, flow.source), ("r", right, flow.target)):
            ends.append(column[name].y + used.get((side, name), 0.0) + width / 2)
            used[side, name] = used.get((side, name), 0.0) + width
        one, two = left[flow.source].x + BAR, right[flow.target].x
        middle = (one + two) / 2
        path = (
            f"M{one:.0f} {ends[0]:.1f} C{middle:.0f} {ends[0]:.1f} {middle:.0f} {ends[1]:.1f} {two:.0f} {ends[1]:.1f}"
        )
        kind = "flow flow-late" if flow.warns else "flow"
        parts.append(f'<path class="{kind}" d="{path}" stroke-width="{width:.1f}" fill="none"/>')
    return parts


def _labels(column: dict[str, _Bar], number: int, last: int) -> list[str]:
    parts = []
    for name, bar in column.items():
        middle = bar.y + bar.height / 2
        if number == 0:
            x, y, anchor = bar.x - 8, middle, "end"
        elif number == last:
            x, y, anchor = bar.x + BAR + 8, middle, "start"
        else:
            x, y, anchor = bar.x + BAR / 2, bar.y - ROW / 2, "middle"
        parts.append(
            f'<rect class="flow-bar" x="{bar.x:.0f}" y="{bar.y:.1f}" width="{BAR}" height="{bar.height:.1f}"/>'
            f'<text class="flow-name" x="{x:.0f}" y="{y:.1f}" dy="0.35em" text-anchor="{anchor}">{escape(name)}</text>'
        )
    return parts
