"""Pages of the shapes that Chinese government sites have, each with the day on which it was published: the truth of the dates test."""

import json
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yunshu.lib.kernel.clock import CITY_ZONE

BODY = "各县（市、区）人民政府，市府直属各单位：现将有关事项通知如下，请认真贯彻执行。会议时间：2019年3月4日上午9时。"
BASE = "http://www.x.gov.cn"


@dataclass(frozen=True)
class Shape:
    """One page as sent, and what is true of it. ``minute`` is None if no time stands on it."""

    kind: str
    url: str
    body: bytes
    content_type: str
    listed_on: date | None
    truth: date
    minute: datetime | None


def shapes(count: int, seed: int) -> list[Shape]:
    """Return ``count`` pages, the kinds in turn."""
    chance = random.Random(seed)
    return [KINDS[n % len(KINDS)](chance, n) for n in range(count)]


def _moment(chance: random.Random) -> datetime:
    start = datetime(2016, 1, 1, tzinfo=CITY_ZONE)
    return start + timedelta(minutes=chance.randrange(60 * 24 * 3800))


def _signed(at: datetime) -> str:
    day = at - timedelta(days=9)
    return f"<p>揭阳市人民政府办公室</p><p>{day.year}年{day.month}月{day.day}日</p>"


def _page(head: str, body: str, charset: str = "utf-8", declared: bool = True) -> bytes:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if declared else ""
    nav = '<div class="nav"><a href="/">首页</a> 今天是2031年1月1日 <a href="/zwgk/">政务公开</a></div>'
    foot = "<footer>版权所有 2015-2031 备案号：粤ICP备12345678号</footer>"
    html = f"<!doctype html><html><head>{meta}<title>关于印发通知的公告</title>{head}</head><body>{nav}{body}{foot}</body></html>"
    return html.encode(charset)


def meta_page(chance: random.Random, number: int) -> Shape:
    at = _moment(chance)
    name = chance.choice(["PubDate", "pubdate", "PUBDATE"])
    written = chance.choice([f"{at:%Y-%m-%d %H:%M}", f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%Y/%m/%d %H:%M}"])
    old = at - timedelta(days=400)
    body = _page(
        f'<meta name="{name}" content="{written}">',
        f"<h1>公告</h1><p>成文日期：{old:%Y-%m-%d}</p><p>{BODY}</p>{_signed(at)}",
    )
    return Shape("meta", f"{BASE}/zwgk/content/post_{number}.html", body, "text/html", None, at.date(), at)


def _gkmlpt(chance: random.Random, number: int, field: str) -> Shape:
    at = _moment(chance).replace(second=0)
    detail = {
        "id": number,
        "title": "关于印发通知的公告",
        "content": f"<p>{BODY}</p>",
        "created_at": "2009-01-01 00:00:00",
    }
    detail[field] = int(at.timestamp()) if chance.random() < 0.5 else f"{at:%Y-%m-%d %H:%M:%S}"
    config = f"window._CONFIG = {{SID:'663001', /* 栏目 */ DETAIL:{json.dumps(detail, ensure_ascii=False)}, TREE:[],}};"
    body = _page("", f'<div id="app"></div><script>{config}</script>')
    where = f"{BASE}/gkmlpt/content/0/{number}/post_{number}.html"
    return Shape(f"gkmlpt {field}", where, body, "text/html", None, at.date(), at)


def gkmlpt_display(chance: random.Random, number: int) -> Shape:
    return _gkmlpt(chance, number, "display_publish_time")


def gkmlpt_date(chance: random.Random, number: int) -> Shape:
    return _gkmlpt(chance, number, "date")


def gkmlpt_created(chance: random.Random, number: int) -> Shape:
    return _gkmlpt(chance, number, "created_at")


def visible_label(chance: random.Random, number: int) -> Shape:
    at = _moment(chance)
    label = chance.choice(
        ["发布时间：", "发布日期:", "【发布时间】", "信息发布日期： ", "发布于 ", "发布时间</b>：<b>", "公布日期："]
    )
    written = chance.choice(
        [f"{at:%Y-%m-%d %H:%M}", f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}", f"{at:%Y.%m.%d %H:%M}"]
    )
    signed = at - timedelta(days=5)
    body = _page(
        "", f"<h1>公告</h1><p>成文日期：{signed:%Y-%m-%d}</p><p>{label}{written}</p><p>{BODY}</p>{_signed(at)}"
    )
    return Shape("visible", f"{BASE}/content/post_{number}.html", body, "text/html", None, at.date(), at)


def catalogue_table(chance: random.Random, number: int) -> Shape:
    at = _moment(chance)
    signed = at - timedelta(days=30)
    rows = f"<tr><td>索引号：</td><td>11445200/2016-00{number}</td><td>成文日期：</td><td>{signed:%Y-%m-%d}</td></tr>"
    rows += f"<tr><td>发布机构：</td><td>市府办</td><td>发布日期：</td><td>{at:%Y-%m-%d}</td></tr>"
    body = _page("", f"<table>{rows}</table><p>{BODY}</p>{_signed(at)}")
    return Shape("table", f"{BASE}/xxgk/{number}.html", body, "text/html", None, at.date(), None)


def byline_gbk(chance: random.Random, number: int) -> Shape:
    at = _moment(chance)
    line = chance.choice(
        ["{} 来源：本网 浏览次数：12", "来源：市府办　{}　字号：大 中 小", "时间：{} 作者：管理员 点击：3"]
    )
    body = _page(
        "",
        f"<h1>公告</h1><div>{line.format(f'{at:%Y-%m-%d %H:%M}')}</div><p>{BODY * 3}</p>{_signed(at)}",
        "gbk",
        chance.random() < 0.5,
    )
    return Shape("byline GBK", f"{BASE}/news/{number}.htm", body, "text/html", None, at.date(), at)


def trs_url(chance: random.Random, number: int) -> Shape:
    at = _moment(chance)
    where = chance.choice(
        [
            f"{at:%Y%m}/t{at:%Y%m%d}_{number}.html",
            f"{at:%Y/%m/%d}/content_{number}.html",
            f"art/{at.year}/{at.month}/{at.day}/art_{number}_9.html",
        ]
    )
    body = _page("", f"<h1>公告</h1><p>{BODY}</p>{_signed(at)}")
    return Shape("address", f"{BASE}/zwgk/tzgg/{where}", body, "text/html", None, at.date(), None)


def list_only(chance: random.Random, number: int) -> Shape:
    at = _moment(chance)
    body = _page("", f"<h1>公告</h1><p>{BODY}</p>{_signed(at)}", chance.choice(["utf-8", "gb18030"]))
    return Shape("list", f"{BASE}/info/{number}.jhtml", body, "text/html", at.date(), at.date(), None)


KINDS = [
    meta_page,
    gkmlpt_display,
    gkmlpt_date,
    gkmlpt_created,
    visible_label,
    catalogue_table,
    byline_gbk,
    trs_url,
    list_only,
]
