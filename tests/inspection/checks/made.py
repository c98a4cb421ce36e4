"""Small hand-made sites for the checks: pages from facts, no HTML."""

from datetime import UTC, datetime, timedelta

from yunshu.domains.inspection.checks.params import SHIPPED
from yunshu.domains.inspection.checks.seen import ColumnCard, Kit, PageFacts, SiteCard, SiteView

NOW = datetime(2026, 6, 15, 4, tzinfo=UTC)
"""Noon of Monday in the city."""
HOST = "www.vqbcdf.gov.cn"
KIT = Kit(params=SHIPPED, known_hosts=frozenset({HOST}))


def day(ago: int) -> str:
    return (NOW - timedelta(days=ago)).date().isoformat()


def at(path: str) -> str:
    return f"http://{HOST}{path}"


def column(
    path: str = "/xw/", *, kind: str = "工作动态", promise: int | None = None, level: int = 1, name: str = "要闻"
):
    return ColumnCard(url=at(path), name=name, kind=kind, promise_days=promise, level=level)


def site(
    *columns: ColumnCard, kind: str = "portal", hosts: tuple[str, ...] = (HOST,), service: bool = True
) -> SiteCard:
    return SiteCard(
        code="4499000001", name="样例市人民政府门户网站", unit="样例市", kind=kind, hosts=hosts, home_url=at("/"),
        has_service_duty=service, columns=columns,
    )  # fmt: skip


def page(path: str, role: str, *, links=(), listed=None, first_ago: int = 100, before=None, **facts) -> PageFacts:
    listed = {at(to): on for to, on in (listed or {}).items()}
    shown = [[to if "://" in to else at(to), text, "a", True] for to, text in links] or [[at("/"), "首页", "a", True]]
    shown += [[to, "一篇", "a", True] for to in listed]
    values = {
        "links": shown,
        "listed": listed,
        "rows": len(listed),
        "on": None,
        "how": "",
        "title": "一篇",
        "blocks": [],
        "sizes": [],
    }
    return PageFacts(
        url=at(path), role=role, at=NOW, first_at=NOW - timedelta(days=first_ago), facts={**values, **facts}, before=before
    )  # fmt: skip


def view(*pages: PageFacts, **more) -> SiteView:
    return SiteView(now=NOW, pages=pages, **more)


def text(*blocks: tuple[str, int]):
    return {"blocks": [block for block, _ in blocks], "sizes": [size for _, size in blocks]}
