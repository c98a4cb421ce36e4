"""Flow diagrams: bands as thick as what flows, stages that share a column, nothing that a name could break."""

import re
import xml.etree.ElementTree as ET

from yunshu.lib.ui.flows import THICKEST, THINNEST, Flow, diagram


def flow(source: str, target: str, weight: float) -> Flow:
    return Flow(source=source, target=target, weight=weight)


def widths(svg: str) -> list[float]:
    return [float(found) for found in re.findall(r'stroke-width="([\d.]+)"', svg)]


def test_bands_are_as_thick_as_what_flows() -> None:
    assert widths(diagram([flow("a", "x", 10), flow("b", "x", 5), flow("c", "x", 0)])) == [
        THICKEST, THICKEST / 2, THINNEST,
    ]  # fmt: skip


def test_stages_share_a_column_and_count_for_themselves() -> None:
    svg = diagram([flow("a", "middle", 3)], [flow("middle", "x", 9_000_000), flow("middle", "y", 0)])
    tree = ET.fromstring(svg)
    names = [text.text for text in tree.iter("text")]
    assert names == ["a", "middle", "x", "y"]
    assert widths(svg)[:2] == [THICKEST, THICKEST]
    bars = {name: float(bar.get("x", "")) for name, bar in zip(names, tree.iter("rect"), strict=True)}
    assert bars["a"] < bars["middle"] < bars["x"] == bars["y"]


def test_nothing_flows_and_names_are_text() -> None:
    assert diagram() == diagram([]) == ""
    assert ET.fromstring(diagram([flow("<b>&", '"x"', 1)])).findtext("text") == "<b>&"
