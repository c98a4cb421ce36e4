"""账号不更新、僵尸账号、无互动功能、未认证: the account itself, by ``rules.accounts`` (which has the sources), with the city's terms."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from yunshu.domains.inspection.checks.seen import AccountCard, Kit, PostCard
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.rules import accounts as rules


def conclude(account: AccountCard, posts: Sequence[PostCard], kit: Kit, now: datetime) -> Iterator[Found]:
    """Yield the faults of an account. Without an import of posts (``checked_at``) nothing is said of its freshness."""
    terms = rules.Terms(
        stale_days=kit.param("account_stale", "days"), zombie_months=kit.param("account_zombie", "months")
    )
    checked_at = min(account.checked_at, now) if account.checked_at else None
    facts = rules.Facts(
        number=account.number,
        name=account.name,
        platform=account.platform,
        org=account.unit,
        is_running=account.is_running,
        is_main=account.is_main,
        is_certified=account.is_certified,
        has_interaction=account.has_interaction,
        registered_no=account.registered_no,
        since=account.since,
        last_post_at=max((post.at for post in posts), default=None),
        checked_at=checked_at,
    )
    yield from rules.judge(facts, terms)
