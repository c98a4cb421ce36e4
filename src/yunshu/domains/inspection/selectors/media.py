"""Reading accounts, their posts, and letters."""

from django.db.models import Count, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.models import Account, FeedState, Finding, Message, Post, PostReading
from yunshu.domains.inspection.rules import accounts as rules
from yunshu.domains.inspection.selectors.findings import visible_findings
from yunshu.domains.inspection.selectors.reach import within
from yunshu.domains.inspection.selectors.sites import DONE, OPEN_FINDINGS
from yunshu.lib.kernel.errors import NotFound


def visible_accounts(viewer: Viewer) -> QuerySet[Account]:
    """Return the accounts of the organisations in reach, with ``open_findings``."""
    rows = Account.objects.filter(within(viewer, VIEW, "org__path")).select_related("org")
    return rows.annotate(open_findings=Count("findings", filter=OPEN_FINDINGS, distinct=True))


def get_account(viewer: Viewer, number: str) -> Account:
    """Return one account; raise NotFound (``account_not_found``)."""
    row = visible_accounts(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("account_not_found")
    return row


def facts_of(row: Account) -> rules.Facts:
    """Return an account as the rules take it."""
    return rules.Facts(
        number=row.number,
        name=row.name,
        platform=row.platform,
        org=row.org.code,
        is_running=row.state == SiteState.RUNNING,
        is_main=row.is_main,
        is_certified=row.is_certified,
        has_interaction=row.has_interaction,
        registered_no=row.registered_no,
        since=row.created_at,
        last_post_at=row.last_post_at,
        checked_at=row.posts_checked_at,
    )


def feed_state_of(row: Account) -> FeedState | None:
    """Return how asking for an account's feed went last; None where there is none or nobody asked yet."""
    return FeedState.objects.filter(account=row, url=row.feed).first()


def open_findings_of(viewer: Viewer, row: Account, most: int = 20) -> list[Finding]:
    """Return the findings of an account that ask something of somebody, the newest first."""
    rows = visible_findings(viewer).filter(account=row).exclude(state__in=DONE)
    return list(rows.order_by("-last_seen", "-pk")[:most])


def reading_of(row: Post) -> PostReading | None:
    """Return when the words of a post as they are now were checked; None where that is still to be done."""
    return PostReading.objects.filter(post=row, digest=row.digest).first()


def findings_of_post(viewer: Viewer, row: Post) -> list[Finding]:
    """Return what was found in a post, or of it as one of several of the same text."""
    told = Q(detail__post=row.post_id) | Q(detail__posts__contains=row.post_id)
    return list(visible_findings(viewer).filter(told, account=row.account_id).order_by("-last_seen", "-pk"))


def visible_posts(viewer: Viewer) -> QuerySet[Post]:
    """Return the posts of the accounts in reach."""
    return Post.objects.filter(within(viewer, VIEW, "account__org__path")).select_related("account__org")


def get_post(viewer: Viewer, number: str, pk: int) -> Post:
    """Return one post of an account; raise NotFound (``post_not_found``)."""
    row = visible_posts(viewer).filter(account__number=number, pk=pk).first()
    if row is None:
        raise NotFound("post_not_found")
    return row


def visible_messages(viewer: Viewer) -> QuerySet[Message]:
    """Return the letters of the sites in reach."""
    return Message.objects.filter(within(viewer, VIEW, "site__org__path")).select_related("site__org")


def get_message(viewer: Viewer, pk: int) -> Message:
    """Return one letter; raise NotFound (``message_not_found``)."""
    row = visible_messages(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("message_not_found")
    return row
