"""Feeds of accounts (RSS, Atom, JSON Feed) are asked for what is new: seldom, conditionally, and only at public addresses.

Through the crawler's ``Fetcher``: its guard refuses what is not public, it obeys robots.txt and Retry-After. A feed is asked every
six hours [I]; one that fails is asked less and less often, at least every second day.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.models import Account, FeedState
from yunshu.domains.inspection.services import media
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.lib import feeds
from yunshu.lib.crawl import Ask, Fetched, Fetcher
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import YunshuError

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

EVERY = timedelta(hours=6)
SELDOM = timedelta(days=2)
AT_ONCE = 200
NOT_MODIFIED = 304
REASONS = {
    "url": _l("网址有误"),
    "dns": _l("域名解析不了"),
    "address_refused": _l("不是公网地址"),
    "connect": _l("连接不上"),
    "connect_timeout": _l("连接超时"),
    "timeout": _l("超时"),
    "tls": _l("证书有问题"),
    "robots": _l("对方的 robots.txt 不允许"),
    "too_large": _l("内容太大"),
    "redirects": _l("跳转次数太多"),
    "postponed": _l("对方要求稍后再来"),
}
"""Why a feed did not come, in words; what is not among them is said by its code (``lib.crawl.Fetched``)."""


@dataclass(frozen=True, kw_only=True)
class Fed:
    """How many feeds answered, how many did not, how many posts were new or changed."""

    answered: int
    failed: int
    posts: int


def due(now: datetime) -> list[Account]:
    """Return the running accounts whose feed is to be asked for by now; a feed with a new address is."""
    rows = Account.objects.select_related("feed_state").filter(state=SiteState.RUNNING).exclude(feed="")
    rows = rows.filter(Q(feed_state=None) | Q(feed_state__again_at__lte=now) | ~Q(feed_state__url=F("feed")))
    return list(rows.order_by("feed_state__again_at", "pk")[:AT_ONCE])


def feed_all(machine: "Machine", now: datetime) -> Fed:
    """Ask the feeds that are due and take in what they have."""
    return feed(due(now), machine, now)


def feed(accounts: Sequence[Account], machine: "Machine", now: datetime) -> Fed:
    """Ask the feeds of some accounts now; what one of them does is no other's matter."""
    if not accounts:
        return Fed(answered=0, failed=0, posts=0)
    asks = [_ask(row) for row in accounts]
    answers = asyncio.run(_fetch(asks, machine))
    taken = [_keep(row, answer, now) for row, answer in zip(accounts, answers, strict=True)]
    done = [each for each in taken if each is not None]
    return Fed(answered=len(done), failed=len(taken) - len(done), posts=sum(done))


async def _fetch(asks: Sequence[Ask], machine: "Machine") -> list[Fetched]:
    gate = asyncio.Semaphore(machine.at_once)
    async with Fetcher(machine.manners, machine.limits, machine.reach) as fetcher:

        async def one(ask: Ask) -> Fetched:
            async with gate:
                return await fetcher.fetch(ask)

        return await asyncio.gather(*map(one, asks))


def _ask(row: Account) -> Ask:
    known = FeedState.objects.filter(account=row, url=row.feed).first()
    return Ask(row.feed, etag=known.etag if known else "", last_modified=known.modified if known else "")


@transaction.atomic
def _keep(row: Account, answer: Fetched, now: datetime) -> int | None:
    """Take in what a feed answered and note how it went; return how many posts were new or changed, None if it failed."""
    state = FeedState.objects.select_for_update().filter(account=row).first() or FeedState(account=row)
    count, fault = None, _fault(answer)
    if not fault:
        try:
            with transaction.atomic():
                count = _take(row, answer, now)
        except feeds.BadFeed as error:
            fault = _("不是看得懂的 RSS、Atom 或 JSON Feed：%(why)s") % {"why": error}
        except YunshuError as error:
            fault = error.message or error.code
    state.url, state.asked_at, state.error = row.feed, now, fault[:200]
    state.fails = state.fails + 1 if fault else 0
    wait = min(EVERY * 2 ** min(state.fails, 8), SELDOM) if fault else EVERY
    state.again_at = now + max(wait, timedelta(seconds=answer.retry_after_s))
    if not fault:
        state.came_at = now
        if answer.status != NOT_MODIFIED:
            state.etag = answer.headers.get("ETag", "")[:300]
            state.modified = answer.headers.get("Last-Modified", "")[:80]
    state.save()
    return count


def _fault(answer: Fetched) -> str:
    if answer.error:
        return _("没有抓到：%(why)s") % {"why": REASONS.get(answer.error, answer.error)}
    return "" if answer.ok else _("应答 %(status)s") % {"status": answer.status}


def _take(row: Account, answer: Fetched, now: datetime) -> int:
    entries = [] if answer.status == NOT_MODIFIED else feeds.read(answer.body, CITY_ZONE)
    posts = [
        media.post_of(one) for one in entries if (one.title or one.text or one.images) and one.at <= now + media.AHEAD
    ]
    newest = sorted(posts, key=lambda post: post.at, reverse=True)[: media.MOST_POSTS]
    taken = media.take_posts(actor=MACHINE, account=row.number, posts=newest, origin=PostOrigin.FEED, now=now)
    return taken.count("new") + taken.count("changed")
