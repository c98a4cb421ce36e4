"""Retests are answered at once, each in the way that its fault needs, against a site on loopback that is mended or is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.factories.inspection import ColumnFactory
from tests.inspection.finding_world import Desk

from yunshu.domains.inspection.checks import in_papers
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Account, Finding, Retest, Run, WordEntry
from yunshu.domains.inspection.models import Page as SeenPage
from yunshu.domains.inspection.services import media
from yunshu.domains.inspection.services.running import answering, kits, seeing
from yunshu.domains.inspection.services.running.working import Machine
from yunshu.domains.inspection.services.watching import judging
from yunshu.lib import papers
from yunshu.lib.crawl import Fetched, Limits, Manners, Reach
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import city_date

pytestmark = pytest.mark.django_db
HTML = "<html><head><title>页</title></head><body><h1>页</h1>{}<p>" + "正文内容" * 60 + "</p></body></html>"


@contextmanager
def served(pages: dict[str, str]) -> Iterator[int]:
    """Serve pages by path on loopback; what is not among them is 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            kind = "text/csv" if self.path.endswith(".csv") else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "<html><body>没有这个页面</body></html>").encode())

        do_HEAD = do_GET  # noqa: N815 - the name that the server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def answered(desk: Desk, row: Finding, pages: dict[str, str], folder: Path) -> Retest:
    """Say that a finding is mended, and let its retest be answered against these pages."""
    retest = desk.submit(row)
    with served(pages) as port:
        placed = {desk.site.host: ("127.0.0.1", port)}
        machine = Machine(
            reach=Reach(allow=("127.0.0.0/8",), placed=placed),
            manners=Manners(rate_per_s=1000, robots=False),
            limits=Limits(total_s=5),
            evidence=folder,
        )
        answering.answer_all(machine, clock.now())
    retest.refresh_from_db()
    return Retest.objects.get(pk=retest.pk)


@pytest.mark.parametrize(
    ("pages", "result"),
    [
        ({"/a.html": HTML.format("<a href='/gone.html'>旧</a>")}, "found"),
        ({"/a.html": HTML.format("<a href='/b.html'>新</a>")}, "gone"),
        ({"/a.html": HTML.format("<a href='/gone.html'>旧</a>"), "/gone.html": HTML.format("")}, "gone"),
        ({}, "gone"),
    ],
)
def test_a_link_is_mended_where_it_opens_or_nobody_leads_there(
    desk: Desk, tmp_path: Path, pages: dict[str, str], result: str
) -> None:
    home = desk.site.home_url
    detail = {"link": f"{home}gone.html", "pages": [f"{home}a.html"]}
    row = desk.notified(url=f"{home}a.html", detail=detail)
    retest = answered(desk, row, pages, tmp_path)
    assert retest.result == result
    assert retest.words or result == "gone"
    row.refresh_from_db()
    assert row.state == {"found": "notified", "gone": "verified"}[result]


@pytest.mark.parametrize(("cell", "result"), [("工作会仪安排", "found"), ("工作会议安排", "gone"), (None, "gone")])
def test_a_file_is_fetched_and_read_anew(desk: Desk, tmp_path: Path, cell: str | None, result: str) -> None:
    WordEntry.objects.create(code="t1", wrong="工作会仪", right="工作会议", kind="wrong", source="测试")
    url = f"{desk.site.home_url}list.csv"
    sample = found_in_csv(desk, "事项\n工作会仪安排\n")
    row = desk.notified(sample.key, kind="wording_wrong", url=url, detail=dict(sample.detail))
    pages = {} if cell is None else {"/list.csv": f"事项\n{cell}\n"}
    retest = answered(desk, row, pages, tmp_path)
    assert retest.result == result
    assert row.evidence.filter(kind="warc").exists() is (result == "found")


def found_in_csv(desk: Desk, text: str) -> Found:
    """What the check finds in a file of this text."""
    url = f"{desk.site.home_url}list.csv"
    paper = papers.read(text.encode(), name="list.csv", content_type="text/csv")
    assert isinstance(paper, papers.Paper)
    seen = seeing.of_file(Fetched(url, url, 200, {}, text.encode()), url, clock.now())
    (found,) = in_papers.look(paper, seen, kits.card(desk.site), kits.kit())
    return found


def listed(days: int) -> str:
    at = city_date(clock.now() - timedelta(days=days))
    rows = "".join(f"<li><a href='/n{n}.html'>要闻第{n}条内容</a><span>{at}</span></li>" for n in range(6))
    return HTML.format(f"<ul>{rows}</ul>")


@pytest.mark.parametrize(("days", "result"), [(1, "gone"), (40, "found")])
def test_a_column_is_fetched_now_and_judged_in_the_view_of_the_last_run(
    desk: Desk, tmp_path: Path, days: int, result: str
) -> None:
    url = f"{desk.site.home_url}news/"
    ColumnFactory(site=desk.site, url=url, name="工作动态", kind="工作动态", promise_days=14)
    began = clock.now() - timedelta(hours=3)
    run = Run.objects.create(
        number="JC-1", site=desk.site, crawl="c", stage="done", started_at=began, finished_at=began, is_whole=True
    )
    facts = {"links": [], "listed": {}, "newest": None, "rows": 0}
    SeenPage.objects.create(site=desk.site, url=url, role="column", first_at=began, seen_at=began, run=run, facts=facts)
    row = desk.notified(url, kind="column_stale", severity="serious", url=url, place="list")
    assert answered(desk, row, {"/news/": listed(days)}, tmp_path).result == result


def test_what_no_page_shows_opens_a_quick_run_and_is_judged_by_it(desk: Desk, tmp_path: Path) -> None:
    row = desk.notified("m", kind="message_late", url=desk.site.home_url)
    retest = answered(desk, row, {}, tmp_path)
    run = Run.objects.get(site=desk.site)
    assert (retest.done_at, run.kind) == (None, "quick")
    Run.objects.filter(pk=run.pk).update(stage="done", finished_at=clock.now(), is_whole=True)
    answering.answer_all(Machine(), clock.now())
    retest.refresh_from_db()
    assert (retest.result, run.number in retest.words) == ("inconclusive", True)


def silent(desk: Desk) -> tuple[Account, Finding]:
    """An account of the unit that was silent for weeks when its posts were brought in."""
    take(desk, 40)
    judging.judge_all(desk.now)
    row = Finding.objects.get(account=desk.account, kind="account_stale")
    desk.accept(desk.accept(row), desk.second)
    desk.notify(row)
    row.refresh_from_db()
    desk.now = clock.now()
    return desk.account, row


def take(desk: Desk, *days: int) -> None:
    posts = [
        media.PostSpec(post_id=f"p{n}", at=clock.now() - timedelta(days=n), title=f"动态{n}", text="今天发布。")
        for n in days
    ]
    media.take_posts(actor=MACHINE, account=desk.account.number, posts=posts, origin="rest", now=clock.now())


MACHINE: Any = answering.MACHINE


@pytest.mark.parametrize(("brought_in", "result"), [(None, "inconclusive"), ((), "found"), ((1,), "gone")])
def test_an_account_is_judged_by_what_was_brought_in_since(
    desk: Desk, tmp_path: Path, brought_in: tuple[int, ...] | None, result: str
) -> None:
    _account, row = silent(desk)
    retest = desk.submit(row)
    for days in [brought_in] if brought_in is not None else []:
        take(desk, *days)
    answering.answer_all(Machine(evidence=tmp_path), clock.now())
    retest.refresh_from_db()
    assert retest.result == result
