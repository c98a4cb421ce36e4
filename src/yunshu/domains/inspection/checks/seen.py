"""What checks are given: the site as it is registered, a page as it came, the facts of all pages, and the kit of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from yunshu.lib.crawl.dates import Dated
from yunshu.lib.crawl.text import Page


@dataclass(frozen=True, kw_only=True)
class ColumnCard:
    """A column as the registry knows it. ``promise_days`` is None where nothing is promised."""

    url: str
    name: str
    kind: str
    promise_days: int | None
    level: int = 1
    is_ignored: bool = False


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
    """A page as it came. ``role``: ``home``, ``column``, ``article``, ``guide``, ``letter`` or ``other`` (``roles.of``).

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
    """What is kept of a page; ``facts`` as ``facts.of`` made them."""

    url: str
    role: str
    at: datetime
    first_at: datetime
    facts: Mapping[str, Any]


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
    """Everything a crawl saw of a site. ``variants``: pages as other visitors got them, by (url, visitor)."""

    now: datetime
    pages: Sequence[PageFacts]
    letters: Sequence[LetterCard] = ()
    articles: Sequence[ArticleCard] = ()
    links: Mapping[str, LinkVerdict] = field(default_factory=dict)
    is_whole: bool = True


@dataclass(frozen=True, kw_only=True)
class Kit:
    """The rules that a city keeps as data, compiled once for a run.

    ``params`` are a check's parameters (days, counts), by check and name; ``known_hosts`` are registered sites' names;
    ``trusted`` are suffixes of hosts that a hidden link may lead to (``gov.cn``).
    """

    params: Mapping[str, Mapping[str, Any]]
    known_hosts: frozenset[str] = frozenset()
    trusted: tuple[str, ...] = ("gov.cn",)
    lexicon: Any = None
    speller: Any = None
    accepted: frozenset[str] = frozenset()
    today: date | None = None

    def param(self, check: str, name: str) -> Any:
        """Return a parameter; KeyError for an unknown one."""
        return self.params[check][name]
