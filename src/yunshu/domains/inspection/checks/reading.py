"""A page as a reader has it: the Guangdong platform writes an article's text by script; here it stands in its place."""

from dataclasses import replace

from yunshu.lib.crawl import gkmlpt, text
from yunshu.lib.crawl.text import Page

_CONFIG = "window._CONFIG"


def whole(page: Page) -> Page:
    """Return a page with the text that its platform's script would write; what was sent keeps its digest."""
    detail = gkmlpt.detail_of(page.html)
    content = str((detail or {}).get("content") or "")
    if not content:
        return page
    begin = page.html.rfind("<script", 0, page.html.index(_CONFIG))
    end = page.html.find("</script>", begin)
    if begin < 0 or end < 0:
        return page
    html = f"{page.html[:begin]}<div>{content}</div>{page.html[end + len('</script>') :]}"
    return replace(
        text.parse(html.encode(), "text/html; charset=utf-8", page.url), sha256=page.sha256, charset=page.charset
    )
