"""The frame of every page: head with labels, navigation, foot with marks. ``Page`` is what fills it."""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

from yunshu.lib.synthetic.web.model import Site


@dataclass(frozen=True)
class Page:
    """A page before it is framed. ``drop`` names labels left out; ``manner`` how labels are written."""

    path: str
    title: str
    main: str
    labels: list[tuple[str, str]] = field(default_factory=list)
    drop: frozenset[str] = frozenset()
    manner: frozenset[str] = frozenset()
    script: str = ""


def head(site: Site, page: Page, extra: str = "") -> str:
    """Return the head: charset if the site declares one, title, labels."""
    own = [("SiteName", site.name), ("SiteDomain", site.host), ("SiteIDCode", site.code)]
    metas = "\n".join(
        _meta(name, content, page.manner) for name, content in own + page.labels if name not in page.drop and content
    )
    charset = f'<meta charset="{site.charset}">\n' if site.declared else ""
    style = '<link rel="stylesheet" href="/static/site.css">\n<script src="/static/site.js"></script>\n'
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    return f"<head>\n{charset}{viewport}<title>{escape(page.title)}</title>\n{metas}\n{style}{extra}</head>"


def _meta(name: str, content: str, manner: frozenset[str]) -> str:
    content = escape(content)
    if "no_author" in manner and name == "Author":
        return ""
    if "lower_case" in manner:
        return f'<META NAME="{name.lower()}" CONTENT="{content}">'
    if "content_first" in manner:
        return f'<meta content="{content}" name="{name}" />'
    if "single_quotes" in manner:
        return f"<meta name='{name}' content='{content}'>"
    return f'<meta name="{name}" content="{content}">'


def body(site: Site, page: Page) -> str:
    """Return what stands inside the body: navigation, the page's own, foot."""
    nav = "".join(f'<li><a href="{c.path}">{escape(c.name)}</a></li>' for c in site.columns if len(c.slug) < 5)
    more = "".join(f'<li><a href="{path}">{name}</a></li>' for name, path in sections(site))
    return (
        f'<header><a class="logo" href="/">{escape(site.name)}</a>'
        f'<form action="/search" method="get"><label for="q">站内搜索</label><input id="q" name="q" type="text">'
        f"<button>搜索</button></form></header>\n"
        f'<nav><ul><li><a href="/">首页</a></li>{nav}{more}</ul></nav>\n<main id="content">{page.main}</main>\n{foot(site)}'
    )


def sections(site: Site) -> list[tuple[str, str]]:
    """Return the sections beside columns: services and letters, where the site has them."""
    found = [("办事服务", "/bsfw/index.html")] if site.guides else []
    if site.letters:
        found.append(("咨询投诉", "/hdjlpt/published?via=pc" if site.shape.value == "gkmlpt" else "/hdjl/index.html"))
    return found


def foot(site: Site) -> str:
    """Return the foot with its marks; one that is empty is not shown."""
    f = site.footer
    parts = [
        f"<p>主办单位：{escape(f.host_unit)}</p>" if f.host_unit else "",
        f"<p>联系电话：{f.phone}</p>",
        f"<p>网站标识码：{f.code}</p>" if f.code else "",
        f'<p><a href="https://beian.miit.gov.cn/">{f.icp}</a></p>' if f.icp else "",
        f'<p><a href="{escape(f.police_link)}">{f.police}</a></p>',
        _by_script_or_link(f.conac, "党政机关"),
        _by_script_or_link(f.report, "政府网站找错"),
    ]
    return "<footer>\n" + "\n".join(filter(None, parts)) + "\n</footer>"


def _by_script_or_link(address: str, name: str) -> str:
    if not address:
        return ""
    if ".js" in address:
        return f'<script src="{escape(address)}"></script>'
    return f'<p><a href="{escape(address)}">{name}</a></p>'


def framed(site: Site, page: Page) -> str:
    """Return the whole page as text; of a scripted site only the shell (its content is at ``content_path``)."""
    if site.shape.value == "script" and not page.script:
        source = content_path(page.path)
        inner = (
            f'<div id="app" data-src="{source}"></div>\n<noscript>请启用脚本后浏览本站。</noscript>\n<script>\n'
            "var app = document.getElementById('app');\n"
            "fetch(app.getAttribute('data-src')).then(function (r) { return r.json(); })"
            ".then(function (page) { app.innerHTML = page.html; });\n</script>"
        )
    else:
        inner = body(site, page) + page.script
    return f'<!DOCTYPE html>\n<html lang="zh-CN">\n{head(site, page)}\n<body>\n{inner}\n</body>\n</html>\n'


def content_path(path: str) -> str:
    """Return where a scripted page fetches its content."""
    return "/data?" + urlencode({"page": path})
