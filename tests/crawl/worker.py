"""A crawl worker as a process of its own, for the test that kills it: ``python -m tests.crawl.worker DATABASE PORT HOST…``."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from yunshu.lib.crawl import Crawled, Crawler, Cursor, Fetcher, Frontier, Manners, Reach, Work
from yunshu.lib.kernel import clock

WORK = Work(hosts=4, per_host=16, batch=16, lease_s=1.0, idle_s=0.05)


def keep(cursor: Cursor, crawled: Crawled) -> None:
    """Write the page down; the table has no key, so that twice would be seen."""
    links = len(crawled.page.links) if crawled.page else 0
    cursor.execute(
        "INSERT INTO kept (url, status, links) VALUES (%s, %s, %s)", [crawled.url, crawled.fetched.status, links]
    )


async def work(database: str, port: int, hosts: list[str]) -> None:
    """Work until nothing waits."""
    with psycopg.connect(database) as connection:

        @contextmanager
        def transaction() -> Iterator[Cursor]:
            with connection.transaction(), connection.cursor() as cursor:
                yield cursor

        placed = {host: ("127.0.0.1", port) for host in hosts}
        async with Fetcher(Manners(rate_per_s=0, connections=16, robots=False), reach=Reach(placed=placed)) as fetcher:
            await Crawler(fetcher, Frontier(), transaction, keep, clock=clock.now, work=WORK).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
