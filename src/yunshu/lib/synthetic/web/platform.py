"""The public interface of the Guangdong platform as the sheet (A6) describes it: /gkmlpt and /hdjlpt, in our own words."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from yunshu.lib.synthetic.web.frame import Page
from yunshu.lib.synthetic.web.model import Article, Column, Letter, Site
from yunshu.lib.synthetic.web.pages import article_labels, column_labels, content, visible

PER_PAGE = 20
COOKIES = (("XSRF-TOKEN", "made-up-token"), ("szxx_session", "made-up-session"), ("_CSRF", "made-up-csrf"))


@dataclass(frozen=True)
class Answer:
    """What an interface says: JSON or a refusal by status."""

    status: int
    value: Any = None


def index(site: Site, stage: int) -> Page:
    """Return /gkmlpt/index with the tree of columns in ``window._CONFIG``; the list itself is written by script."""
    tree = [
        {
            "id": int(site.sid) * 10, "name": "政府信息公开目录", "post_count": 0, "jump_url": "",
            "children": [_node(site, c, stage) for c in site.columns if c.api],
        },
        *[_node(site, c, stage) for c in site.columns if not c.api],
    ]  # fmt: skip
    config = (
        f"window._CONFIG = {{\n  SID: '{site.sid}',\n  SITE_NAME: '{site.name}',\n  SERVICE_AREA_ID: {int(site.code[:6])},\n"
        f"  PATTERN: '{{id}}',\n  TREE: {_json(tree)},\n  PAGE_SIZE: {PER_PAGE}\n}};"
    )
    script = f"<script>\n{config}\n</script>"
    column = Column(0, "gkmlpt", "政府信息公开", "信息公开目录", None)
    main = '<h1>政府信息公开</h1><div id="tree"></div><div id="list"></div>'
    return Page("/gkmlpt/index", f"政府信息公开-{site.name}", main, column_labels(site, column), script=script)


def _node(site: Site, column: Column, stage: int) -> dict[str, Any]:
    return {
        "id": column.number, "name": column.name, "post_count": len(visible(column, stage)) if column.api else 0,
        "jump_url": "" if column.api else site.url(column.path), "children": [],
    }  # fmt: skip


def articles(site: Site, stage: int, column_id: str, query: str) -> Answer:
    """Return what /gkmlpt/api/all/{column}?page=N&sid= says; 404 for another site's id and beyond a single full page."""
    asked = parse_qs(query)
    column = next((c for c in site.columns if str(c.number) == column_id and c.api), None)
    page = asked.get("page", ["1"])[0]
    if column is None or asked.get("sid", [site.sid])[0] != site.sid or not page.isdigit():
        return Answer(404)
    shown, number = visible(column, stage), int(page)
    if site.single_page:
        if number >= 2:
            return Answer(404)
        some = shown
    else:
        some = shown[(number - 1) * PER_PAGE : number * PER_PAGE]
    classify = {"id": column.number, "name": column.name, "post_count": len(shown)}
    return Answer(200, {"classify": classify, "articles": [_row(site, a) for a in some]})


def _row(site: Site, article: Article) -> dict[str, Any]:
    at = article.published_at
    return {
        "id": article.number, "title": article.title, "document_number": article.document_number,
        "identifier": f"{site.code[:6]}/{at.year}-{article.number % 100_000:05d}", "publisher": article.source,
        "date": int(at.timestamp()), "created_at": f"{at:%Y-%m-%d %H:%M:%S}", "display_publish_time": int(at.timestamp()),
        "url": site.url(article.path), "post_url": site.url(article.path),
        "attachment": [{"name": a.name, "url": site.url(a.path)} for a in article.attachments],
        "is_expired": 0, "is_abolished": 0,
        "relation": [{"title": title, "url": path} for title, path in article.related],
    }  # fmt: skip


def detail(site: Site, column: Column, article: Article) -> Page:
    """Return a text of /gkmlpt: its content stands in ``window._CONFIG.DETAIL.content`` and is written by script."""
    at = article.published_at
    value = {
        "id": article.number, "title": article.title, "content": content(article), "created_at": f"{at:%Y-%m-%d %H:%M:%S}",
        "publisher": article.source, "document_number": article.document_number,
    }  # fmt: skip
    script = (
        f"<script>\nwindow._CONFIG = {{\n  SID: '{site.sid}',\n  DETAIL: {_json(value)}\n}};\n"
        "document.getElementById('detail').innerHTML = window._CONFIG.DETAIL.content;\n</script>"
    )
    main = (
        f"<h1>{article.title}</h1><div class='info'>发布日期：{at:%Y-%m-%d}　发布机构：{article.source}</div>"
        '<div id="detail" class="content"></div>'
    )
    return Page(
        article.path, f"{article.title}-{site.name}", main, article_labels(site, column, article),
        frozenset(article.drop), frozenset(article.labels), script,
    )  # fmt: skip


def published(site: Site) -> Page:
    """Return /hdjlpt/published, whose list is fetched by POST."""
    column = Column(0, "hdjlpt", "咨询投诉", "咨询投诉", None)
    script = f"<script>window._CONFIG = {{ SITE_ID: '{site.sid}', LIST: '/hdjlpt/letter/pubList' }};</script>"
    main = '<h1>互动交流</h1><p>欢迎咨询、建议。</p><div id="letters"></div>'
    return Page("/hdjlpt/published", f"互动交流-{site.name}", main, column_labels(site, column), script=script)


def letters(site: Site, cookie: str, body: str) -> Answer:
    """Return what POST /hdjlpt/letter/pubList says: 419 without the session of /hdjlpt/published, 404 for another site's id."""
    if "szxx_session=" not in cookie:
        return Answer(419, {"message": "CSRF token mismatch."})
    asked = _fields(body)
    if asked.get("site_id", site.sid) != site.sid:
        return Answer(404)
    first, limit = int(asked.get("offset", "0")), min(int(asked.get("limit", "10")), 100)
    low, high = asked.get("time_from", ""), asked.get("time_to", "") or "9999"
    shown = [x for x in site.letters if low[:10] <= f"{x.asked_at:%Y-%m-%d}" <= high[:10]]
    return Answer(200, {"total": len(shown), "data": [_letter(site, x) for x in shown[first : first + limit]]})


def _fields(body: str) -> dict[str, str]:
    if body.lstrip().startswith("{"):
        return {key: str(value) for key, value in json.loads(body).items()}
    return {key: values[0] for key, values in parse_qs(body).items()}


def _letter(site: Site, letter: Letter) -> dict[str, Any]:
    replied = letter.replied_at
    return {
        "id": letter.number, "title": letter.title, "content": letter.text, "created_at": f"{letter.asked_at:%Y-%m-%d %H:%M:%S}",
        "reply_time": f"{replied:%Y-%m-%d %H:%M:%S}" if replied else None, "reply_content": letter.reply or None,
        "status": "已答复" if replied else "办理中", "url": site.url(letter.path),
    }  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
