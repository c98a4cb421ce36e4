"""Posts go through the checks of texts: wording, misspelling, privacy, marks of secrets; and one text posted again and again.

The texts' checks are the page-level ones. A post is known by its number on the platform, so that a corrected post is the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

from yunshu.domains.inspection.checks import facts, page_privacy, page_secrets, page_wording, severities
from yunshu.domains.inspection.checks.seen import Kit, PostCard, Seen, SiteCard
from yunshu.domains.inspection.checks.site_reposts import groups, pairs
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found, Proof
from yunshu.lib import privacy
from yunshu.lib.crawl import parse
from yunshu.lib.crawl.dates import Dated

CONTENT = (Check.WORDING_SERIOUS, Check.WORDING_WRONG, Check.SPELLING, Check.PRIVACY_LEAK, Check.SECRET_MARK)
"""What one post's text shows by itself."""
NOTHING = parse(b"", "text/html", "")
_SENTENCES = re.compile(r"(?<=[。！？!?])|\n")


def text_of(post: PostCard) -> str:
    """Return the text to be looked at: title and body as lines; empty for a post that says nothing."""
    return "\n".join(part for part in (post.title.strip(), post.text.strip()) if part)


def look(post: PostCard, account: str, kit: Kit) -> Iterator[Found]:
    """Yield what is wrong with the words of one post of an account (its number), each with the text as proof."""
    text = text_of(post)
    if not text:
        return
    card = SiteCard(code=account, name="", unit="", kind="", hosts=(), home_url="", has_service_duty=False)
    seen = Seen(
        url=f"post:{post.id}",
        status=200,
        headers={},
        at=post.at,
        page=NOTHING,
        role="post",
        dated=Dated(post.at, "post"),
    )
    proof = _proof(text, post)
    for found in (
        *page_secrets.in_text(text, seen, card),
        *page_privacy.in_text(text, seen, card, kit),
        *page_wording.in_text(text, seen, card, kit),
    ):
        yield _of_account(found, account, post, (proof,))


def reposts(posts: Sequence[PostCard], account: str, kit: Kit) -> Iterator[Found]:
    """Yield each text that an account posted more than once, shown at the latest."""
    known = {post.id: post for post in posts}
    blocks = {post.id: _blocks(post.text) for post in posts}
    for group in groups(pairs(blocks, kit.param("repost", "share"), kit.param("repost", "characters"))):
        ordered = sorted((known[one] for one in group), key=lambda post: (post.at, post.id))
        first, last = ordered[0], ordered[-1]
        yield Found(
            kind=Check.REPOST,
            severity=severities.of(Check.REPOST),
            key=f"post:{first.id}",
            words=f"“{last.title or last.text[:20]}”重复发布 {len(ordered)} 次"[:300],
            account=account,
            url=last.url,
            place="发文",
            detail={
                "post": last.id,
                "first": first.id,
                "posts": [post.id for post in ordered][:100],
                "title": last.title,
            },
        )


def _of_account(found: Found, account: str, post: PostCard, proofs: tuple[Proof, ...]) -> Found:
    place = f"发文“{post.title}”" if post.title else "发文"
    detail = {**found.detail, "post": post.id}
    return replace(found, site="", account=account, url=post.url, place=place[:300], detail=detail, proofs=proofs)


def _proof(text: str, post: PostCard) -> Proof:
    """Return the post's words as they were, personal numbers masked: what may be shown of them."""
    shown = privacy.masked(text, privacy.scan(text, today=post.at.date()))
    return Proof(kind="text", sha256=sha256(shown.encode()).hexdigest(), taken_at=post.at, words=shown)


def _blocks(text: str) -> Mapping[str, int]:
    """Return each sentence with the one before it: short posts share stock sentences, but only a text posted again has them in a row."""
    lines = [line for part in _SENTENCES.split(text) if (line := "".join(part.split()))]
    rows = [f"{before}{line}" for before, line in pairwise(("", *lines))]
    return dict(zip(facts.blocks_of("\n".join(rows)), map(len, lines), strict=True))
