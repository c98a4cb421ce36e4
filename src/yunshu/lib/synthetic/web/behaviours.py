"""How single addresses answer, by name: the zoo of links. ``behave`` gives the reply to one visit.

Dead: ``404``, ``410``, ``500``, ``soft404`` (200 that says there is no page), ``loop``, ``empty`` (a file of no bytes),
``refused``, ``nxdomain`` (not answered here: see ``Running.resolver``). Alive, though they look dead: ``firewall_403``
(refuses what is no browser), ``firewall_always`` (refuses every machine), ``too_many`` (429, then lets in), ``head_405``,
``slow``, ``flapping`` (503 every other visit, first), ``chain`` (three redirects), ``challenge`` (412 until a cookie that
a script would set), ``about_404`` (a proper page about that status), ``ok``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DEAD = frozenset({"404", "410", "500", "soft404", "loop", "empty", "refused", "nxdomain"})
SLOW_S, HANG_S = 4.0, 40.0


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request. ``headers`` by lower-case names; ``visit`` counts earlier requests for the same address, from 0."""

    host: str
    path: str = "/"
    query: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    visit: int = 0

    def header(self, name: str) -> str:
        """Return a header, or nothing."""
        return self.headers.get(name, "")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer; ``delay_s`` is waited before it; ``hang_up`` closes the connection instead."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    body: bytes = b""
    delay_s: float = 0.0
    hang_up: bool = False


def page(title: str, text: str, status: int = 200) -> Reply:
    """Return a small page."""
    html = f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head><body>{text}</body></html>'
    return Reply(status=status, body=html.encode())


_MISSING = page("提示信息", "<h1>抱歉，您访问的页面不存在或已被删除</h1><p>五秒后返回首页。</p>")
_SERVED = frozenset({"", "page", "sitename", "exposure", "portal", "js", "login", "tj.js", "link", "attachment"})
"""The first parts of addresses that there are pages for; any other is not found. Pages of ``_NUMBERED`` have numbers, those of ``_NAMED`` names."""
_NUMBERED = frozenset({"page", "link", "attachment"})
_NAMED = {"exposure": ("jiucuo.html", "jiucuo.js"), "portal": ("registerSystemInfo",)}
"""Folders of which only these pages are there."""
_WELL = (
    "<h1>{host}</h1><p>本页为合成测试城市的站外页面，内容正常，可以访问。地址 {path} 已经找到，以下为正文。{filler}</p>"
)


def _fine(ask: Ask) -> Reply:
    first, _slash, rest = ask.path[1:].partition("/")
    unknown = first in _NUMBERED and not rest.split(".")[0].isdigit()
    if first not in _SERVED or unknown or rest not in _NAMED.get(first, (rest,)):
        return page("提示信息", "<h1>没有这个页面</h1>", 404)
    filler = "".join(f"第{i + 1}条说明与{ask.path}有关。" for i in range(6))
    return page(f"{ask.host} {ask.path}", _WELL.format(host=ask.host, path=ask.path, filler=filler))


def _soft(ask: Ask) -> Reply:
    return _fine(ask) if ask.path == "/" else _MISSING


def _loop(ask: Ask) -> Reply:
    turn = "b" if ask.query == "turn=a" else "a"
    return Reply(status=302, headers=(("Location", f"{ask.path}?turn={turn}"),))


def _firewall(ask: Ask) -> Reply:
    return (
        _fine(ask)
        if "mozilla" in ask.header("user-agent").lower()
        else page("拒绝访问", "<h1>访问被防火墙拦截</h1>", 403)
    )


def _too_many(ask: Ask) -> Reply:
    if ask.visit % 3 == 2:
        return _fine(ask)
    return Reply(status=429, headers=(("Retry-After", "1"), ("Content-Type", "text/plain")), body=b"too many requests")


def _head(ask: Ask) -> Reply:
    return Reply(status=405, headers=(("Allow", "GET"),)) if ask.method == "HEAD" else _fine(ask)


def _slow(ask: Ask) -> Reply:
    return Reply(body=_fine(ask).body, delay_s=SLOW_S)


def _flapping(ask: Ask) -> Reply:
    return page("服务繁忙", "<h1>服务繁忙</h1>", 503) if ask.visit % 2 == 0 else _fine(ask)


def _chain(ask: Ask) -> Reply:
    step = int(ask.query.removeprefix("step=") or "0") if ask.query.startswith("step=") or not ask.query else 3
    return _fine(ask) if step >= 3 else Reply(status=302, headers=(("Location", f"{ask.path}?step={step + 1}"),))


def _challenge(ask: Ask) -> Reply:
    if "passed=1" in ask.header("cookie"):
        return _fine(ask)
    script = "<script>document.cookie='passed=1;path=/';location.reload();</script>"
    return page("请稍候", script, 412)


def _about_404(ask: Ask) -> Reply:
    text = "".join(f"<p>第{i + 1}步，检查地址中的第{i + 1}段是否完整。</p>" for i in range(8))
    return page(
        "404错误是什么", f"<h1>遇到404提示“页面不存在”怎么办</h1><p>本文介绍常见网页状态。编号{ask.path}。</p>{text}"
    )


_WAYS: dict[str, Callable[[Ask], Reply]] = {
    "ok": _fine, "404": lambda ask: page("404", "<h1>404 Not Found</h1>", 404), "410": lambda ask: page("410", "<h1>Gone</h1>", 410),
    "500": lambda ask: page("500", "<h1>Internal Server Error</h1>", 500), "soft404": _soft, "loop": _loop,
    "empty": lambda ask: Reply(headers=(("Content-Type", "application/octet-stream"),)), "firewall_403": _firewall,
    "firewall_always": lambda ask: page("拒绝访问", "<h1>访问被防火墙拦截</h1>", 403), "too_many": _too_many, "head_405": _head,
    "slow": _slow, "flapping": _flapping, "chain": _chain, "challenge": _challenge, "about_404": _about_404,
    "refused": lambda ask: Reply(hang_up=True), "nxdomain": lambda ask: Reply(hang_up=True),
}  # fmt: skip


def behave(name: str, ask: Ask) -> Reply:
    """Return how an address of behaviour ``name`` answers ``ask``."""
    return _WAYS[name](ask)
