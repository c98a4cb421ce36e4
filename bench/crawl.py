"""One generated site crawled by our whole pipeline, by Scrapy, linkchecker and lychee, in one run.

    uv run python bench/crawl.py [--quick] [--pages 5000]        (--quick: 600 pages, linkchecker 15 s)

The site (``tests/crawl/maze.py``: pages of about 10 KB, 20 links each, every fifth with a dead link of its own) is served by a
process of its own. Ours fetches, reads links, meta tags and text, takes the simhash, and writes frontier and pages into
PostgreSQL; Scrapy takes the same fields and writes nothing; linkchecker (its throttle taken off by the server's header) and
lychee (which cannot recurse, so it is given every page) only look at links.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import _root
import psutil
import psycopg
import uvloop
from tests.crawl.maze import LINKS, Maze

from yunshu.config.bootstrap import EmbeddedPostgres, create_database
from yunshu.lib.crawl import Crawled, Crawler, Cursor, Fetcher, Frontier, Manners, Reach, Scope, Work
from yunshu.lib.kernel import clock

ROOT = Path(_root.__file__).resolve().parents[1]
FULL, QUICK = 5000, 600
PATIENCE_S, QUICK_PATIENCE_S = 120.0, 15.0
HOST = "www.maze.example"
WORK = Work(hosts=1, per_host=384, batch=128, lease_s=30, idle_s=0.05)
SCOPE = Scope((HOST,), most=1_000_000, depth=1000, alike=1_000_000)
CONNECTIONS = 64
SPIDER = """
import scrapy

class Maze(scrapy.Spider):
    name = "maze"
    start_urls = ["BASE/p/0.html"]
    handle_httpstatus_list = [404]
    custom_settings = {"CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": 64, "ROBOTSTXT_OBEY": False,
        "DOWNLOAD_DELAY": 0, "TELNETCONSOLE_ENABLED": False, "DEPTH_LIMIT": 0}

    def parse(self, response):
        if response.status == 404:
            yield {"dead": response.url}
            return
        yield {"url": response.url, "title": response.css("title::text").get(), "meta": response.css("meta").getall(),
               "text": " ".join(response.css("body *::text").getall())}
        yield from response.follow_all(css="a")
"""


@dataclass
class Figures:
    """What a tool did."""

    name: str
    pages: int
    seconds: float
    rss_mb: float
    dead: set[str]

    def line(self, wanted: set[str]) -> str:
        """Return the figures as a line of the report."""
        right, false = len(self.dead & wanted), len(self.dead - wanted)
        pace = self.pages / self.seconds
        return (
            f"{self.name:>12}: {self.pages:,} pages in {self.seconds:.1f} s: {pace:,.0f} pages/s, {pace * LINKS:,.0f} links/s, "
            f"{self.rss_mb:.0f} MB; dead found {right}/{len(wanted)}, false {false}"
        )


def main() -> None:
    """Measure all and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pages", type=int)
    parser.add_argument("--job", nargs=2, metavar=("DATABASE", "PORT"), help="be our crawler")
    options = parser.parse_args()
    if options.job:
        uvloop.run(job(options.job[0], int(options.job[1])))
        return
    pages = options.pages or (QUICK if options.quick else FULL)
    patience_s = QUICK_PATIENCE_S if options.quick else PATIENCE_S
    wanted = set(Maze(pages).dead)
    with tempfile.TemporaryDirectory(prefix="yunshu-crawl-") as name, site(pages) as port:
        folder = Path(name)
        found = [ours(folder, port), scrapy(folder, port), lychee(folder, port, pages), linkchecker(port, patience_s)]
    for one in found:
        print(one.line(wanted))
    for other in found[1:]:
        ratio = (found[0].pages / found[0].seconds) / max(other.pages / other.seconds, 0.001)
        print(f"ratio: {ratio:.2f} x {other.name}")


@contextmanager
def site(pages: int) -> Iterator[int]:
    """Serve the site in a process of its own; yields its port."""
    command = [sys.executable, "-m", "tests.crawl.maze", str(pages)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def watched(command: list[str], seconds: float = 3600.0, cwd: Path = ROOT) -> tuple[float, float, str]:
    """Run a program for at most so long; return its seconds, its greatest memory in MB, and what it printed."""
    started, peak = time.monotonic(), 0.0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=subprocess.DEVNULL)
        seen = psutil.Process(process.pid)
        while process.poll() is None:
            if time.monotonic() - started > seconds:
                process.terminate()
            try:
                peak = max(peak, seen.memory_info().rss / 1e6)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.02)
        process.wait()
        taken = time.monotonic() - started
        out.seek(0)
        return taken, peak, out.read()


# ---------------------------------------------------------------- ours


