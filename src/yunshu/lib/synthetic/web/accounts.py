"""Ten accounts of the city on other people's platforms, as an export has them: plain rows, posts with dates and figures."""

import csv
import io
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.places import phone
from yunshu.lib.synthetic.web import prose
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.kinds import Seeded
from yunshu.lib.synthetic.web.model import Site

PLATFORMS = ("微信公众号", "新浪微博", "抖音", "今日头条", "微信视频号")
_HOSTS = {
    "微信公众号": "mp.weixin.example", "新浪微博": "weibo.example", "抖音": "douyin.example", "今日头条": "toutiao.example",
    "微信视频号": "channels.weixin.example",
}  # fmt: skip


@dataclass
class Post:
    """One post as exported."""

    id: str
    at: datetime
    title: str
    text: str
    url: str
    images: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    reads: int = 0
    likes: int = 0


@dataclass
class Account:
    """One account. ``interaction`` are the functions open to readers: comments, messages, menu."""

    number: str
    platform: str
    name: str
    unit: str
    unit_code: str
    certified: bool
    registered_no: str
    main: bool
    interaction: list[str]
    followers: int
    url: str
    posts: list[Post] = field(default_factory=list)


# what each account is like: age of its last post in days, certified, interaction, and the truth about it
_PLANS = (
    ((0.5, 3), True, ("comments", "messages", "menu"), ()),
    ((0.5, 3), True, ("messages",), (("account_mute", "messages_only", True),)),
    ((12.1, 12.9), True, ("comments",), (("account_stale", "nearly", True), ("account_mute", "comments_only", True))),
    ((12.1, 12.9), True, ("comments", "menu"), (("account_stale", "nearly", True),)),
    ((17, 60), True, ("comments",), (("account_stale", "silent", False), ("account_zombie", "silent_for_weeks", True))),
    ((17, 60), True, ("comments", "messages"), (("account_stale", "silent", False), ("account_zombie", "silent_for_weeks", True))),
    ((110, 300), True, ("menu",), (("account_stale", "silent", False), ("account_zombie", "silent_for_months", False))),
    ((110, 300), False, (), (
        ("account_stale", "silent", False), ("account_zombie", "silent_for_months", False), ("account_mute", "nothing_open", False),
        ("account_uncertified", "not_certified", False),
    )),
    ((0.5, 3), True, (), (("account_mute", "nothing_open", False), ("account_uncertified", "certified_lately", True))),
    ((0.5, 3), False, ("comments", "messages"), (("account_uncertified", "not_certified", False),)),
)  # fmt: skip


def plant_accounts(draft: Draft) -> list[Account]:
    """Return the accounts, with the truth about each and about some of their posts written into ``draft``."""
    rng = draft.rng("accounts")
    plans = sorted(_PLANS, key=lambda _: rng.random())
    owners = sorted(draft.lively, key=lambda _: rng.random())
    accounts = []
    for i, ((ages, certified, interaction, truths), owner) in enumerate(zip(plans, owners, strict=False)):
        account = _account(draft, rng, i, owner, certified=certified, interaction=[*interaction])
        _write_posts(
            draft, rng, account, owner, draft.now - timedelta(days=ages[0] + rng.random() * (ages[1] - ages[0]))
        )
        for check, recipe, innocent in truths:
            draft.truth.append(Seeded(check, account.number, account.url, "site", innocent, account.name, recipe))
        accounts.append(account)
    _plant_posts(draft, rng, accounts)
    return accounts


def _account(draft: Draft, rng: Random, i: int, owner: Site, *, certified: bool, interaction: list[str]) -> Account:
    platform, number = PLATFORMS[i % len(PLATFORMS)], f"{draft.label}-{i + 1:02d}"
    return Account(
        number=number, platform=platform, name=f"{owner.short}发布", unit=owner.short, unit_code=owner.code, certified=certified,
        registered_no=f"XMT{owner.code}{i:02d}", main=True, interaction=interaction, followers=int(rng.random() * 90_000),
        url=f"https://{_HOSTS[platform]}/{number}",
    )  # fmt: skip


def _write_posts(draft: Draft, rng: Random, account: Account, owner: Site, last: datetime) -> None:
    at = last.replace(second=0, microsecond=0)
    for _ in range(12 + int(rng.random() * 20)):
        about, number = prose.topic(rng), draft.number()
        text = "".join(prose.paragraphs(rng, owner.short, about, prose.day_words(at.month, at.day), 2))
        title = prose.news_title(rng, owner.short, about)
        post = Post(str(number), at, title, text, f"{account.url}/{number}", reads=int(rng.random() * 9000))
        post.likes = post.reads // (20 + int(rng.random() * 80))
        account.posts.append(post)
        at -= timedelta(hours=20 + rng.random() * 150)


def _plant_posts(draft: Draft, rng: Random, accounts: list[Account]) -> None:
    """Plant wordings, misspellings and telephone numbers in posts, and quotations and masked numbers beside them."""
    free = sorted([(a, p) for a in accounts for p in a.posts], key=lambda _: rng.random())
    words = [w for w in draft.words if w.kind != "advert" and w.valid_from is None]
    for i in range(12):
        word, number = pick(rng, words), phone(rng)
        said = {
            "wrong": (word.kind, word.wrong, f"大家要重视{word.wrong}。"),
            "quoted": (word.kind, word.wrong, f"更正：前一条推送中“{word.wrong}”应为“{word.right}”。"),
            "number": ("privacy_leak", number, f"获奖者{prose.person(rng)}，电话{number}。"),
            "masked": ("privacy_leak", f"{number[:3]}****{number[7:]}", f"获奖者电话{number[:3]}****{number[7:]}。"),
        }
        recipe = ("wrong", "quoted", "number", "masked")[i % 4]
        check, seen, sentence = said[recipe]
        account, post = free.pop()
        post.text += sentence
        innocent = recipe in ("quoted", "masked")
        draft.truth.append(Seeded(check, account.number, post.url, "post", innocent, seen, f"post_{recipe}"))
    for recipe in ("again", "again", "same_title"):
        _plant_repost(draft, free, recipe)


def _plant_repost(draft: Draft, free: list[tuple[Account, Post]], recipe: str) -> None:
    """Let an account post the text of an earlier post again under another title, or another text under the same title."""
    account, one = free.pop()
    other = next(post for owner, post in reversed(free) if owner is account)
    free.remove((account, other))
    earlier, later = sorted((one, other), key=lambda post: post.at)
    if recipe == "again":
        later.text = earlier.text
    else:
        later.title = earlier.title
    words = later.text.partition("。")[0]
    innocent = recipe != "again"
    draft.truth.append(Seeded("repost", account.number, later.url, "post", innocent, words, f"post_{recipe}"))


def as_json(accounts: tuple[Account, ...]) -> list[dict[str, Any]]:
    """Return accounts with their posts as plain data; times as ISO 8601."""
    return [
        asdict(account) | {"posts": [asdict(post) | {"at": post.at.isoformat()} for post in account.posts]}
        for account in accounts
    ]


def as_csv(accounts: tuple[Account, ...]) -> str:
    """Return all posts as the CSV of a platform's export: one row a post, headings in Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ("平台", "账号名称", "账号编号", "作品编号", "发布时间", "标题", "正文", "链接", "阅读数", "点赞数")
    )
    for account in accounts:
        for post in account.posts:
            writer.writerow((
                account.platform, account.name, account.number, post.id, f"{post.at:%Y-%m-%d %H:%M:%S}", post.title, post.text,
                post.url, post.reads, post.likes,
            ))  # fmt: skip
    return out.getvalue()
