"""Plants links: dead ones, and ones that only look dead; and the outside hosts they lead to.

How each address answers is named by a behaviour (see ``behaviours``): of a whole host outside, or of one address inside.
"""

from dataclasses import dataclass
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.hosts import REPORT_ELSEWHERE, WELL_KNOWN

# recipe, times: dead outside
_DEAD_OUTSIDE = (("nxdomain", 4), ("refused", 3), ("404", 4), ("soft404", 4), ("loop", 3), ("500", 2), ("410", 2))
_DEAD_INSIDE = (("404", 6), ("soft404", 3), ("410", 2), ("500", 2), ("empty", 3), ("loop", 2), ("missing_file", 4))
_ALIVE_OUTSIDE = (
    ("firewall_403", 4), ("firewall_always", 3), ("too_many", 3), ("head_405", 4), ("slow", 3), ("flapping", 3),
    ("chain", 3), ("challenge", 3), ("ok", 4),
)  # fmt: skip
_ALIVE_INSIDE = (("about_404", 3), ("head_405", 3), ("slow", 2), ("flapping", 2), ("chain", 2))
_NO_LINK = (
    ("fragment", "#content"), ("script", "javascript:void(0)"), ("mail", "mailto:box@office.example"), ("telephone", "tel:12345"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paths:
    """How hosts outside answer, and single addresses inside: ``outside[host]``, ``inside[url]`` -> behaviour."""

    outside: dict[str, str]
    inside: dict[str, str]


def plant_links(draft: Draft) -> Paths:
    """Put each kind of link into some text or home page."""
    rng, paths = draft.rng("links"), Paths(dict.fromkeys((*WELL_KNOWN, REPORT_ELSEWHERE), "ok"), {})
    for behaviour, times in _DEAD_OUTSIDE:
        for _ in range(times):
            _put(draft, rng, _outside(rng, paths, behaviour), f"outside_{behaviour}", innocent=False)
    for behaviour, times in _ALIVE_OUTSIDE:
        for _ in range(times):
            _put(draft, rng, _outside(rng, paths, behaviour), f"outside_{behaviour}", innocent=True)
    for behaviour, times in (*_DEAD_INSIDE, *_ALIVE_INSIDE):
        for _ in range(times):
            _inside(draft, rng, paths, behaviour, innocent=(behaviour, times) in _ALIVE_INSIDE)
    for recipe, href in _NO_LINK:
        _put(draft, rng, href, recipe, innocent=True)
    for _ in range(2):
        site, _, article = draft.take()
        href = f"/old/{draft.number()}.html"
        article.extra.append(f"<!-- <a href='{href}'>旧版</a> -->")
        draft.say("link_dead", site, article.path, "body", href, "in_comment", innocent=True)
    _friends(draft, rng, paths)
    return paths


def _outside(rng: Random, paths: Paths, behaviour: str) -> str:
    host = f"{pick(rng, ('www', 'news', 'info', 'data'))}.{pick(rng, 'abcdefgh')}{int(rng.random() * 1e6)}.example"
    paths.outside[host] = behaviour
    return f"http://{host}/page/{int(rng.random() * 1e5)}.html"


def _put(draft: Draft, rng: Random, href: str, recipe: str, *, innocent: bool) -> None:
    anchor = f'<a href="{href}">{pick(rng, ("相关链接", "原文链接", "延伸阅读", "查看详情"))}</a>'
    if rng.random() < 0.12:
        site = pick(rng, draft.lively)
        site.home_extra.append(f"<p>{anchor}</p>")
        draft.say("link_dead", site, "/", "home", href, recipe, innocent=innocent)
        return
    site, _, article = draft.take()
    article.extra.append(f"<p>{anchor}</p>")
    draft.say("link_dead", site, article.path, "body", href, recipe, innocent=innocent)


def _inside(draft: Draft, rng: Random, paths: Paths, behaviour: str, *, innocent: bool) -> None:
    soft = behaviour == "soft404"
    site, _, article = draft.take(lambda s, c, a: s.outlook.soft404 is soft or not soft)
    number = draft.number()
    end = {"missing_file": "docx", "empty": "xlsx"}.get(behaviour)
    href = f"/attachment/{number}.{end}" if end else f"/link/{number}.html"
    if not soft:
        paths.inside[site.url(href)] = "404" if behaviour == "missing_file" else behaviour
    article.extra.append(f'<p><a href="{href}">{pick(rng, ("相关文件", "附件下载", "查看原文"))}</a></p>')
    draft.say("link_dead", site, article.path, "body", href, f"inside_{behaviour}", innocent=innocent)


def _friends(draft: Draft, rng: Random, paths: Paths) -> None:
    """Let every home page point to the portal, a county and an outside site that is well."""
    portal, others = draft.sites[0], draft.lively[1:]
    for site in draft.sites:
        other = pick(rng, others)
        host = f"www.partner{int(rng.random() * 1e6)}.example"
        paths.outside[host] = "ok"
        site.friends += [(portal.name, portal.url("/")), (other.name, other.url("/")), ("合作单位", f"http://{host}/")]
