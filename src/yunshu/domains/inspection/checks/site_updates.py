"""首页、栏目不更新和空白栏目 (国办秘函〔2019〕19号, part 1, items 3 and 4; sheet W3 and W4 [V]).

The home page: nothing dated within two weeks; what has no date is not updated (census note [V]); of a home page that only
leads on, its second-level pages count. Columns: as promised, else news within two weeks, first-level notices and policy
files within six months. A page that came without any link was not rendered, and nothing is concluded from it [I].
"""

from collections.abc import Iterator
from datetime import date

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.frame import links_of, within
from yunshu.domains.inspection.checks.fresh import Columns, State, promised
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check, ColumnKind
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.kernel.clock import city_date

UNDATED_CONFIDENCE = 0.6
LEAST_ITEMS = 3
"""A home page with fewer links to texts only leads on."""
FIRST_LEVEL = (ColumnKind.NOTICE, ColumnKind.POLICY)
MOST_BLANK_CHARACTERS = 40


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield what of a site is not kept up to date."""
    columns = Columns(view, site)
    yield from _home(view, site, kit, columns)
    for state in columns:
        if is_blank(state, kit):
            yield on_site(
                Check.COLUMN_BLANK,
                site,
                key=state.card.url,
                words=f"栏目“{state.card.name}”没有内容",
                url=state.card.url,
                place="list",
            )
        elif state.card.kind != ColumnKind.DATA:
            yield from _column(view, site, kit, state)


def overdue(state: State, days: int | None, today: date) -> int | None:
    """Return how many days ago a column was last updated if that is more than ``days``; None if it is not, or unknown."""
    if days is None or state.newest is None:
        return None
    age = (today - state.newest).days
    return age if age > days else None


def is_blank(state: State, kit: Kit) -> bool:
    """Say whether a column has nothing: no item, no column below it, no text of its own."""
    if state.items or state.children or not state.readable:
        return False
    if state.page is None:
        return True
    return state.texts < MOST_BLANK_CHARACTERS or bool(state.page.facts.get("blank"))


def _column(view: SiteView, site: SiteCard, kit: Kit, state: State) -> Iterator[Found]:
    news, policy = kit.param("column_stale", "news_days"), kit.param("column_stale", "policy_days")
    kinds = {ColumnKind.NEWS.value: news, ColumnKind.NOTICE.value: policy, ColumnKind.POLICY.value: policy}
    days = promised(state.card, kinds, FIRST_LEVEL)
    age = overdue(state, days, city_date(view.now))
    if age is not None and state.newest:
        words = f"栏目“{state.card.name}”自 {state.newest} 起 {age} 天没有更新（期限 {days} 天）"
        detail = {"newest": state.newest.isoformat(), "age_days": age, "days": days, "kind": state.card.kind}
        yield _stale(site, state, words, detail)
    elif days is not None and state.newest is None and state.items and state.readable and view.is_whole:
        words = f"栏目“{state.card.name}”的内容没有日期，视为未更新（期限 {days} 天）"
        yield _stale(site, state, words, {"days": days, "kind": state.card.kind}, UNDATED_CONFIDENCE)


def _stale(site: SiteCard, state: State, words: str, detail: dict[str, object], confidence: float = 1.0) -> Found:
    return on_site(
        Check.COLUMN_STALE,
        site,
        key=state.card.url,
        words=words,
        url=state.card.url,
        place="list",
        detail=detail,
        confidence=confidence,
    )


def _home(view: SiteView, site: SiteCard, kit: Kit, columns: Columns) -> Iterator[Found]:
    homes = [page for page in view.pages if page.role == "home" and links_of(page)]
    if not homes:
        return
    today, days = city_date(view.now), kit.param("home_stale", "days")
    newest = max((on for page in homes if (on := columns.newest_on(page))), default=None)
    leads_on = newest is None and _leads_on(view, site, homes)
    if leads_on:
        newest = _second_level(view, site, homes, columns)
        if newest is None or (not view.is_whole and (today - newest).days > days):
            return
    if newest is None:
        words = f"首页的信息没有日期，视为 {days} 天内未更新"
        yield on_site(Check.HOME_STALE, site, key="", words=words, place="home", confidence=UNDATED_CONFIDENCE)
    elif (today - newest).days > days:
        age = (today - newest).days
        where = "首页链接的各二级页面" if leads_on else "首页"
        words = f"{where}自 {newest} 起 {age} 天没有更新（期限 {days} 天）"
        detail = {"newest": newest.isoformat(), "age_days": age, "days": days, "second_level": leads_on}
        yield on_site(Check.HOME_STALE, site, key="", words=words, place="home", detail=detail)


def _leads_on(view: SiteView, site: SiteCard, homes: list[PageFacts]) -> bool:
    """Say whether a home page without dates is navigation only: it shows hardly any text of the site."""
    texts = {page.url for page in view.pages if page.role in ("article", "other")}
    return len({url for page in homes for url, _ in links_of(page)} & texts) < LEAST_ITEMS


def _second_level(view: SiteView, site: SiteCard, homes: list[PageFacts], columns: Columns) -> date | None:
    led = {url for page in homes for url, _ in links_of(page) if within(url, site.hosts)}
    days = [columns.newest_on(page) for page in view.pages if page.url in led and page.role != "home"]
    days += [state.newest for state in columns if state.card.url in led or "#" in state.card.url]
    return max((day for day in days if day), default=None)
