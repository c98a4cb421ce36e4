"""The frontier over a real PostgreSQL: what is leased, settled, added; and what a worker that was too slow may not do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from yunshu.lib.crawl import Frontier, Scope, Step
from yunshu.lib.crawl.frontier import Waiting

NOW = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=5)
SITE = Scope(hosts=("a.cn", "b.cn"))
FRONTIER = Frontier("trial_")


@pytest.fixture
def cursor(committed_db: object) -> Iterator[psycopg.Cursor]:
    with psycopg.connect(committed_db.owner_url) as connection:
        with connection.cursor() as cursor:
            FRONTIER.create(cursor)
            yield cursor
        connection.rollback()


def begun(cursor: psycopg.Cursor, *seeds: str, scope: Scope = SITE) -> None:
    FRONTIER.begin(cursor, "site", seeds or ["http://a.cn/", "http://b.cn/"], scope, NOW)


def taken(cursor: psycopg.Cursor, worker: str, now: datetime = NOW) -> list[Waiting]:
    hosts = FRONTIER.lease(cursor, worker, now, now + timedelta(seconds=5), 10)
    return [page for host in hosts for page in FRONTIER.waiting(cursor, host, (), 10, now)]


def test_seeds_wait_once_in_their_one_form(cursor: psycopg.Cursor) -> None:
    begun(cursor, "http://A.cn", "http://a.cn/#x", "http://else.cn/", "mailto:x@y.cn")
    assert [page.url for page in taken(cursor, "w")] == ["http://a.cn/"]


def test_a_host_has_one_worker_at_a_time(cursor: psycopg.Cursor) -> None:
    begun(cursor)
    assert len(taken(cursor, "one")) == 2
    assert taken(cursor, "two") == []


def test_a_host_whose_worker_is_dead_is_taken_over_with_all_its_pages(cursor: psycopg.Cursor) -> None:
    begun(cursor)
    first = taken(cursor, "one")
    later = NOW + timedelta(seconds=6)
    assert {page.id for page in taken(cursor, "two", later)} == {page.id for page in first}
    assert FRONTIER.extend(cursor, "one", ["a.cn", "b.cn"], later + timedelta(seconds=5)) == set()


def test_who_lost_the_lease_settles_nothing(cursor: psycopg.Cursor) -> None:
    begun(cursor)
    pages = taken(cursor, "one")
    taken(cursor, "two", NOW + timedelta(seconds=6))
    steps = [Step(page, NOW) for page in pages]
    assert FRONTIER.settle(cursor, "one", steps) == set()
    assert FRONTIER.settle(cursor, "two", steps) == {page.id for page in pages}
    assert FRONTIER.settle(cursor, "two", steps) == set()


def test_links_are_added_once_and_only_inside(cursor: psycopg.Cursor) -> None:
    begun(cursor, "http://a.cn/")
    (page,) = taken(cursor, "w")
    links = ("http://a.cn/1", "http://a.cn/1", "http://b.cn/2", "http://c.cn/3", "http://a.cn/")
    step = Step(page, NOW, status=200, links=links)
    FRONTIER.settle(cursor, "w", [step])
    assert FRONTIER.add(cursor, [step], NOW) == 2
    assert FRONTIER.add(cursor, [step], NOW) == 0
    found = FRONTIER.waiting(cursor, "a.cn", (), 10, NOW)
    assert [(one.url, one.depth, one.found_on) for one in found] == [("http://a.cn/1", 1, "http://a.cn/")]
    assert FRONTIER.counts(cursor, "site").waiting == 2


def test_a_calendar_without_an_end_is_believed_up_to_its_quota(cursor: psycopg.Cursor) -> None:
    begun(cursor, "http://a.cn/", scope=Scope(("a.cn",), alike=30, alike_queries=7))
    (page,) = taken(cursor, "w")
    for year in range(3):
        days = tuple(f"http://a.cn/cal?y={year}&d={day}" for day in range(5))
        posts = tuple(f"http://a.cn/post_{year}{day}.html" for day in range(10, 30))
        FRONTIER.add(cursor, [Step(page, NOW, links=days + posts)], NOW)
    urls = [one.url for one in FRONTIER.waiting(cursor, "a.cn", (), 500, NOW)]
    assert sum("cal" in url for url in urls) == 7
    assert sum("post" in url for url in urls) == 30


@pytest.mark.parametrize(("scope", "waiting"), [(Scope(("a.cn",), most=4), 4), (Scope(("a.cn",), depth=0), 1)])
def test_a_crawl_has_an_end(cursor: psycopg.Cursor, scope: Scope, waiting: int) -> None:
    begun(cursor, "http://a.cn/", scope=scope)
    (page,) = taken(cursor, "w")
    FRONTIER.add(cursor, [Step(page, NOW, links=tuple(f"http://a.cn/{n}x" for n in "abcdefgh"))], NOW)
    assert FRONTIER.counts(cursor, "site").waiting == waiting


def test_a_page_to_be_asked_again_waits_until_then(cursor: psycopg.Cursor) -> None:
    begun(cursor, "http://a.cn/")
    (page,) = taken(cursor, "w")
    FRONTIER.settle(cursor, "w", [Step(page, NOW, status=503, again_at=SOON)])
    assert FRONTIER.waiting(cursor, "a.cn", (), 10, NOW) == []
    (again,) = FRONTIER.waiting(cursor, "a.cn", (), 10, SOON)
    assert again.attempts == 1


def test_a_resting_host_is_nobodys(cursor: psycopg.Cursor) -> None:
    begun(cursor, "http://a.cn/")
    FRONTIER.rest(cursor, "a.cn", SOON)
    assert taken(cursor, "w") == []
    assert len(taken(cursor, "w", SOON)) == 1


def test_a_crawl_begun_anew_asks_for_every_page_and_says_what_it_has(cursor: psycopg.Cursor) -> None:
    begun(cursor, "http://a.cn/")
    (page,) = taken(cursor, "w")
    FRONTIER.settle(cursor, "w", [Step(page, NOW, status=200, etag='"7"')])
    begun(cursor, "http://a.cn/")
    (again,) = FRONTIER.waiting(cursor, "a.cn", (), 10, NOW)
    assert (again.etag, again.attempts) == ('"7"', 0)
    FRONTIER.settle(cursor, "w", [Step(again, NOW, status=304)])
    begun(cursor, "http://a.cn/")
    assert FRONTIER.waiting(cursor, "a.cn", (), 10, NOW)[0].etag == '"7"'


def test_a_prefix_is_a_word() -> None:
    with pytest.raises(ValueError, match="prefix"):
        Frontier("x; drop table y")
