"""Charts: the figures, their table, and a static SVG for print and for pages without script.

The SVG is written here because the kept libraries (pygal, leather) put styles into attributes and
``<style>``, which the pages' security policy refuses; classes take their colours from the tokens.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 640, 272
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 16, 44


@dataclass(frozen=True)
class Series:
    """One row of figures; None where nothing was measured (a gap, never a zero)."""

    name: str
    values: Sequence[Decimal | float | int | None]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of kind ``bar``, ``line`` or ``pie``; ``target`` draws a dashed line at a promised value."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "bar"
    unit: str = ""
    label_head: str = ""
    target: Decimal | float | None = None
    horizontal: bool = False
    stacked: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The table behind the chart, one row a label."""
        return [{"label": text, "values": [s.values[i] for s in self.series]} for i, text in enumerate(self.labels)]

    @property
    def as_json(self) -> dict[str, Any]:
        """What the browser draws."""
        return {
            "kind": self.kind,
            "labels": [str(text) for text in self.labels],
            "series": [{"name": str(s.name), "values": [_plain(v) for v in s.values]} for s in self.series],
            "unit": self.unit,
            "target": _plain(self.target),
            "horizontal": self.horizontal,
            "stacked": self.stacked,
        }

    @property
    def svg(self) -> SafeString:
        """The same figures as a static picture (bars or lines; a pie is drawn as bars)."""
        return mark_safe("".join(_Picture(self).parts()))  # noqa: S308 - every text is escaped below


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def nice_top(largest: float) -> float:
    """Return the end of an axis that four equal steps divide into round figures."""
    if largest <= 0:
        return 4.0
    step: float = 10 ** math.floor(math.log10(largest / 4))
    return next(4 * step * m for m in (1, 2, 2.5, 5, 10) if 4 * step * m >= largest * 0.999999)


class _Picture:
    """Coordinates of one chart; y grows downwards."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        figures = [_plain(v) for s in chart.series for v in s.values] + [_plain(chart.target)]
        if chart.stacked:
            figures += [sum(_plain(s.values[i]) or 0 for s in chart.series) for i in range(len(chart.labels))]
        self.top = nice_top(max((f for f in figures if f is not None), default=0))
        self.band = (WIDTH - LEFT - RIGHT) / max(len(chart.labels), 1)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(value, 0) / self.top

    def parts(self) -> Iterator[str]:
        title = escape(self.chart.title)
        yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
        yield from self._grid()
        yield from self._lines() if self.chart.kind == "line" else self._bars()
        if self.chart.target is not None:
            at = self.y(float(self.chart.target))
            yield f'<path class="svg-target" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
        yield from self._legend()
        yield "</svg>"

    def _grid(self) -> Iterator[str]:
        for n in range(5):
            value = self.top * n / 4
            at = self.y(value)
            yield f'<path class="{"svg-grid" if n else "svg-axis"}" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
            yield f'<text class="svg-text" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{value:,.6g}</text>'
        every = math.ceil(len(self.chart.labels) / 12)
        for i, text in enumerate(self.chart.labels):
            if i % every == 0:
                x = LEFT + self.band * (i + 0.5)
                yield f'<text class="svg-text" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{escape(str(text)[:10])}</text>'

    def _bars(self) -> Iterator[str]:
        count = 1 if self.chart.stacked else max(len(self.chart.series), 1)
        width = min(self.band * 0.7 / count, 28)
        below = [0.0] * len(self.chart.labels)
        for n, series in enumerate(self.chart.series):
            for i, value in enumerate(series.values):
                if value is None:
                    continue
                shift = 0.0 if self.chart.stacked else (n - count / 2) * width + width / 2
                x = LEFT + self.band * (i + 0.5) + shift - width / 2
                y, height = self.y(below[i] + float(value)), self.y(0) - self.y(float(value))
                below[i] += float(value) if self.chart.stacked else 0
                yield f'<rect class="svg-bar svg-{n % 6 + 1}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2"/>'

    def _lines(self) -> Iterator[str]:
        for n, series in enumerate(self.chart.series):
            colour, path, pen = f"svg-{n % 6 + 1}", "", "M"
            for i, value in enumerate(series.values):
                if value is None:
                    pen = "M"
                    continue
                x, y = LEFT + self.band * (i + 0.5), self.y(float(value))
                path, pen = f"{path}{pen}{x:.1f} {y:.1f}", "L"
                yield f'<circle class="svg-dot {colour}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
            yield f'<path class="svg-line {colour}" d="{path}"/>' if path else ""

    def _legend(self) -> Iterator[str]:
        names = [str(s.name) for s in self.chart.series]
        if self.chart.target is not None:
            names.append(_("虚线：目标"))
        x = float(LEFT)
        for n, name in enumerate(names):
            if n < len(self.chart.series):
                yield f'<rect class="svg-bar svg-{n % 6 + 1}" x="{x:.0f}" y="{HEIGHT - 12}" width="10" height="10" rx="2"/>'
            yield f'<text class="svg-text" x="{x + 15:.0f}" y="{HEIGHT - 3}">{escape(name)}</text>'
            x += 34 + 12 * len(name)
