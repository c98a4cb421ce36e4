"""A crawler for public pages: polite, safe, crash-proof; knows nothing of whose pages they are.

| to | call |
|---|---|
| ask for one page | ``async with Fetcher(manners, limits, reach) as fetcher: await fetcher.get(url)`` → ``Fetched`` |
| ask otherwise (POST, headers, conditional, the beginning only) | ``fetcher.fetch(Ask(url, …))`` |
| serve a made-up city on loopback | ``Reach(placed={"www.x.gov.cn": ("127.0.0.1", 8080)})`` |
| write an address in its one form | ``urls.canonical(href, base)``; whose it is: ``urls.same_site(url, hosts)`` |
| read a page | ``parse(body, content_type, url)`` → ``Page`` (title, meta, links, hidden, text, main, sha256, simhash) |
| date a page | ``published(page, listed_on=…)`` → ``Dated``; the dates on a list: ``listed(page, seen_on)`` |
| compare texts | ``simhash(text)``, ``distance(one, other)``, ``near(wanted, known, most)`` |
| make the frontier's tables in a migration | ``Frontier().create(cursor)`` |
| begin a crawl, see how far it is | ``frontier.begin(cursor, crawl, seeds, Scope(hosts), now)``, ``frontier.counts(cursor, crawl)`` |
| work | ``await Crawler(fetcher, frontier, transaction, keep, clock=…, work=Work()).run(stopped)`` |
| look at a link, judge it | ``await LinkLooker(fetcher).look(url, at)`` → ``Look``; ``judge(looks, Rhythm())`` → ``Judgement`` |
| keep evidence, read it back | ``with Archive(folder) as archive: archive.add(fetched, at)`` → ``Reference``; ``evidence.read(folder, reference)`` |
| let scripts fill a page | ``renderer_of(fetcher, program)`` (needs the extra ``render``); ``Crawler(…, drawing=Drawing(wants, renderer.draw))`` |
| find what bars people on a drawn page | ``await barriers.barriers(renderer, fetched)`` → ``Barrier`` each (axe-core) |
| read the Guangdong platform | ``Platform(fetcher, base)``: ``site()``, ``articles(column, sid)``, ``letters(site_id)`` |

``keep(cursor, crawled)`` is called once for each page, in the transaction that settles it in the frontier.
A failure to fetch is an answer (``Fetched.error``), never an exception.
"""

from yunshu.lib.crawl.browsers import renderer_of
from yunshu.lib.crawl.crawler import Crawled, Crawler, Drawing, Work
from yunshu.lib.crawl.dates import Dated, listed, published
from yunshu.lib.crawl.evidence import Archive, EvidenceDamaged, Reference
from yunshu.lib.crawl.fetch import Ask, Fetched, Fetcher, Limits, Reach
from yunshu.lib.crawl.frontier import Counts, Cursor, Frontier, Scope, Step
from yunshu.lib.crawl.gkmlpt import NotThisPlatform, Platform
from yunshu.lib.crawl.hashing import distance, near, simhash
from yunshu.lib.crawl.linklook import LinkLooker
from yunshu.lib.crawl.pace import Manners
from yunshu.lib.crawl.text import Link, Page, parse
from yunshu.lib.crawl.verdicts import Judgement, Look, Rhythm, Sign, Verdict, judge

__all__ = [
    "Archive",
    "Ask",
    "Counts",
    "Crawled",
    "Crawler",
    "Cursor",
    "Dated",
    "Drawing",
    "EvidenceDamaged",
    "Fetched",
    "Fetcher",
    "Frontier",
    "Judgement",
    "Limits",
    "Link",
    "LinkLooker",
    "Look",
    "Manners",
    "NotThisPlatform",
    "Page",
    "Platform",
    "Reach",
    "Reference",
    "Rhythm",
    "Scope",
    "Sign",
    "Step",
    "Verdict",
    "Work",
    "distance",
    "judge",
    "listed",
    "near",
    "parse",
    "published",
    "renderer_of",
    "simhash",
]
