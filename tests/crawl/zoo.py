"""A zoo of hostile links: some dead, most of them only looking so. Each case knows what it is.

``cases()`` gives the links with their truth; ``Zoo.answer`` serves them all, by host. ``Zoo.round`` is the look that is being
made: flapping links answer by it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from aiohttp import web
from tests.crawl.place import html

from yunshu.lib.crawl.verdicts import Verdict

OK, DEAD, SOFT, SLOW, TLS, BLOCKED = (
    Verdict.OK,
    Verdict.DEAD,
    Verdict.SOFT404,
    Verdict.SLOW,
    Verdict.TLS_ERROR,
    Verdict.BLOCKED,
)
SLOW_S, SILENT_S = 1.2, 8.0
NAV = "".join(f'<a href="/{name}/">{name}栏目的名称</a>' for name in "甲乙丙丁戊己庚辛")
TEXT = "关于进一步优化营商环境的若干措施已经市政府同意，现印发给你们，请结合实际认真贯彻执行，并将落实情况及时报送。"
Answer = Callable[["Zoo", web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Case:
    """One link: what it is, and how its host answers (None: nothing of the zoo answers)."""

    family: str
    url: str
    truth: Verdict
    answer: Answer | None


def page(title: str, text: str, nav: str = NAV) -> web.Response:
    return html(f"<!doctype html><html><head><title>{title}</title></head><body>{nav}<div>{text}</div></body></html>")


def article(number: int, title: str = "") -> web.Response:
    return page(title or f"第{number}号通知", f"<p>{number}号：{TEXT}{chr(0x4E00 + number * 37) * 30}</p>" * 3)


@dataclass
class Zoo:
    """Serves every case by host and path; what a host says to unknown paths is its ``stranger``."""

    round: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    _cases: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def take(self, cases: list[Case]) -> None:
        for case in cases:
            if case.answer:
                host, _, path = case.url.partition("://")[2].partition("/")
                self._cases[host, f"/{path.partition('#')[0]}"] = case.answer

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host, path = request.headers["Host"].partition(":")[0], request.path_qs
        self.hits[path] = self.hits.get(path, 0) + 1
        known = chained if request.path == "/chained" else self._cases.get((host, path))
        if known:
            return await known(self, request)
        if request.path == "/" and host in WITH_HOME:
            return page("某市人民政府", f"要闻 {TEXT * 5}")
        return await STRANGERS.get(host, gone)(self, request)


async def gone(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    return web.Response(status=404, text="<h1>404</h1>", content_type="text/html")


# ---------------------------------------------------------------- hosts that answer 200 to everything


async def soft_plain(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    return page("页面不存在", "对不起，您访问的页面不存在或已被删除。", nav="")


async def soft_echo(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    return page(f"{request.path} 未找到", f"您要找的 {request.path} 没有找到，{NAV}请返回首页。{TEXT}")


async def soft_redirect(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    if request.path == "/404.html":
        return page("404", f"找不到页面，五秒后返回首页。{TEXT}")
    return web.Response(status=302, headers={"Location": "/404.html"})


async def soft_home(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    return page("某市人民政府", f"要闻 {TEXT * 5}")


async def soft_to_home(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    return await soft_home(zoo, request) if request.path == "/" else web.Response(status=302, headers={"Location": "/"})


async def soft_gbk(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    body = "<html><head><title>出错了</title></head><body>您访问的页面找不到了，请检查网址是否正确。</body></html>"
    return web.Response(body=body.encode("gbk"), headers={"Content-Type": "text/html; charset=gbk"})


async def soft_title(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    """The title is the same everywhere: the text decides alone."""
    home = request.path == "/"
    return page("某市人民政府门户网站", TEXT * 6 if home else f"<p>很抱歉，没有您要的内容。</p>{TEXT}")


async def shell(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    return html(
        '<html><title>政务服务网</title><body><div id="app"></div><noscript>请启用脚本</noscript><script src="/a.js"></script>'
    )


async def login(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    if request.path == "/login":
        return page("统一登录", f'<form>账号<input name=u>密码<input type="password"></form>{TEXT}')
    return web.Response(status=302, headers={"Location": "/login"})


STRANGERS: dict[str, Answer] = {
    "soft-plain.example": soft_plain,
    "soft-echo.example": soft_echo,
    "soft-redirect.example": soft_redirect,
    "soft-home.example": soft_home,
    "soft-to-home.example": soft_to_home,
    "soft-gbk.example": soft_gbk,
    "soft-title.example": soft_title,
    "shell.example": shell,
    "login.example": login,
}
WITH_HOME = {"soft-plain.example", "soft-echo.example", "soft-redirect.example", "soft-gbk.example"}
SOFT_HOSTS = [host for host in STRANGERS if host.startswith("soft")]
HOSTS = ["plain.example", *STRANGERS]
PLAIN = "http://plain.example"


# ---------------------------------------------------------------- answers of single links


def status(code: int, text: str = "<h1>出错</h1>", **headers: str) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        empty = code == 204 or request.method == "HEAD"
        return web.Response(
            status=code, text=None if empty else text, content_type=None if empty else "text/html", headers=given
        )

    return answer


def good(number: int, title: str = "") -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        return article(number, title)

    return answer


def to(target: str, code: int = 302) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        return web.Response(status=code, headers={"Location": target})

    return answer


def chain(length: int) -> Answer:
    return to(f"/chained?n=1&of={length}", 301)


async def chained(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    done, length = int(request.query["n"]), int(request.query["of"])
    if done < length:
        return web.Response(status=301, headers={"Location": f"/chained?n={done + 1}&of={length}"})
    return article(done)


def by_agent(code: int, needs: str = "Mozilla") -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        seen = needs in request.headers.get("User-Agent", "") if needs == "Mozilla" else needs in request.headers
        return article(code) if seen else web.Response(status=code, text="denied")

    return answer


def by_method(code: int) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        return web.Response(status=code) if request.method == "HEAD" else article(code)

    return answer


def by_round(*codes: int) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        code = codes[min(zoo.round, len(codes) - 1)]
        return article(zoo.round) if code == 200 else web.Response(status=code, text="x")

    return answer


def no_range(code: int) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        return web.Response(status=code) if "Range" in request.headers else article(code)

    return answer


async def needs_cookie(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    if "seen" in request.cookies:
        return article(7)
    out = web.Response(status=302, headers={"Location": request.path_qs})
    out.set_cookie("seen", "1")
    return out


def late(seconds: float, code: int = 200) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(seconds)
        return article(3) if code == 200 else web.Response(status=code)

    return answer


async def late_once(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    await asyncio.sleep(SILENT_S if zoo.round == 0 else 0)
    return article(4)


async def hang_up(zoo: Zoo, request: web.BaseRequest) -> web.Response:
    request.transport.abort()
    return web.Response()


def file(kind: str, size: int) -> Answer:
    async def answer(zoo: Zoo, request: web.BaseRequest) -> web.Response:
        begin = "Range" in request.headers
        body = b"%PDF-1.4" + b"0" * (min(size, 65536) if begin else size)
        return web.Response(status=206 if begin else 200, body=body, content_type=kind)

    return answer


# ---------------------------------------------------------------- the animals


def cases() -> list[Case]:
    """Return all links."""
    return [*_dead(), *_soft(), *_blocked(), *_flapping(), *_good(), *_slow_and_tls()]


def _plain(family: str, truth: Verdict, answers: dict[str, Answer], suffixes: tuple[str, ...]) -> Iterator[Case]:
    for name, answer in answers.items():
        for suffix in suffixes:
            yield Case(family, f"{PLAIN}/{family}/{name}{suffix}", truth, answer)


PATHS = (".html", "/", ".shtml", ".jsp?id=7")


def _dead() -> Iterator[Case]:
    gone_answers = {
        "empty": status(404, ""),
        "page": status(404, f"<title>404</title>{NAV}{TEXT * 5}"),
        "json": status(404, '{"code":404}'),
        "gone": status(410),
        "plain": status(404),
    }
    yield from _plain("gone", DEAD, gone_answers, PATHS)
    failing = {f"s{code}": status(code) for code in (500, 502, 504)}
    yield from _plain("failing", DEAD, failing, PATHS)
    yield from _plain("mixed", DEAD, {"a": by_round(500, 404, 404), "b": by_round(404, 500, 502, 500)}, (".html",))
    for number in range(4):
        yield Case("dns", f"http://nowhere{number}.example/{number}.html", DEAD, None)
        yield Case("refused", f"http://refused.example/{number}.html", DEAD, None)
    yield Case("loop", f"{PLAIN}/loop/self.html", DEAD, to("/loop/self.html"))
    yield Case("loop", f"{PLAIN}/loop/a.html", DEAD, to("/loop/b.html"))
    yield Case("loop", f"{PLAIN}/loop/b.html", DEAD, to("/loop/a.html"))
    yield Case("loop", f"{PLAIN}/loop/long.html", DEAD, chain(9))
    yield Case("redirect", f"{PLAIN}/to/gone.html", DEAD, to("/nobody.html"))
    yield Case("redirect", f"{PLAIN}/to/dns.html", DEAD, to("http://nowhere9.example/"))
    yield Case("redirect", f"{PLAIN}/to/scheme.html", DEAD, to("weixin://x"))
    yield Case("private", f"{PLAIN}/to/private.html", DEAD, to("http://192.168.1.5/oa/"))
    yield Case("private", "http://10.1.2.3/oa/login", DEAD, None)
    yield Case("private", "http://127.0.0.1/x.html", DEAD, None)
    for number in range(3):
        yield Case("silent", f"{PLAIN}/silent/{number}.html", DEAD, late(SILENT_S))


def _soft() -> Iterator[Case]:
    for host in SOFT_HOSTS:
        for path in ("/zwgk/gone_1.html", "/old/", "/a/b/c/file.pdf", "/content/post_99.html", "/x.jsp?id=5"):
            yield Case("soft", f"http://{host}{path}", SOFT, None)


def _blocked() -> Iterator[Case]:
    codes = (401, 403, 405, 406, 412, 418, 429, 451, 493, 503, 521, 567)
    yield from _plain("blocked", BLOCKED, {f"s{code}": status(code) for code in codes}, (".html", "/"))
    challenge = status(202, "<html><script>document.cookie='x'</script></html>")
    yield from _plain("blocked", BLOCKED, {"challenge": challenge, "hang": hang_up}, PATHS)
    yield from _plain("blocked", BLOCKED, {"mixed": by_round(403, 500, 403, 500)}, PATHS)
    for path in ("/my/letters.html", "/user/1.html", "/login?next=1"):
        yield Case("login", f"http://login.example{path}", BLOCKED, None)


def _flapping() -> Iterator[Case]:
    answers: dict[str, Answer] = {
        "a": by_round(404, 200),
        "b": by_round(500, 500, 200),
        "c": by_round(503, 200),
        "d": by_round(500, 403, 502, 200),
        "e": by_round(403, 429, 200),
        "f": by_round(404, 500, 200),
        "late": late_once,
    }
    yield from _plain("flapping", OK, answers, (".html", "/"))


def _good() -> Iterator[Case]:
    agents = {f"s{code}": by_agent(code) for code in (403, 404, 406, 500, 503)}
    yield from _plain("agent", OK, agents | {"language": by_agent(403, "Accept-Language")}, (".html", "/", ".jsp?id=1"))
    yield from _plain("head", OK, {f"s{code}": by_method(code) for code in (403, 404, 405, 500, 501)}, (".html", "/"))
    yield from _plain("range", OK, {f"s{code}": no_range(code) for code in (400, 403, 416, 500)}, (".html", "/"))
    yield from _plain(
        "odd", OK, {"empty": status(204), "cookie": needs_cookie, "no-text": status(200, "")}, (".html", "/")
    )
    for number, fragment in enumerate(("#top", "#missing", "#/route/1", "#a%20b", "#第一章", "#:~:text=x")):
        yield Case("fragment", f"{PLAIN}/fragment/{number}.html{fragment}", OK, good(number))
    for number, target in enumerate(("/odd/cookie.html", "../head/s405.html", "http://plain.example/agent/s403.html")):
        for code in (301, 302, 303, 307, 308):
            yield Case("redirected", f"{PLAIN}/r/{number}-{code}.html", OK, to(target, code))
    for length in (1, 3, 4):
        yield Case("redirected", f"{PLAIN}/r/chain{length}.html", OK, chain(length))
    for number, title in enumerate(("404号文件", "页面不存在怎么办", "关于“您访问的页面不存在”问题的答复", "出错了")):
        yield Case("look-alike", f"{PLAIN}/like/{number}.html", OK, good(number, title))
        for host in SOFT_HOSTS:
            yield Case("look-alike", f"http://{host}/like/{number}.html", OK, good(number + 10, title))
    for host in ("soft-home.example", "soft-to-home.example"):
        yield Case("home", f"http://{host}/", OK, None)
        yield Case("home", f"http://{host}/index.html", OK, soft_home)
    for path in ("/", "/service/7.html", "/guide/", "/x.html"):
        yield Case("shell", f"http://shell.example{path}", OK, None)
    kinds = {"pdf": "application/pdf", "zip": "application/zip", "jpg": "image/jpeg", "xls": "application/vnd.ms-excel"}
    for name, kind in kinds.items():
        yield Case("file", f"{PLAIN}/files/small.{name}", OK, file(kind, 900))
        yield Case("file", f"{PLAIN}/files/large.{name}", OK, file(kind, 12 << 20))


def _slow_and_tls() -> Iterator[Case]:
    for number in range(5):
        yield Case("slow", f"{PLAIN}/slow/{number}.html", SLOW, late(SLOW_S * 1.6))
    for host in ("wrong.example", "expired.example", "self.example"):
        for path in ("/", "/a.html"):
            yield Case("tls", f"https://{host}{path}", TLS, None)
    yield Case("tls", "https://localhost/a.html", OK, good(1))
