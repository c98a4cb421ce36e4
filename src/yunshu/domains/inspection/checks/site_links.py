"""链接不可用 (国办秘函〔2019〕19号, part 2, 可用性: points for each address, home page and others [R]).

Only addresses that spaced checks found dead count; one that a firewall keeps from us is not dead (sheet C).
"""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found

MOST_PAGES = 100


def conclude(view: SiteView, site: SiteCard, _kit: Kit) -> Iterator[Found]:
    """Yield each dead address once, with the pages that lead to it, the home page first."""
    dead = {url for url, verdict in view.links.items() if verdict.counts}
    if not dead:
        return
    on: dict[str, list[PageFacts]] = {}
    words: dict[str, str] = {}
    for page in sorted(view.pages, key=lambda one: (one.role != "home", one.url)):
        for url, text, _, _ in page.facts.get("links", ()):
            if url in dead and page not in on.setdefault(url, []):
                on[url].append(page)
                words.setdefault(url, text)
    for url, pages in on.items():
        verdict = view.links[url]
        named = f"“{words[url]}”" if words[url] else ""
        yield on_site(
            Check.LINK_DEAD,
            site,
            key=url,
            words=f"链接{named}不可用：{url}",
            url=pages[0].url,
            place="home" if pages[0].role == "home" else "body",
            detail={
                "link": url,
                "verdict": verdict.verdict,
                "reason": verdict.detail,
                "checks": verdict.checks,
                "pages": [page.url for page in pages[:MOST_PAGES]],
                "page_count": len(pages),
                "on_home": pages[0].role == "home",
            },
        )
