"""Barriers to people with disabilities on a drawn page: axe-core's rules, its Chinese messages (WCAG 2.0 and 2.1, levels A and AA).

axe-core (MPL-2.0) comes from npm when the project is set up, into ``vendor`` beside this module. What it finds is certain by its
own account (``violations``); what it asks a person to judge (``incomplete``) is left out.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yunshu.lib.crawl.fetch import Fetched

if TYPE_CHECKING:
    from yunshu.lib.crawl.render import Renderer

VENDOR = Path(__file__).parent / "vendor"
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
MOST_ELEMENTS = 5
_RUN = """async () => {
  const options = {resultTypes: ['violations'], runOnly: {type: 'tag', values: %s}, rules: %s};
  const {violations} = await axe.run(document, options);
  return violations.map(({id, impact, help, tags, nodes}) => ({
    id, impact: impact || '', help, tags, count: nodes.length,
    elements: nodes.slice(0, %d).map(node => [node.target.join(' '), node.html.slice(0, 300)]),
  }));
}"""


@dataclass(frozen=True)
class Barrier:
    """A rule that a page breaks. ``help`` is axe's Chinese sentence; ``elements`` are the first: (CSS selector, HTML).

    ``criteria`` are WCAG's numbers without points: ``143`` is 1.4.3.
    """

    rule: str
    impact: str
    help: str
    criteria: tuple[str, ...]
    count: int
    elements: tuple[tuple[str, str], ...]


def installed() -> bool:
    """Say whether axe-core stands here."""
    return all((VENDOR / name).is_file() for name in ("axe.min.js", "axe.zh_CN.json"))


async def barriers(renderer: "Renderer", came: Fetched, *, but: Collection[str] = ()) -> list[Barrier] | None:
    """Return the rules that a page which came breaks, without those named in ``but``; None if it could not be drawn."""
    rules = {name: {"enabled": False} for name in but}
    run = _RUN % (json.dumps(LEVELS), json.dumps(rules), MOST_ELEMENTS)
    found = await renderer.evaluated(came, [*_axe(), run])
    try:
        return None if found is None else [_barrier(each) for each in found]
    except (KeyError, TypeError, ValueError):  # a page's own script put something in axe's place
        return None


@cache
def _axe() -> tuple[str, str]:
    locale = json.loads((VENDOR / "axe.zh_CN.json").read_text(encoding="utf-8"))
    return (VENDOR / "axe.min.js").read_text(encoding="utf-8"), f"() => axe.configure({json.dumps({'locale': locale})})"


def _barrier(found: Mapping[str, Any]) -> Barrier:
    return Barrier(
        rule=str(found["id"])[:60],
        impact=str(found["impact"])[:20],
        help=str(found["help"])[:300],
        criteria=tuple(str(tag)[4:20] for tag in found["tags"] if str(tag)[4:].isdigit()),
        count=int(found["count"]),
        elements=tuple((str(target)[:300], str(html)[:300]) for target, html in found["elements"][:MOST_ELEMENTS]),
    )
