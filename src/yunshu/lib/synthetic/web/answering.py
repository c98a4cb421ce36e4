"""How the whole web of a city answers one request, at one visit. Pure; start at ``Answering.respond``."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs

from yunshu.lib.synthetic.web import platform
from yunshu.lib.synthetic.web.attacks import Change
from yunshu.lib.synthetic.web.behaviours import HANG_S, Ask, Reply, behave, page
from yunshu.lib.synthetic.web.files import TYPES, dot, made
from yunshu.lib.synthetic.web.frame import Page, body, framed
from yunshu.lib.synthetic.web.links import Paths
from yunshu.lib.synthetic.web.model import Article, Attachment, Column, Shape, Site
from yunshu.lib.synthetic.web.pages import Pages, pages_of

_GUARD = "default-src 'self' http: https: 'unsafe-inline'"
_HEADERS = (
    ("Strict-Transport-Security", "max-age=31536000"),
    ("Content-Security-Policy", _GUARD),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
)
_LACKING = {
    "no_hsts": _HEADERS[1:], "no_csp": (_HEADERS[0], *_HEADERS[2:]), "no_nosniff": (*_HEADERS[:2], _HEADERS[3]), "none": (),
    "lower_case": tuple((name.lower(), value) for name, value in _HEADERS),
    "frame_ancestors": (_HEADERS[0], ("Content-Security-Policy", _GUARD + "; frame-ancestors 'self'"), _HEADERS[2]),
    "csp_meta": (_HEADERS[0], *_HEADERS[2:]),
}  # fmt: skip
_SPIDERS = ("baiduspider", "sogou web spider", "360spider", "bytespider")
_SEARCHES = ("baidu.com", "sogou.com", "so.com", "bing.com")
_PHONES = ("iphone", "android", "mobile")


@dataclass(frozen=True)
class Answering:
    """Everything needed to answer: sites by name, their pages, texts, files; hosts outside; changes of the second visit."""

    sites: dict[str, Site]
    pages: dict[str, Pages]
    texts: dict[str, tuple[Column, Article]]
    files: dict[str, Attachment]
    hosts: dict[str, str]
    paths: Paths
    imitations: dict[str, tuple[str, str]]
    changes: dict[str, Change]
    stage: int

    @classmethod
    def of(
        cls,
        sites: tuple[Site, ...],
        paths: Paths,
        imitations: dict[str, tuple[str, str]],
        changes: dict[str, Change],
        stage: int,
    ) -> "Answering":
        """Return how the city answers at visit ``stage``."""
        named = {site.host: site for site in sites}
        texts = {s.url(a.path): (c, a) for s in sites for c in s.columns for a in c.articles if a.stage <= stage}
        files = {s.url(f.path): f for s in sites for c in s.columns for a in c.articles for f in a.attachments}
        hosts = dict.fromkeys(named, "site") | dict.fromkeys(imitations, "imitation") | paths.outside
        pages = {site.code: pages_of(site, stage) for site in sites}
        return cls(named, pages, texts, files, hosts, paths, imitations, changes if stage else {}, stage)

    def respond(self, ask: Ask) -> Reply:
        """Return the answer to ``ask``."""
        ask = replace(ask, host=ask.host.lower().rsplit(":", 1)[0] if ask.host.count(":") == 1 else ask.host.lower())
        known = self.hosts.get(ask.host)
        if known is None:
            return page("无此站点", "<h1>无此站点</h1>", 421)
        if known == "imitation":
            return self._imitation(ask)
        return self._site(self.sites[ask.host], ask) if known == "site" else behave(known, ask)

    def _site(self, site: Site, ask: Ask) -> Reply:
        gone = _down(site, ask)
        if gone is not None:
            return gone
        inside = self.paths.inside.get(site.url(ask.path))
        reply = behave(inside, ask) if inside else self._own(site, ask)
        lacking = _LACKING.get(site.outlook.headers, _HEADERS)
        delay = site.outlook.delay_s if ask.path == "/" else 0.0
        reply = replace(reply, headers=reply.headers + lacking, delay_s=reply.delay_s + delay)
        return _if_changed(ask, reply)

    def _own(self, site: Site, ask: Ask) -> Reply:
        if ask.path.startswith("/static/"):
            return _static(ask.path)
        if ask.path == "/robots.txt":
            return Reply(headers=(("Content-Type", "text/plain"),), body=b"User-agent: *\nDisallow: /admin/\n")
        if file := self.files.get(site.url(ask.path)):
            return Reply(headers=(("Content-Type", TYPES[file.form]),), body=made(file.form, file.lines))
        if ask.path == "/data" and site.shape is Shape.SCRIPT:
            return self._content(site, ask)
        if site.shape is Shape.GKMLPT and ask.path.startswith(("/gkmlpt/", "/hdjlpt/")):
            answer = self._platform(site, ask)
            if answer is not None:
                return answer
        key = f"{ask.path}?{ask.query}" if ask.query.startswith("pid=") else ask.path
        writer = self.pages[site.code].writers.get("/" if key == "/index.html" else key)
        if writer is None:
            return self._written(
                site,
                Page("/404.html", "页面不存在", "<h1>您访问的页面不存在</h1>"),
                ask,
                status=200 if site.outlook.soft404 else 404,
            )
        return self._written(site, writer(), ask)

    def _platform(self, site: Site, ask: Ask) -> Reply | None:
        """Answer for the platform's own addresses; None for what is an ordinary page."""
        if ask.path == "/gkmlpt/index":
            return self._written(site, platform.index(site, self.stage), ask)
        if ask.path.startswith("/gkmlpt/api/all/"):
            return _json(platform.articles(site, self.stage, ask.path.rsplit("/", 1)[1], ask.query))
        if ask.path == "/hdjlpt/published":
            reply = self._written(site, platform.published(site), ask)
            cookies = tuple(("Set-Cookie", f"{name}={value}; path=/") for name, value in platform.COOKIES)
            return replace(reply, headers=reply.headers + cookies)
        if ask.path == "/hdjlpt/letter/pubList":
            return _json(platform.letters(site, ask.header("cookie"), ask.body)) if ask.method == "POST" else _refused()
        found = self.texts.get(site.url(ask.path))
        return self._written(site, platform.detail(site, *found), ask) if found and found[0].api else None

    def _content(self, site: Site, ask: Ask) -> Reply:
        """Return what a scripted page fetches: its body as JSON."""
        path = parse_qs(ask.query).get("page", [""])[0]
        writer = self.pages[site.code].writers.get(path)
        if writer is None:
            return _json(platform.Answer(404, {"html": "<h1>您访问的页面不存在</h1>"}))
        return _json(platform.Answer(200, {"html": body(site, writer())}))

    def _written(self, site: Site, shown: Page, ask: Ask, *, status: int = 200) -> Reply:
        html = framed(site, shown)
        if site.outlook.headers == "csp_meta":
            html = html.replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{_GUARD}">', 1)
        change = self.changes.get(site.url(shown.path))
        if change is not None and status == 200 and _shown_to(change.recipe.to, ask):
            html = change.applied(html)
        kind = f"text/html; charset={site.charset}" if site.declared else "text/html"
        content = html.encode(site.charset, errors="xmlcharrefreplace")
        headers = [("Content-Type", kind)]
        if status == 200 and (found := self.texts.get(site.url(ask.path))):
            headers.append(("Last-Modified", _http_date(found[1].modified_at or found[1].published_at)))
        return Reply(status=status, headers=tuple(headers), body=content)

    def _imitation(self, ask: Ask) -> Reply:
        """Answer for a host that shows another's pages: by right, as a quotation, or as an imitation."""
        host, how = self.imitations[ask.host]
        site = self.sites[host]
        if how == "archive":
            text = f"<p>据{site.name}消息，该网站近日公布了便民服务事项，原文见 <a href='{site.url('/')}'>{site.name}</a>。</p>"
            return page("转载资料", f"<h1>资料库</h1>{text}")
        reply = self._own(site, replace(ask, host=host))
        if how in ("alias", "mobile") or not reply.body.startswith((b"<!DOCTYPE", b"{")):
            return reply
        charset = "utf-8" if reply.body.startswith(b"{") else site.charset
        html = reply.body.decode(charset).replace(site.short, "金湾乐筹").replace(host, ask.host)
        if how == "old_clone":
            html = html.replace(site.code, "")
        return replace(reply, body=html.encode(charset, errors="xmlcharrefreplace"))


