"""Posts and letters are taken in: the same again changes nothing, what a person judged stays."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.domains.inspection.models import Account, Message, Post, Site
from yunshu.domains.inspection.selectors.media import get_message
from yunshu.domains.inspection.services.accounts import locked_account
from yunshu.lib.feeds import Entry
from yunshu.lib.kernel.errors import NotFound, Refused

AHEAD = timedelta(days=1)
MOST_POSTS = 5_000
MOST_LINKS = 500
LONGEST_ID = 120


@dataclass(frozen=True, kw_only=True)
class PostSpec:
    """One post as its platform has it; ``post_id`` is the platform's number, or whatever names it for good."""

    post_id: str
    at: datetime
    title: str = ""
    text: str = ""
    url: str = ""
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What of a post changes when it is edited (SHA-256, hexadecimal)."""
        words = [self.at.timestamp(), self.title, self.text, self.url, list(self.links), list(self.images)]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def post_of(entry: Entry) -> PostSpec:
    """Return an entry of a feed as a post; an id too long to be kept is known by its digest."""
    name = entry.id if len(entry.id) <= LONGEST_ID else f"sha256:{hashlib.sha256(entry.id.encode()).hexdigest()}"
    return PostSpec(
        post_id=name,
        at=entry.at,
        title=entry.title,
        text=entry.text,
        url=entry.url,
        links=entry.links,
        images=entry.images,
    )


@dataclass(frozen=True)
class Taken:
    """How many posts or letters were new, changed, or the same; ``outcomes`` in the order given."""

    outcomes: tuple[str, ...]

    def count(self, outcome: str) -> int:
        """How many came out as ``new``, ``changed`` or ``same``."""
        return self.outcomes.count(outcome)


@transaction.atomic
def take_posts(*, actor: Viewer, account: str, posts: Sequence[PostSpec], origin: str, now: datetime) -> Taken:
    """Take in posts of an account (by its number), all or none; the account counts as looked at now.

    An empty sequence says that nothing was published since. Raises NotFound (``account_not_found``), NotPermitted and
    Refused (``too_many_posts``, ``post_id_missing``, ``post_ahead``, ``post_empty``).
    """
    row = locked_account(actor, account)
    if len(posts) > MOST_POSTS:
        raise Refused("too_many_posts", _("一次最多 %(n)s 条。") % {"n": MOST_POSTS})
    taken = Taken(tuple(put_post(row, spec, origin, now) for spec in posts))
    looked_at(row, now)
    return taken


def put_post(account: Account, spec: PostSpec, origin: str, now: datetime) -> str:
    """Write one post, in the caller's transaction; return ``new``, ``changed`` or ``same``. Raises Refused as ``take_posts``."""
    if not spec.post_id.strip():
        raise Refused("post_id_missing", _("缺少发文标识。"), where="post_id")
    if spec.at > now + AHEAD:
        raise Refused("post_ahead", _("发布时间晚于现在。"), where="at")
    if not (spec.title.strip() or spec.text.strip() or spec.images):
        raise Refused("post_empty", _("标题、正文、图片不能都为空。"), where="title")
    row = Post.objects.filter(account=account, post_id=spec.post_id.strip()[:LONGEST_ID]).first()
    if row is not None and row.digest == spec.digest:
        return "same"
    made = row or Post(account=account, post_id=spec.post_id.strip()[:LONGEST_ID])
    made.at, made.title, made.text, made.url = spec.at, spec.title.strip()[:300], spec.text, spec.url[:1000]
    made.links = [link[:1000] for link in spec.links[:MOST_LINKS]]
    made.images = [image[:1000] for image in spec.images[:MOST_LINKS]]
    made.digest, made.origin, made.taken_at = spec.digest, origin, now
    made.save()
    return "new" if row is None else "changed"


def looked_at(account: Account, now: datetime) -> None:
    """Note that an account's posts are known up to now, in the caller's transaction."""
    account.posts_checked_at = max(now, account.posts_checked_at or now)
    account.last_post_at = account.posts.order_by("-at").values_list("at", flat=True).first()
    account.save(update_fields=["posts_checked_at", "last_post_at"])


@transaction.atomic
def write_post(*, actor: Viewer, account: str, spec: PostSpec, now: datetime) -> Taken:
    """Enter one post by hand. Raises as ``take_posts``."""
    return take_posts(actor=actor, account=account, posts=[spec], origin=PostOrigin.MANUAL, now=now)


@dataclass(frozen=True, kw_only=True)
class MessageSpec:
    """One letter as a site shows it; ``replied_at`` None: no reply yet, or its time is not shown."""

    message_id: str
    title: str
    asked_at: datetime
    replied_at: datetime | None = None
    is_public: bool = True
    text: str = ""
    reply: str = ""
    url: str = ""


@transaction.atomic
def take_messages(*, site: str, seen: Sequence[MessageSpec], now: datetime) -> Taken:
    """Bring the letters of a site (by its identification code) up to what was seen; whether one is valid stays as judged.

    Raises NotFound (``site_not_found``).
    """
    row = Site.objects.select_for_update().filter(id_code=site).first()
    if row is None:
        raise NotFound("site_not_found")
    return Taken(tuple(_put_message(row, spec, now) for spec in seen))


def _put_message(site: Site, spec: MessageSpec, now: datetime) -> str:
    row = Message.objects.filter(site=site, message_id=spec.message_id[:120]).first()
    made = row or Message(site=site, message_id=spec.message_id[:120])
    words = {
        "title": spec.title[:300],
        "url": spec.url[:1000],
        "asked_at": spec.asked_at,
        "replied_at": spec.replied_at,
        "is_public": spec.is_public,
        "text": spec.text,
        "reply": spec.reply,
    }
    differs = row is None or any(getattr(made, name) != value for name, value in words.items())
    for name, value in words.items():
        setattr(made, name, value)
    made.seen_at = now
    made.save()
    return "new" if row is None else "changed" if differs else "same"


@transaction.atomic
def judge_message(*, actor: Viewer, message: int, is_valid: bool | None) -> Message:
    """Say whether a letter had to be answered; None: not judged. Raises NotFound (``message_not_found``) and NotPermitted."""
    row = get_message(actor, message)
    actor.require(REGISTRY_EDIT, row.site.org.path)
    row.is_valid = is_valid
    row.save(update_fields=["is_valid"])
    return row
