"""Accounts watched: faults open and close by themselves, words of posts are read once and anew when they change, feeds are asked politely."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from tests.factories.inspection import AccountFactory

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.models import Account, Evidence, FeedState, Finding, Post, WordEntry
from yunshu.domains.inspection.services import media
from yunshu.domains.inspection.services.media import PostSpec
from yunshu.domains.inspection.services.running.working import Machine
from yunshu.domains.inspection.services.watching import feeding, judging, reading
from yunshu.lib.crawl import Limits, Manners, Reach
from yunshu.lib.kernel import clock

BY = System(name="测试")
TEXT = "今天上午召开工作会议，部署下一阶段任务。会议强调要落实各项措施，确保按时完成。各单位要加强协调，及时报告进展情况，做好记录。"


def take(account: Account, *posts: PostSpec) -> None:
    media.take_posts(actor=BY, account=account.number, posts=posts, origin="rest", now=clock.now())


def post(name: str = "p1", text: str = TEXT, **more: Any) -> PostSpec:
    return PostSpec(post_id=name, at=clock.now() - timedelta(hours=2), title=f"动态{name}", text=text, **more)


def open_kinds(account: Account) -> set[str]:
    return set(Finding.objects.filter(account=account, gone_at=None).values_list("kind", flat=True))


@pytest.mark.django_db
def test_faults_of_accounts_open_and_close_by_themselves() -> None:
    account = AccountFactory(registered_no="BA-1", has_interaction=False, is_certified=False)
    take(account)
    judging.judge_all(clock.now())
    assert open_kinds(account) == {"account_stale", "account_zombie", "account_mute", "account_uncertified"}
    take(account, post())
    Account.objects.filter(pk=account.pk).update(has_interaction=True, is_certified=None)
    judging.judge_all(clock.now())
    assert open_kinds(account) == {"account_uncertified"}, "what is not known any more stays"
    Account.objects.filter(pk=account.pk).update(state="closed")
    judging.judge_all(clock.now())
    assert open_kinds(account) == set()
    assert Finding.objects.filter(account=account).count() == 4


@pytest.mark.django_db
def test_words_of_a_post_are_read_once_and_anew_when_they_change() -> None:
    WordEntry.objects.create(code="t1", wrong="工作会仪", right="工作会议", kind="wrong", source="测试")
    account = AccountFactory(registered_no="BA-1")
    number = "13912345678"
    take(account, post(text=TEXT.replace("会议，", "会仪，", 1) + f"联系人手机号码：{number}。"))
    assert reading.read_all() == 1
    assert open_kinds(account) == {"wording_wrong", "privacy_leak"}
    assert number not in "".join(Evidence.objects.values_list("words", flat=True))
    assert reading.read_all() == 0
    take(account, post())
    assert reading.read_all() == 1
    assert open_kinds(account) == set()
    assert Finding.objects.get(kind="wording_wrong").detail["post"] == "p1"


@pytest.mark.django_db
def test_new_rules_read_every_post_again() -> None:
    account = AccountFactory(registered_no="BA-1")
    take(account, post(text=TEXT.replace("会议，", "会仪，", 1)))
    reading.read_all()
    assert "wording_wrong" not in open_kinds(account)
    WordEntry.objects.create(code="t1", wrong="工作会仪", right="工作会议", kind="wrong", source="测试")
    assert (reading.read_all(), reading.read_all(by_rules=True), reading.read_all(by_rules=True)) == (0, 1, 0)
    assert "wording_wrong" in open_kinds(account)


@pytest.mark.django_db
def test_one_text_posted_again_is_one_find_until_it_is_another() -> None:
    account = AccountFactory(registered_no="BA-1")
    take(account, post("p1"), post("p2"), post("p3", "别的内容，与前面没有关系。"))
    reading.read_all()
    (only,) = Finding.objects.filter(account=account, kind="repost")
    assert set(only.detail["posts"]) == {"p1", "p2"}
    take(account, post("p2", "这一条改写过了，说的是另一件事情，和第一条没有相同的句子。"))
    reading.read_all()
    assert open_kinds(account) == set()


@contextmanager
def served(body: bytes, seen: list[dict[str, str]]) -> Iterator[int]:
    """Serve one feed on loopback with an ETag; note the heads of requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            known = self.headers.get("If-None-Match") == '"1"'
            self.send_response(304 if known else 200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", "0" if known else str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if known else body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def rss() -> bytes:
    at = format_datetime(clock.now() - timedelta(hours=1))
    items = f"<item><guid>a1</guid><title>一</title><pubDate>{at}</pubDate><description>{TEXT}</description></item>"
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def machine(port: int) -> Machine:
    reach = Reach(allow=("127.0.0.0/8",), placed={"feed.example.cn": ("127.0.0.1", port)})
    return Machine(reach=reach, manners=Manners(rate_per_s=1000, robots=False), limits=Limits(total_s=5))


@pytest.mark.django_db
def test_a_feed_is_asked_when_it_is_due_and_only_for_what_is_new() -> None:
    account, seen, now = AccountFactory(feed="http://feed.example.cn/rss"), list[dict[str, str]](), clock.now()
    with served(rss(), seen) as port:
        assert feeding.feed_all(machine(port), now) == feeding.Fed(answered=1, failed=0, posts=1)
        assert feeding.feed_all(machine(port), now + timedelta(hours=5)).answered == 0
        later = now + timedelta(hours=6)
        assert feeding.feed_all(machine(port), later) == feeding.Fed(answered=1, failed=0, posts=0)
    assert [head.get("If-None-Match") for head in seen] == [None, '"1"']
    account.refresh_from_db()
    assert account.posts_checked_at == later
    assert Post.objects.get().origin == "feed"


@pytest.mark.django_db
def test_a_feed_that_fails_is_asked_ever_more_seldom_and_private_addresses_never() -> None:
    account, now, plain = (
        AccountFactory(feed="http://127.0.0.1:9/rss"),
        clock.now(),
        Machine(manners=Manners(robots=False)),
    )
    waits = []
    for _ in range(5):
        assert feeding.feed_all(plain, now).failed == 1
        state = FeedState.objects.get(account=account)
        assert "不是公网地址" in state.error
        waits.append((state.again_at - now) / timedelta(hours=1))
        now = state.again_at
    assert waits == [12, 24, 48, 48, 48]
    account.refresh_from_db()
    assert account.posts_checked_at is None


@pytest.mark.django_db
def test_what_is_no_feed_is_noted_and_keeps_nothing() -> None:
    account = AccountFactory(feed="http://feed.example.cn/rss")
    with served(b"<html>no feed</html>", []) as port:
        assert feeding.feed([account], replace(machine(port)), clock.now()).failed == 1
    assert FeedState.objects.get().fails == 1
    assert not Post.objects.exists()