def _down(site: Site, ask: Ask) -> Reply | None:
    outlook = site.outlook
    if outlook.down == "refused":
        return Reply(hang_up=True)
    if outlook.down == "503":
        return page("503", "<h1>503 Service Unavailable</h1>", 503)
    if outlook.down == "hang":
        return Reply(delay_s=HANG_S, hang_up=True)
    if outlook.down == "maintenance":
        return page("系统维护", "<h1>系统维护</h1><p>本站按计划停机维护，已报备。</p>", 503)
    if outlook.flap_every and ask.path == "/" and ask.visit % outlook.flap_every == outlook.flap_every - 1:
        return page("503", "<h1>503 Service Unavailable</h1>", 503)
    return None


def _shown_to(to: str, ask: Ask) -> bool:
    agent, referer = ask.header("user-agent").lower(), ask.header("referer").lower()
    return {
        "spider": any(s in agent for s in _SPIDERS),
        "referer": any(s in referer for s in _SEARCHES),
        "mobile": any(s in agent for s in _PHONES),
    }.get(to, True)


def _static(path: str) -> Reply:
    if path.endswith(".png"):
        return Reply(headers=(("Content-Type", "image/png"),), body=dot())
    kind = "text/css" if path.endswith(".css") else "text/javascript"
    return Reply(headers=(("Content-Type", kind),), body=b"/* made up */\n")


def _json(answer: platform.Answer) -> Reply:
    content = json.dumps(answer.value, ensure_ascii=False).encode() if answer.value is not None else b"{}"
    return Reply(status=answer.status, headers=(("Content-Type", "application/json; charset=utf-8"),), body=content)


def _refused() -> Reply:
    return Reply(status=405, headers=(("Allow", "POST"),))


def _http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _if_changed(ask: Ask, reply: Reply) -> Reply:
    """Give the answer a validator, and 304 to who has it already (RFC 9110, 13.1.2)."""
    if reply.status != 200 or ask.method not in ("GET", "HEAD"):
        return reply
    tag = f'"{hashlib.sha256(reply.body).hexdigest()[:24]}"'
    headers = (*reply.headers, ("ETag", tag))
    if ask.header("if-none-match") == tag:
        return replace(reply, status=304, headers=headers, body=b"")
    return replace(reply, headers=headers)
