"""Posts brought in by a file: a sheet, JSON, or a feed. All become lines of one sheet, so that all are tried before any is written."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Platform
from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.domains.inspection.models import Account, Post
from yunshu.domains.inspection.services import media
from yunshu.domains.inspection.services.sheets import Heading, Line, Sheet, choice, instant
from yunshu.lib import feeds
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound, Refused

HEADINGS = (
    Heading("account", _l("账号编号")),
    Heading("platform", _l("平台"), ("平台名称",)),
    Heading("handle", _l("账号标识"), ("账号ID", "微信号")),
    Heading("post_id", _l("发文标识"), ("文章ID", "消息ID", "ID"), needed=True),
    Heading("at", _l("发布时间"), ("发表时间", "发送时间", "日期"), needed=True),
    Heading("title", _l("标题"), ("内容标题", "文章标题")),
    Heading("text", _l("正文"), ("内容", "全文")),
    Heading("url", _l("网址"), ("链接地址", "内容url", "URL")),
    Heading("links", _l("链接")),
    Heading("images", _l("图片")),
)
FIELDS = tuple(h.field for h in HEADINGS)


def put_post(actor: Viewer, line: Line, now: datetime) -> str:
    """Write one post; its account is named by number, or by platform and handle. Raises as ``services.media`` does."""
    spec = media.PostSpec(
        post_id=line["post_id"],
        at=instant(line["at"]),
        title=line.get("title", ""),
        text=line.get("text", ""),
        url=line.get("url", ""),
        links=tuple(line.get("links", "").split()),
        images=tuple(line.get("images", "").split()),
    )
    return media.put_post(_account(actor, line), spec, line.get("origin", PostOrigin.SHEET), now)


def _account(actor: Viewer, line: Line) -> Account:
    if line.get("account"):
        rows = Account.objects.filter(number=line["account"])
    elif line.get("platform") and line.get("handle"):
        platform = choice(line["platform"], Platform.choices, HEADINGS[1].label)
        rows = Account.objects.filter(platform=platform, handle=line["handle"])
    else:
        raise Refused("account_missing", _("没有说明是哪个账号：填账号编号，或平台和账号标识。"))
    row = rows.select_related("org").first()
    if row is None or not actor.may(REGISTRY_EDIT, row.org.path):
        raise NotFound("account_not_found", _("没有这个账号，或您不能维护它。"))
    return row


def _finish(actor: Viewer, lines: Sequence[Line], now: datetime) -> None:
    for account in {_account(actor, line) for line in lines}:
        media.looked_at(account, now)


def for_account(lines: Sequence[Line], account: str, origin: str) -> list[Line]:
    """Return the lines with where they came from, and the account of those that name none."""
    made = []
    for line in lines:
        is_named = line.get("account") or line.get("handle")
        made.append(line | {"origin": origin} | ({} if is_named or not account else {"account": account}))
    return made


def from_json(data: bytes) -> list[Line]:
    """Return the posts of a JSON array (or of ``{"posts": […]}``), keys as in ``FIELDS``. Raises Refused (``json_bad``)."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused("json_bad", _("不是有效的 JSON。")) from error
    rows = found.get("posts") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise Refused("json_bad", _("JSON 应是发文的数组，每条是一个对象。"))
    return [{name: _cell(row.get(name)) for name in FIELDS if name in row} for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value).replace("\x00", "")


def from_feed(data: bytes) -> list[Line]:
    """Return the entries of an RSS or Atom file. Raises Refused (``feed_bad``)."""
    try:
        entries = feeds.read(data, CITY_ZONE)
    except feeds.BadFeed as error:
        raise Refused("feed_bad", _("不是看得懂的 RSS 或 Atom：%(why)s") % {"why": error}) from error
    if not entries:
        raise Refused("file_empty", _("文件里没有可导入的行。"))
    return [
        {
            "post_id": one.post_id,
            "at": one.at.isoformat(),
            "title": one.title,
            "text": one.text,
            "url": one.url,
            "links": "\n".join(one.links),
            "images": "\n".join(one.images),
        }
        for one in map(media.post_of, entries)
    ]


def _values(row: Post) -> Sequence[Any]:
    return [
        row.account.number, row.account.get_platform_display(), row.account.handle, row.post_id,
        row.at.astimezone(CITY_ZONE).isoformat(sep=" "), row.title, row.text, row.url, "\n".join(row.links), "\n".join(row.images),
    ]  # fmt: skip


POSTS = Sheet(
    slug="posts",
    title=_l("账号发文"),
    key="account,platform,handle,post_id",
    headings=HEADINGS,
    put=put_post,
    values=_values,
    finish=_finish,
)
