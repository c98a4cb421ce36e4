"""Retests of accounts: the feed is asked, the posts are read, the facts judged; what nobody brought in since is not known."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from yunshu.domains.inspection.checks import account_posts
from yunshu.domains.inspection.checks.seen import Kit
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.contracts import Proof
from yunshu.domains.inspection.models import Account, Finding, Retest
from yunshu.domains.inspection.rules import accounts as rules
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.selectors.media import facts_of
from yunshu.domains.inspection.services.watching import feeding, judging, reading

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

OF_POSTS = (*account_posts.CONTENT, Check.REPOST)
Answer = tuple[str, str, tuple[Proof, ...]]


def judge(row: Retest, machine: "Machine", kit: Kit, now: datetime) -> Answer:
    """Return what a retest of an account's finding found, in words, with its proofs."""
    finding = row.finding
    if finding.account is None:
        return RetestResult.INCONCLUSIVE, "", ()
    if finding.account.feed:
        feeding.feed([finding.account], machine, now)
    account = Account.objects.select_related("org").get(pk=finding.account.pk)
    if finding.kind in OF_POSTS:
        return _posts(finding, account, row.asked_at, kit)
    return _account(finding, account, row.asked_at)


def _account(finding: Finding, account: Account, asked_at: datetime) -> Answer:
    facts = facts_of(account)
    found = judging.faults_of(list(Account.objects.select_related("org").filter(org=account.org)))
    if finding.fingerprint not in map(fingerprints.of, found):
        is_known = finding.kind in rules.known(facts)
        return (RetestResult.GONE if is_known else RetestResult.INCONCLUSIVE), "", ()
    of_time = finding.kind in (Check.ACCOUNT_STALE, Check.ACCOUNT_ZOMBIE)
    if of_time and account.posts_checked_at is not None and account.posts_checked_at >= asked_at:
        return RetestResult.FOUND, _("报整改后的发文已导入，仍没有更新。"), ()
    if of_time:
        return RetestResult.INCONCLUSIVE, _("报整改后还没有导入发文，请导入后人工核实。"), ()
    return RetestResult.INCONCLUSIVE, _("台账仍登记为有这个问题，请核实后更正账号信息。"), ()


def _posts(finding: Finding, account: Account, asked_at: datetime, kit: Kit) -> Answer:
    about = finding.detail.get("posts") or [finding.detail.get("post")]
    posts = list(account.posts.filter(post_id__in=about))
    cards = [reading.card(post) for post in posts]
    found = [each for post in cards for each in account_posts.look(post, account.number, kit)]
    again = [each for each in found if fingerprints.of(each) == finding.fingerprint]
    if finding.kind == Check.REPOST:
        again = list(account_posts.reposts(cards, account.number, kit))
    if not again:
        return RetestResult.GONE, "", ()
    if any(post.taken_at >= asked_at for post in posts):
        return RetestResult.FOUND, _("报整改后导入的发文仍有这个问题。"), again[0].proofs
    return RetestResult.INCONCLUSIVE, _("报整改后还没有导入改正后的发文，请导入后人工核实。"), ()
