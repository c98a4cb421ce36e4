"""The words of posts go through the checks of texts: each once, again when its words change, and all when the rules do.

An account at a time, in one transaction that holds it: killed anywhere, what was not written down is read again, and a find is
one find however often it is read.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from yunshu.domains.inspection.checks import account_posts
from yunshu.domains.inspection.checks.seen import Kit, PostCard
from yunshu.domains.inspection.choices import Check, SiteState
from yunshu.domains.inspection.models import Account, Finding, Post, PostReading
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.lib.kernel import clock

AT_ONCE = 200
LOOK_BACK = timedelta(days=366)
"""How far back a text counts as posted again [I]."""


def unread(rules: str = "") -> QuerySet[Post]:
    """Return the posts of running accounts whose words nobody read; with a version of the rules, also those read by another."""
    due = Q(reading=None) | ~Q(reading__digest=F("digest"))
    if rules:
        due |= ~Q(reading__rules=rules)
    return Post.objects.filter(due, account__state=SiteState.RUNNING)


def read_all(seconds: float | None = None, *, by_rules: bool = False) -> int:
    """Read what is unread for so many seconds (None: all of it); ``by_rules``: also what other rules read. Return how many."""
    if not by_rules and not unread().exists():
        return 0
    kit, ends, done = kits.kit(), time.monotonic() + (seconds or 0), 0
    version = kit.version if by_rules else ""
    for account in unread(version).order_by("account").values_list("account", flat=True).distinct():
        while seconds is None or time.monotonic() < ends:
            read = read_account(account, kit, clock.now(), version)
            done += read
            if not read:
                break
    return done


@transaction.atomic
def read_account(account: int, kit: Kit, now: datetime, rules: str = "") -> int:
    """Read the next posts of an account (its id), keep what is wrong with them; return how many, 0 where another reads there."""
    row = Account.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=account).first()
    rows = list(unread(rules).filter(account=row).order_by("pk")[:AT_ONCE]) if row else []
    if row is None or not rows:
        return 0
    found = [each for post in rows for each in account_posts.look(card(post), row.number, kit)]
    findings.keep(kits.versioned(found, kit), by=MACHINE, now=now)
    read = Finding.objects.filter(
        account=row, kind__in=account_posts.CONTENT, origin="machine", gone_at=None, last_seen__lt=now,
        detail__post__in=[post.post_id for post in rows],
    )  # fmt: skip
    findings.gone(read.exclude(fingerprint__in=map(fingerprints.of, found)), now)
    _reposts(row, kit, now)
    _note(rows, kit, now)
    return len(rows)


def card(post: Post) -> PostCard:
    """Return a post as checks take it."""
    return PostCard(
        id=post.post_id, at=post.at.astimezone(clock.CITY_ZONE), title=post.title, text=post.text, url=post.url,
        links=tuple(post.links), images=tuple(post.images),
    )  # fmt: skip


def _reposts(row: Account, kit: Kit, now: datetime) -> None:
    posts = [card(post) for post in row.posts.filter(at__gt=now - LOOK_BACK)]
    found = list(account_posts.reposts(posts, row.number, kit))
    findings.keep(kits.versioned(found, kit), by=MACHINE, now=now)
    findings.absent(
        kind=Check.REPOST, seen=[each.key for each in found], began=now, complete=True, now=now, account=row.number
    )


def _note(rows: Sequence[Post], kit: Kit, now: datetime) -> None:
    PostReading.objects.bulk_create(
        [PostReading(post=post, digest=post.digest, rules=kit.version, read_at=now) for post in rows],
        update_conflicts=True,
        unique_fields=["post"],
        update_fields=["digest", "rules", "read_at"],
    )
