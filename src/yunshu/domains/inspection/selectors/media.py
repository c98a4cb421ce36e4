"""Reading accounts, their posts, and letters."""

from django.db.models import Count, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.contracts import VIEW, Found
from yunshu.domains.inspection.models import Account, Message, Post
from yunshu.domains.inspection.rules import accounts as rules
from yunshu.domains.inspection.selectors.reach import within
from yunshu.domains.inspection.selectors.sites import OPEN_FINDINGS
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


def faults_of_accounts(viewer: Viewer, terms: rules.Terms = rules.TERMS) -> list[Found]:
    """Return what the facts of the accounts in reach say is wrong, as findings take it in."""
    found = [facts_of(row) for row in visible_accounts(viewer).order_by("number")]
    single = [fault for one in found for fault in rules.judge(one, terms)]
    return single + rules.several_main(found)


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
