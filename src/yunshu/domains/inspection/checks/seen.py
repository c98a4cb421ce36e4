"""What checks are given: the site as it is registered, a page as it came, the facts of all pages, and the kit of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yunshu.lib.crawl.dates import Dated
from yunshu.lib.crawl.text import Page
from yunshu.lib.wording import Lexicon, Speller


@dataclass(frozen=True, kw_only=True)
class ColumnCard:
    """A column as the registry knows it. ``promise_days`` is None where nothing is promised."""

    url: str
    name: str
    kind: str
    promise_days: int | None
    level: int = 1
    is_ignored: bool = False
    path: str = ""
    """Names from the top, joined by ``/``; what begins with another column's path lies below it."""


@dataclass(frozen=True, kw_only=True)
class SiteCard:
    """A site as the registry knows it; ``hosts`` begin with the main one. ``kind`` and ``state`` are values of ``choices``."""

    code: str
    name: str
    unit: str
    kind: str
    hosts: tuple[str, ...]
    home_url: str
    has_service_duty: bool
    columns: tuple[ColumnCard, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A page as it came. ``role``: ``home``, ``column``, ``article``, ``guide``, ``letter``, ``other`` or ``shell`` (``roles.of``).

    ``dated`` is when it was published; ``before`` are its facts of the crawl before, None if it is new;
    ``headers`` have names as sent.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    at: datetime
    page: Page
    role: str
    dated: Dated | None
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class PageFacts:
    """What is kept of a page; ``facts`` as ``facts.of`` made them, ``before`` those of the crawl before."""

    url: str
    role: str
    at: datetime
    first_at: datetime
    facts: Mapping[str, Any]
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class LetterCard:
    """A message to the government and its reply. ``is_valid`` is None until a person judged it."""

    id: str
    title: str
    url: str
    asked_at: datetime | None
    replied_at: datetime | None
    is_public: bool = True
    is_valid: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ArticleCard:
    """An article as a platform's interface lists it; ``column`` is the column's address."""

    url: str
    title: str
    column: str
    published_at: datetime | None
    related: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LinkVerdict:
    """How an address answered after spaced checks: ``verdict`` is one of ``lib.crawl.verdicts``; ``checks`` counts them."""

    url: str
    verdict: str
    checks: int
    detail: str = ""
    counts: bool = False
    """Whether it may be held against the site (dead or soft 404 after two spaced checks)."""


@dataclass(frozen=True, kw_only=True)
class SiteView:
    """Everything a crawl saw of a site. ``whole_before`` is when the last whole crawl before this one began, if there was one."""

    now: datetime
    pages: Sequence[PageFacts]
    letters: Sequence[LetterCard] = ()
    articles: Sequence[ArticleCard] = ()
    links: Mapping[str, LinkVerdict] = field(default_factory=dict)
    is_whole: bool = True
    whole_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ipv6Card:
    """How a site answers over IPv6. None is what could not be tried: no way there from here, no answer of the DNS, nothing to ask.

    ``opened``: of so many tries how many opened. ``servers``: authoritative name servers, and whether each has an AAAA record.
    ``same``: the page over IPv6 has the text of that over IPv4. ``second`` and ``third``: hosts within the domain that the home page,
    and the pages it leads to, lead to, and whether each has an AAAA record.
    """

    aaaa: tuple[str, ...] | None = None
    reachable: bool | None = None
    opened: tuple[int, int] | None = None
    servers: Mapping[str, bool] | None = None
    same: bool | None = None
    second: Mapping[str, bool] | None = None
    third: Mapping[str, bool] | None = None


@dataclass(frozen=True, kw_only=True)
class TransportCard:
    """How a site's home page is carried.

    ``tls_error``: empty, or why its certificate or handshake is refused (``tls_expired``, ``tls_name``, ``tls_untrusted``,
    ``tls_self_signed``, ``tls``); ``no_tls`` where nothing answers by TLS. ``version`` as ``ssl`` names it (``TLSv1.3``).
    ``headers`` of the home page by names in lower case, None if it did not come; ``meta_policy`` is the Content-Security-Policy in its HTML.
    ``redirects``: plain HTTP leads to HTTPS.
    """

    at: datetime
    tls_error: str = ""
    days_left: float | None = None
    version: str = ""
    redirects: bool | None = None
    headers: Mapping[str, str] | None = None
    meta_policy: str = ""
    ipv6: Ipv6Card = field(default_factory=Ipv6Card)


@dataclass(frozen=True, kw_only=True)
class PostCard:
    """A post of an account."""

    id: str
    at: datetime
    title: str = ""
    text: str = ""
    url: str = ""
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kit:
    """The rules that a city keeps as data, compiled once for a run.

    ``params`` are a check's parameters (days, counts), by check and name; ``known_hosts`` are registered sites' names;
    ``lexicon`` are the city's wordings, ``adverts`` the words of gambling and other sites that hidden links lead to;
    ``trusted`` are suffixes of hosts that a hidden link may lead to (``gov.cn``); ``version`` changes with any of it.
    """

    params: Mapping[str, Mapping[str, Any]]
    known_hosts: frozenset[str] = frozenset()
    trusted: tuple[str, ...] = ("gov.cn",)
    lexicon: Lexicon | None = None
    adverts: Lexicon | None = None
    speller: Speller | None = None
    version: str = ""

    def param(self, check: str, name: str) -> Any:
        """Return a parameter; KeyError for an unknown one."""
        return self.params[check][name]
