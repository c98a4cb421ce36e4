"""How fresh a column is: the newest date of its rows, of what a platform's interface lists, of what it links to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from yunshu.domains.inspection.checks.frame import Frame, links_of
from yunshu.domains.inspection.checks.seen import ArticleCard, ColumnCard, PageFacts, SiteCard, SiteView
from yunshu.lib.crawl import urls
from yunshu.lib.kernel.clock import city_date


@dataclass(frozen=True)
class State:
    """A column as it was seen. ``items`` counts what it lists; ``newest`` is None if nothing of it is dated.

    ``readable``: a page of it with links came, or an interface lists it. ``children`` are the columns that it leads to.
    """

    card: ColumnCard
    page: PageFacts | None
    items: int
    newest: date | None
    readable: bool
    children: tuple[str, ...] = ()
    texts: int = 0


class Columns:
    """Reads the columns of a site from what was seen of it."""

    def __init__(self, view: SiteView, site: SiteCard) -> None:
        self._today, self._hosts = city_date(view.now), site.hosts
        self._pages = {page.url: page for page in view.pages}
        self.frame = Frame.of(view.pages)
        self._listed: dict[str, list[ArticleCard]] = {}
        for article in view.articles:
            self._listed.setdefault(article.column, []).append(article)
        self._by_interface = bool(view.articles)
        self._cards = [card for card in site.columns if not card.is_ignored]

    def __iter__(self) -> Iterator[State]:
        """Yield every column that is checked."""
        return (self.state(card) for card in self._cards)

    def state(self, card: ColumnCard) -> State:
        """Return one column's state."""
        articles = self._listed.get(card.url, [])
        page = self._page(card.url)
        below = self._below(card)
        on = (
            [self._day(a) for a in articles]
            + self._rows(page)
            + [day for one in below for day in self._rows(self._page(one))]
        )
        on += [self._day(a) for one in below for a in self._listed.get(one, [])]
        rows = [day for day in on if day]
        links = self._articles(page) if page else []
        days = rows or [day for link in links if (day := _published(link))]
        return State(
            card=card,
            page=page,
            items=max(len(on), len(links)),
            newest=max((day for day in days if day <= self._today), default=None),
            readable=bool(articles) or bool(page and links_of(page)) or (page is None and self._is_listed_only(card)),
            children=tuple(below),
            texts=sum(self.frame.own_blocks(page).values()) if page else 0,
        )

    def newest_on(self, page: PageFacts) -> date | None:
        """Return the newest date of a page's rows that is not in the future."""
        return max((day for day in self._rows(page) if day), default=None)

    def _page(self, url: str) -> PageFacts | None:
        return None if "#" in url else self._pages.get(urls.canonical(url) or url)

    def _is_listed_only(self, card: ColumnCard) -> bool:
        return self._by_interface and "#" in card.url

    def _below(self, card: ColumnCard) -> list[str]:
        """Return the columns below one: by the registry's paths, and where its page leads besides navigation."""
        by_path = [c.url for c in self._cards if card.path and c.path.startswith(card.path + "/")]
        page = self._page(card.url)
        if page is None or page.facts.get("rows"):
            return by_path
        led = [url for url, _ in self.frame.own_links(page) if url != page.url and self._is_column(url)]
        return list(dict.fromkeys([*by_path, *led]))

    def _is_column(self, url: str) -> bool:
        page = self._pages.get(url)
        return page is not None and page.role == "column"

    def _articles(self, page: PageFacts) -> list[PageFacts]:
        """Return the pages that a page leads to besides navigation and other columns."""
        led = (self._pages.get(url) for url, _ in self.frame.own_links(page))
        return [one for one in led if one is not None and one.role not in ("column", "home") and one.url != page.url]

    def _rows(self, page: PageFacts | None) -> list[date]:
        if page is None:
            return []
        days = [date.fromisoformat(said) for said in page.facts.get("listed", {}).values()]
        return [day for day in days if day <= self._today]

    def _day(self, article: ArticleCard) -> date | None:
        return city_date(article.published_at) if article.published_at else None


def _published(page: PageFacts) -> date | None:
    said = page.facts.get("on")
    return date.fromisoformat(said) if said else None


def promised(card: ColumnCard, days_by_kind: Mapping[str, int], first_level: Iterable[str]) -> int | None:
    """Return within how many days a column must be updated: as promised, else by its kind; None if nothing is.

    Kinds in ``first_level`` owe it only where the column is one of the first level.
    """
    if card.promise_days is not None:
        return card.promise_days
    if card.kind in first_level and card.level > 1:
        return None
    return days_by_kind.get(card.kind)
