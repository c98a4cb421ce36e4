"""The made-up city as checks are given it: its pages rendered in memory, read by ``lib.crawl``, kept as facts. No network."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from yunshu.domains.inspection.checks import facts, page_privacy, roles
from yunshu.domains.inspection.checks.params import SHIPPED
from yunshu.domains.inspection.checks.seen import (
    ArticleCard,
    ColumnCard,
    Kit,
    LetterCard,
    LinkVerdict,
    PageFacts,
    Seen,
    SiteCard,
    SiteView,
)
from yunshu.domains.inspection.contracts import Found
from yunshu.lib import papers
from yunshu.lib.crawl import dates, gkmlpt, urls
from yunshu.lib.crawl.text import Page, parse
from yunshu.lib.synthetic.web import Ask, Seeded, Shape, WebCity

KINDS = {"county": "portal"}


@dataclass(frozen=True)
class Crawled:
    """A site's card and what a crawl of it saw."""

    card: SiteCard
    view: SiteView


def kit_of(city: WebCity) -> Kit:
    """Return the shipped rules, with the city's registered hosts known."""
    hosts = {host for site in city.sites for host in (*site.hosts, *site.aliases)}
    return Kit(params=SHIPPED, known_hosts=frozenset(hosts))


def crawled(city: WebCity, kit: Kit) -> list[Crawled]:
    """Return every site that answers, as the second visit sees it."""
    first, second = city.at(0), city.at(1)
    answering = [site for site in second.sites if not site.outlook.down]
    rows = {row["id_code"]: row for row in second.registry()["sites"]}
    verdicts = dead(second.truth())
    made = []
    for site in answering:
        card = _card(rows[site.code])
        old = set(first.urls(site.code))
        pages = {url: _read(second, url, scripted=site.shape is Shape.SCRIPT) for url in second.urls(site.code)}
        listed = _listed(pages.values(), second.now.date())
        view = SiteView(
            now=second.now,
            whole_before=city.visits[0],
            pages=[
                _facts(page, card, kit, second.now, city.visits[int(url not in old)], listed.get(page.url))
                for url, page in pages.items()
            ],
            links=verdicts,
            **_platform(second, site.host, card) if site.shape is Shape.GKMLPT else {},
        )
        made.append(Crawled(card, view))
    return made


def _card(row) -> SiteCard:
    columns = tuple(
        ColumnCard(url=c["url"], name=c["name"], kind=c["type"], promise_days=c["promise_days"], path=c["name"])
        for c in row["columns"]
    )
    return SiteCard(
        code=row["id_code"],
        name=row["name"],
        unit=row["unit"],
        kind=KINDS.get(row["kind"], row["kind"]),
        hosts=(row["host"], *row["aliases"]),
        home_url=row["url"],
        has_service_duty=row["service_duty"],
        columns=columns,
    )


def _asked(city: WebCity, url: str, **more: object):
    parts = urlsplit(url)
    return city.respond(Ask(host=parts.hostname or "", path=parts.path, query=parts.query, **more))


def _read(city: WebCity, url: str, *, scripted: bool) -> Page:
    """Return a page as a browser would have it: what its script fetches is put in."""
    reply = _asked(city, url)
    kind = dict(reply.headers).get("Content-Type", "")
    body = reply.body
    detail = gkmlpt.detail_of(body.decode("utf-8", "replace"))
    if detail:
        body = body.replace(b'class="content"></div>', f'class="content">{detail["content"]}</div>'.encode())
    app = LexborHTMLParser(body).css_first("#app") if scripted else None
    if app:
        source = app.attributes["data-src"] or ""
        inner = json.loads(_asked(city, urls.canonical(source, url) or "").body)["html"]
        body = body.replace(b"</noscript>", f"</noscript>{inner}".encode())
    return parse(body, kind, urls.canonical(url) or url)


