"""A flow diagram: sources on the left, targets on the right, bands as thick as what flows; an SVG whose styles are classes.

Written here for the reason that ``charts`` gives: the pages' security policy refuses styles in attributes. The figures
themselves stand in the page's table; the picture is for the eye and hidden from screen readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, LABEL, BAR, GAP, THINNEST, ROW = 880, 250, 10, 14, 3.0, 22
MOST_LINES = 60


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One band."""

    source: str
    target: str
    weight: float
    warns: bool = False


def diagram(flows: Sequence[Flow]) -> SafeString:
    """Return the picture; empty for no flows. The heaviest are drawn, ``MOST_LINES`` at most."""
    drawn = sorted(flows, key=lambda each: -each.weight)[:MOST_LINES]
    if not drawn:
        return mark_safe("")
    top = max(each.weight for each in drawn) or 1
    thick = {id(each): max(THINNEST, 26 * each.weight / top) for each in drawn}
    left = _column([each.source for each in drawn], [thick[id(each)] for each in drawn])
    right = _column([each.target for each in drawn], [thick[id(each)] for each in drawn])
    height = max(column[-1][2] for column in (list(left.values()), list(right.values()))) + GAP
    parts = [
        f'<svg class="flows" viewBox="0 0 {WIDTH} {height:.0f}" aria-hidden="true" focusable="false">',
        *_bands(drawn, thick, left, right),
        *_labels(left, LABEL - 8, "end"),
        *_labels(right, WIDTH - LABEL + 8, "start"),
        "</svg>",
    ]
    return mark_safe("".join(parts))  # noqa: S308 - every text is escaped below


Place = tuple[str, float, float]


def _column(names: Sequence[str], widths: Sequence[float]) -> dict[str, Place]:
    """Return where each name's bar begins and ends, in the order of first mention."""
    total: dict[str, float] = {}
    for name, width in zip(names, widths, strict=True):
        total[name] = total.get(name, 0.0) + width
    places: dict[str, Place] = {}
    y = float(GAP)
    for name, width in total.items():
        places[name] = (name, y, y + width)
        y += max(width, ROW) + GAP
    return places


def _bands(
    flows: Sequence[Flow], thick: dict[int, float], left: dict[str, Place], right: dict[str, Place]
) -> list[str]:
    used: dict[tuple[str, str], float] = {}
    parts = []
    for flow in flows:
        width = thick[id(flow)]
        ends = []
        for side, column, name in (("l", left, flow.source), ("r", right, flow.target)):
            begin = column[name][1] + used.get((side, name), 0.0)
            used[side, name] = used.get((side, name), 0.0) + width
            ends.append(begin + width / 2)
        one, two, middle = LABEL + BAR, WIDTH - LABEL - BAR, WIDTH / 2
        path = f"M{one} {ends[0]:.1f} C{middle} {ends[0]:.1f} {middle} {ends[1]:.1f} {two} {ends[1]:.1f}"
        kind = "flow flow-late" if flow.warns else "flow"
        parts.append(f'<path class="{kind}" d="{path}" stroke-width="{width:.1f}" fill="none"/>')
    return parts


def _labels(column: dict[str, Place], x: float, anchor: str) -> list[str]:
    bar = x + 8 if anchor == "end" else x - 8 - BAR
    parts = []
    for name, begin, end in column.values():
        parts.append(f'<rect class="flow-bar" x="{bar}" y="{begin:.1f}" width="{BAR}" height="{end - begin:.1f}"/>')
        middle = (begin + end) / 2
        parts.append(
            f'<text class="flow-name" x="{x}" y="{middle:.1f}" dy="0.35em" text-anchor="{anchor}">{escape(name)}</text>'
        )
    return parts
