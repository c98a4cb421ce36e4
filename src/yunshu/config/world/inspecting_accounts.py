"""A generated city's new-media accounts under inspection: registered, their posts brought in, and what was found beside the truth."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from yunshu.config.world.inspecting import Score
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.models import Account, Finding
from yunshu.domains.inspection.services import accounts, media
from yunshu.domains.inspection.services.watching import judging, reading
from yunshu.lib.synthetic.web import Account as Made
from yunshu.lib.synthetic.web import Post, WebCity
from yunshu.lib.synthetic.web.kinds import Seeded

PLATFORMS = {"微信公众号": "wechat", "新浪微博": "weibo", "抖音": "douyin", "今日头条": "toutiao"}
Name = Callable[[Seeded], str]
OF_ACCOUNTS = frozenset({"account_stale", "account_zombie", "account_mute", "account_uncertified"})
EITHER = frozenset({"spelling", "wording_wrong"})
"""A listed misspelling may be found by either check."""


def register(city: WebCity, org: Org, actor: Viewer, now: datetime) -> list[Account]:
    """Enter the city's accounts as an official would, and bring their posts in as a platform exports them."""
    made = []
    for one in city.accounts:
        row = accounts.register_account(actor=actor, spec=_spec(one, org), now=now)
        posts = [post_of(post) for post in one.posts]
        media.take_posts(actor=actor, account=row.number, posts=posts, origin=PostOrigin.JSON, now=now)
        made.append(row)
    return made


def _spec(one: Made, org: Org) -> accounts.AccountSpec:
    return accounts.AccountSpec(
        platform=PLATFORMS.get(one.platform, "other"),
        handle=one.number,
        name=one.name,
        org=org.code,
        is_main=False,  # the made-up units are one department here
        is_certified=one.certified,
        has_interaction=bool(one.interaction),
        registered_no=one.registered_no,
        url=one.url,
    )


def post_of(post: Post) -> media.PostSpec:
    """Return a made-up post as it is brought in."""
    return media.PostSpec(post_id=post.id, at=post.at, title=post.title, text=post.text, url=post.url)


def retire(org: Org) -> None:
    """Close what an inspection of a made-up city left, and give its handles free: the next city may have the same."""
    for row in Account.objects.filter(org=org, state=SiteState.RUNNING):
        row.state, row.handle = SiteState.CLOSED, f"{row.number}.{row.handle}"[:120]
        row.save(update_fields=["state", "handle"])


def inspect(now: datetime) -> int:
    """Do what the clocks of accounts do: read the posts, judge the accounts; return how many posts were read."""
    read = reading.read_all()
    judging.judge_all(now)
    return read


def scores(city: WebCity, rows: list[Account]) -> dict[str, Score]:
    """Return the score of every check of accounts, and of the checks of texts on their posts (``发文 …``)."""
    truth = [row for row in city.truth() if row.check in OF_ACCOUNTS]
    found: dict[str, set[str]] = defaultdict(set)
    seen = Finding.objects.filter(account__in=rows, gone_at=None, kind__in=OF_ACCOUNTS)
    for kind, handle in seen.values_list("kind", "account__handle"):
        found[kind].add(handle)
    made = {check: _score(check, truth, found, lambda row: row.owner) for check in sorted(OF_ACCOUNTS)}
    return made | _of_posts(city, rows)


def _of_posts(city: WebCity, rows: list[Account]) -> dict[str, Score]:
    truth = [row for row in city.truth() if row.place == "post"]
    found: dict[str, set[str]] = defaultdict(set)
    seen = Finding.objects.filter(account__in=rows, gone_at=None).exclude(kind__in=(*OF_ACCOUNTS, "other"))
    for kind, url in seen.values_list("kind", "url"):
        found[kind].add(url)
    kinds = sorted({row.check for row in truth} | set(found))
    return {f"发文 {kind}": _score(kind, truth, found, lambda row: row.url) for kind in kinds}


def _score(check: str, truth: list[Seeded], found: dict[str, set[str]], name: Name) -> Score:
    like = EITHER if check in EITHER else {check}
    bad = {name(row) for row in truth if row.check == check and not row.innocent}
    right = {name(row) for row in truth if row.check in like and not row.innocent}
    reached = set().union(*(found[one] for one in like))
    false = found[check] - right
    return Score(len(bad), len(found[check]), len(bad & reached), tuple(sorted(bad - reached)), tuple(sorted(false)))