def home_of(city: WebCity, host: str, kit: Kit, card: SiteCard, *, scripted: bool) -> PageFacts:
    """Return the facts of the home page that a host shows."""
    return _facts(_read(city, f"http://{host}/", scripted=scripted), card, kit, city.now, city.now, None)


def _listed(pages: Iterable[Page], today: date) -> dict[str, date]:
    found: dict[str, date] = {}
    for page in pages:
        if "columntype" in page.meta and "articletitle" not in page.meta:
            found |= dates.listed(page, today)
    return found


def _facts(page: Page, card: SiteCard, kit: Kit, at: datetime, first_at: datetime, listed: date | None) -> PageFacts:
    role = roles.of(page, card, len(dates.listed(page, at.date())))
    seen = Seen(
        url=page.url,
        status=200,
        headers={},
        at=at,
        page=page,
        role=role,
        dated=dates.published(page, listed_on=listed),
    )
    return PageFacts(url=page.url, role=role, at=at, first_at=first_at, facts=facts.of(seen, kit))


def _platform(city: WebCity, host: str, card: SiteCard):
    """Return articles and letters as the platform's interface gives them."""
    base = f"http://{host}"
    site = gkmlpt.site_of(_asked(city, f"{base}/gkmlpt/index").body.decode())
    articles = []
    for column in site.walk():
        page, rows = 1, [{}]
        while rows and not column.jump_url:
            answer = _asked(city, f"{base}/gkmlpt/api/all/{column.id}?page={page}&sid={site.sid}")
            rows = json.loads(answer.body).get("articles", []) if answer.status == 200 else []
            articles += [
                ArticleCard(
                    url=row.url,
                    title=row.title,
                    column=f"{base}/gkmlpt/index#{column.id}",
                    published_at=row.published_at,
                    related=row.related,
                )
                for row in map(gkmlpt.article_of, rows)
            ]
            page += 1
    form = {"cookie": "szxx_session=1"}
    answer = _asked(city, f"{base}/hdjlpt/letter/pubList", method="POST", headers=form, body="offset=0&limit=100")
    letters = [
        LetterCard(
            id=str(row["id"]),
            title=row["title"],
            url=row["url"],
            asked_at=gkmlpt.instant(row["created_at"]),
            replied_at=gkmlpt.instant(row["reply_time"]),
        )
        for row in (json.loads(answer.body)["data"] if answer.status == 200 else [])
    ]
    return {"articles": articles, "letters": letters}


def dead(truth: Iterable[Seeded]) -> dict[str, LinkVerdict]:
    """Return verdicts of the planted links, as spaced checks give them."""
    found = {}
    for row in truth:
        url = urls.canonical(row.words, row.url) if row.check == "link_dead" else None
        if url:
            verdict = "ok" if row.innocent else "dead"
            found[url] = LinkVerdict(url=url, verdict=verdict, checks=2, counts=not row.innocent)
    return found


def personal(city: WebCity, kit: Kit, reader: papers.Reader) -> Iterator[Found]:
    """Yield the personal data on all pages of a city and in all files that they lead to."""
    for card, page in _all(city):
        seen = _seen(page, city.now)
        yield from page_privacy.look(seen, card, kit)
        for link in page.links:
            paper = papers.read(_asked(city, link.url).body, reader=reader) if "/attachment/" in link.url else None
            for piece in paper.pieces if isinstance(paper, papers.Paper) else ():
                yield from page_privacy.in_text(
                    piece.text, replace(seen, url=link.url), card, kit, str(piece.at(0)), piece.context
                )


def _all(city: WebCity) -> Iterator[tuple[SiteCard, Page]]:
    rows = {row["id_code"]: _card(row) for row in city.registry()["sites"]}
    for site in city.sites:
        for url in city.urls(site.code) if not site.outlook.down else ():
            yield rows[site.code], _read(city, url, scripted=site.shape is Shape.SCRIPT)


def _seen(page: Page, at: datetime) -> Seen:
    return Seen(url=page.url, status=200, headers={}, at=at, page=page, role="article", dated=None)