def ours(folder: Path, port: int) -> Figures:
    """Crawl with our pipeline, into a PostgreSQL of its own."""
    server = EmbeddedPostgres(folder / "pg")
    server.start()
    try:
        create_database(server.superuser_url, "maze")
        database = server.owner_url("maze")
        with psycopg.connect(database) as connection, connection.cursor() as cursor:
            Frontier().create(cursor)
            cursor.execute(
                "CREATE TABLE page (url text, status int, title text, meta jsonb, links int, sha256 bytea, simhash bytea, main text)"
            )
            Frontier().begin(cursor, "maze", [f"http://{HOST}/p/0.html"], SCOPE, clock.now())
        _, peak, out = watched([sys.executable, __file__, "--job", database, str(port)])
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT url FROM page WHERE status = 404").fetchall()
            pages = connection.execute("SELECT count(*) FROM page WHERE status = 200").fetchone()
    finally:
        server.stop()
    return Figures("ours", pages[0], float(out), peak, {row[0].removeprefix(f"http://{HOST}") for row in rows})


def keep(cursor: Cursor, crawled: Crawled) -> None:
    """Write what was read."""
    page = crawled.page
    row: list[object] = [crawled.url, crawled.fetched.status, "", "{}", 0, b"", b"", ""]
    if page:
        prints = page.simhash.to_bytes(8, "big")
        row[2:] = [page.title, json.dumps(page.meta), len(page.links), page.sha256, prints, page.text]
    cursor.execute("INSERT INTO page VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row)


async def job(database: str, port: int) -> None:
    """Crawl; print the seconds from the first request to the last commit (as Scrapy's, without the interpreter's start)."""
    reach = Reach(placed={HOST: ("127.0.0.1", port)})
    with psycopg.connect(database) as connection:

        @contextmanager
        def transaction() -> Iterator[Cursor]:
            with connection.transaction(), connection.cursor() as cursor:
                yield cursor

        started = time.monotonic()
        async with Fetcher(Manners(rate_per_s=0, connections=CONNECTIONS, robots=False), reach=reach) as fetcher:
            await Crawler(fetcher, Frontier(), transaction, keep, clock=clock.now, work=WORK).run(asyncio.Event())
    print(time.monotonic() - started)


# ---------------------------------------------------------------- the others


def scrapy(folder: Path, port: int) -> Figures:
    """Crawl with Scrapy; its seconds are by its own clock."""
    spider, out = folder / "spider.py", folder / "items.jsonl"
    spider.write_text(SPIDER.replace("BASE", f"http://127.0.0.1:{port}"))
    command = [sys.executable, "-m", "scrapy", "runspider", str(spider), "-o", str(out)]
    command += ["-s", f"LOG_FILE={folder / 'log'}", "-s", "LOG_LEVEL=INFO"]
    _, peak, _ = watched(command, cwd=folder)
    log = (folder / "log").read_text()
    seconds = float(re.findall(r"'elapsed_time_seconds': ([\d.]+)", log)[-1])
    items = [json.loads(line) for line in out.read_text().splitlines()]
    dead = {_path(item["dead"]) for item in items if "dead" in item}
    return Figures("Scrapy", sum("url" in item for item in items), seconds, peak, dead)


def lychee(folder: Path, port: int, pages: int) -> Figures:
    """Give lychee every page."""
    given = folder / "urls"
    given.write_text("\n".join(f"http://127.0.0.1:{port}/p/{n}.html" for n in range(pages)))
    command = ["lychee", "--format", "json", "--no-progress", "--max-concurrency", "128", "--host-concurrency", "128"]
    command += ["--host-request-interval", "0ms", "--files-from", str(given), "--include-verbatim"]
    seconds, peak, out = watched([str(Path(sys.executable).parent / command[0]), *command[1:]])
    report = json.loads(out or "{}")
    failed = report.get("error_map", report.get("fail_map", {}))
    dead = {_path(one["url"]) for many in failed.values() for one in many}
    return Figures("lychee", pages, seconds, peak, dead)


def linkchecker(port: int, patience_s: float) -> Figures:
    """Let linkchecker recurse for a while; what it looked at by then counts as its pages."""
    command = [
        "linkchecker",
        "--no-status",
        "--no-robots",
        "-t",
        "32",
        "-v",
        "-o",
        "csv",
        f"http://127.0.0.1:{port}/p/0.html",
    ]
    seconds, peak, out = watched([str(Path(sys.executable).parent / command[0]), *command[1:]], patience_s)
    rows = [line.split(";") for line in out.splitlines() if line and not line.startswith("#")]
    looked = {_path(part) for row in rows for part in row if part.startswith("http://127.0.0.1")}
    dead = {path for path in looked if path.startswith("/dead/")} if rows else set()
    return Figures("linkchecker", max(len({path for path in looked if path.startswith("/p/")}), 1), seconds, peak, dead)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


if __name__ == "__main__":
    main()
