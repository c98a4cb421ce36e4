"""Simple looks at what the test city answers, independent of how it was planted. Start at ``LOOKS``: check -> is it so?"""

import html as entities
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import pypdfium2
from docx import Document
from openpyxl import load_workbook

from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.synthetic.web import Ask, Reply, Seeded, WebCity

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}
WHO = {
    "spider": BROWSER | {"user-agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"},
    "referer": BROWSER | {"referer": "https://www.baidu.com/s?wd=x"},
    "mobile": BROWSER | {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Mobile"},
}
_DATE = re.compile(r"(20\d\d)[-年](\d{1,2})[-月](\d{1,2})")


def asked(city: WebCity, url: str, *, visit: int = 0, **headers: str) -> Reply:
    """Ask for ``url`` as a browser would."""
    parts = urlsplit(url)
    return city.respond(Ask(
        host=parts.netloc, path=parts.path or "/", query=parts.query, headers=BROWSER | headers, visit=visit
    ))  # fmt: skip


def source(city: WebCity, url: str, **headers: str) -> str:
    """Return a page's source, with what its script fetches or writes, entities resolved."""
    reply = asked(city, url, **headers)
    charset = next(s.charset for s in city.sites if s.host == urlsplit(url).netloc)
    raw = reply.body.decode(charset)
    text = raw.replace('\\"', '"').replace("\\/", "/")
    for path in re.findall(r'data-src="([^"]+)"', raw):
        text += json.loads(asked(city, urljoin(url, path)).body)["html"]
    return entities.unescape(text)


def words(city: WebCity, url: str, **headers: str) -> str:
    """Return a page's words without tags."""
    return re.sub(r"<[^>]+>", "", source(city, url, **headers))


def file_words(city: WebCity, url: str) -> str:
    """Return what an attachment says; of a picture only that it is one."""
    content = asked(city, url).body
    kind = url.rsplit(".", 1)[1]
    if kind == "docx":
        document = Document(BytesIO(content))
        cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
        return "\n".join([p.text for p in document.paragraphs] + cells)
    if kind == "xlsx":
        return "\n".join(str(v) for row in load_workbook(BytesIO(content)).worksheets[0].values for v in row)
    document = pypdfium2.PdfDocument(content)
    text = document[0].get_textpage().get_text_range()
    document.close()
    return str(text)


def dates(text: str) -> list[datetime]:
    """Return the days named in ``text``."""
    return [datetime(int(y), int(m), int(d), 23, 59, tzinfo=CITY_ZONE) for y, m, d in _DATE.findall(text)]


def _site(city: WebCity, row: Seeded):
    return next(s for s in city.sites if s.code == row.owner)


def said(city: WebCity, row: Seeded) -> bool:
    """Is the text there, on the page or in the file?"""
    if row.place == "post":
        return any(row.words in p.text for a in city.accounts for p in a.posts if p.url == row.url)
    if row.place == "file":
        content = asked(city, row.url).body
        return content.startswith(b"\x89PNG") if row.url.endswith("png") else row.words in file_words(city, row.url)
    return row.words in words(city, row.url)


def unreachable(city: WebCity, row: Seeded) -> bool:
    site = next(s for s in city.registry()["sites"] if s["id_code"] == row.owner)
    replies = [asked(city, row.url, visit=i) for i in range(200)]
    failed = sum(r.hang_up or r.status >= 500 or r.delay_s >= 15 for r in replies)
    return failed >= 10 and not site["maintenance"]


def home_stale(city: WebCity, row: Seeded) -> bool:
    found = dates(words(city, row.url))
    return bool(found) and max(found) < city.now - timedelta(days=14)


def column_stale(city: WebCity, row: Seeded) -> bool:
    column = next(c for c in _site(city, row).columns if c.name == row.words)
    text = words(city, row.url)
    if "#" in row.url:
        api = f"/gkmlpt/api/all/{row.url.split('#')[1]}?page=1&sid={_site(city, row).sid}"
        text = " ".join(a["created_at"] for a in json.loads(asked(city, urljoin(row.url, api)).body)["articles"])
    return column.promise_days is not None and max(dates(text)) < city.now - timedelta(days=column.promise_days)


def column_blank(city: WebCity, row: Seeded) -> bool:
    main = re.search(r"<main.*?</main>", source(city, row.url), re.S)[0]
    return "<li>" not in main and (row.words in main)


def _letter(city: WebCity, row: Seeded) -> tuple[datetime, datetime | None]:
    found = dict(re.findall(r"(来信时间|答复时间)：(\S+)", words(city, row.url)))
    return dates(found["来信时间"])[0], (dates(found["答复时间"]) or [None])[0] if "答复时间" in found else None


def message_unanswered(city: WebCity, row: Seeded) -> bool:
    came, replied = _letter(city, row)
    return replied is None and came < city.now - timedelta(days=92)


def message_late(city: WebCity, row: Seeded) -> bool:
    came, replied = _letter(city, row)
    return replied is not None and replied - came > timedelta(days=20)


_HEADINGS = (
    "事项名称|服务名称", "设定依据|法律依据", "申请条件|受理条件", "办理材料|申报材料", "办理流程|办事流程", "办理时限", "收费标准|收费情况",
    "办理地点|办公地址", "办理时间|工作时间", "联系电话|咨询电话",
)  # fmt: skip


def guide_incomplete(city: WebCity, row: Seeded) -> bool:
    main = re.search(r"<main.*?</main>", source(city, row.url), re.S)[0]
    return sum(not re.search(f"<(h3|th)>({h})<", main) for h in _HEADINGS) >= 4


def interpretation_missing(city: WebCity, row: Seeded) -> bool:
    main = re.search(r"<main.*</main>.*", source(city, row.url), re.S)[0]
    related = re.findall(r'href="([^"]+)"', "".join(re.findall(r"related.*?</ul>", main)))
    back = [urljoin(row.url, path) for path in related]
    path = urlsplit(row.url).path
    return not any(path in source(city, url) for url in back)


def link_dead(city: WebCity, row: Seeded) -> bool:
    shown = re.sub(r"<!--.*?-->", "", source(city, row.url), flags=re.S)
    if row.words not in shown or not row.words.startswith(("http", "/")):
        return False
    return not any(_opens(city, urljoin(row.url, row.words), visit) for visit in range(6))


def _opens(city: WebCity, url: str, visit: int) -> bool:
    """Does a patient reader with a browser get there? Who is refused by a firewall cannot say that it is dead."""
    for _ in range(6):
        host = urlsplit(url).netloc
        if city.hosts().get(host) in (None, "nxdomain"):
            return False
        reply = asked(city, url, visit=visit, cookie="passed=1")
        if reply.status in (301, 302):
            url = urljoin(url, dict(reply.headers)["Location"])
            continue
        nowhere = asked(city, urljoin(url, "/no/such/page/4711.html"), cookie="passed=1")
        there = (
            not reply.hang_up
            and reply.body
            and reply.body != nowhere.body
            and "不存在</h1>" not in reply.body.decode(errors="replace")
        )
        return reply.status == 403 or bool(reply.status == 200 and there)
    return False


def label_missing(city: WebCity, row: Seeded) -> bool:
    return not re.search(rf"<meta[^>]*name=[\"']{row.words}[\"']", source(city, row.url), re.I)


def footer_mark(city: WebCity, row: Seeded) -> bool:
    foot = re.search(r"<footer>.*?</footer>", source(city, row.url), re.S)[0]
    number = re.search(r"粤公网安备 (\d{14})号", foot)[1]
    good = (
        f"网站标识码：{row.owner}<" in foot and "主办单位：" in foot and re.search(r"粤ICP备\d{8}号(-\d+)?<", foot)
        and re.search(rf"(recordcode|code)={number}\"", foot) and re.search(r"(dcs|bszs)\.conac\.cn/", foot)
        and re.search(rf"zfwzgl\.www\.gov\.cn/exposure/jiucuo\.(html|js)\?site_?code={row.owner}\b", foot)
    )  # fmt: skip
    return not good


def domain_name(city: WebCity, row: Seeded) -> bool:
    return not urlsplit(row.url).netloc.endswith((".gov.cn", ".xn--zfr164b"))


def changed(city: WebCity, row: Seeded) -> bool:
    """Is it there at the second visit, for somebody, and was not at the first?"""
    seen = [WHO["spider"], WHO["referer"], WHO["mobile"], {}]
    after = any(row.words in _raw(city, row.url, **who) for who in seen)
    return after and row.words not in _raw(city.at(0), row.url)


def _raw(city: WebCity, url: str, **headers: str) -> str:
    return asked(city, url, **headers).body.decode("utf-8", errors="replace") + source(city, url, **headers)


def repost(city: WebCity, row: Seeded) -> bool:
    def text(url: str) -> str:
        return "".join(re.findall(r"<p>.*?</p>", re.search(r"class=.content.*", source(city, url), re.S)[0])[:3])

    if row.place == "post":
        texts = {post.url: post.text for post in _account(city, row).posts}
        return list(texts.values()).count(texts[row.url]) > 1
    return text(row.url) == text(urljoin(row.url, row.words))


def _items(city: WebCity, url: str) -> int:
    raw = asked(city, url).body
    further = re.findall(rb'data-src="([^"]+)"', raw)
    return sum(asked(city, urljoin(url, path.decode())).body.count(b"<li>") for path in further) + raw.count(b"<li>")


def impersonation(city: WebCity, row: Seeded) -> bool:
    own = next(s for s in city.registry()["sites"] if s["id_code"] == row.owner)
    copied, original = (_items(city, url) for url in (f"http://{row.words}/", row.url))
    like = copied == original > 30
    return like and row.words not in (own["host"], *own["aliases"])


def date_forged(city: WebCity, row: Seeded) -> bool:
    first, _ = city.visits
    page = words(city, row.url)
    if row.place == "list":
        new = "发布时间" not in words(city.at(0), row.url)
        return row.words in page + source(city, row.url) and new and dates(row.words)[0] < first - timedelta(days=2)
    label = re.search(r"PubDate\" content=\"([^\"]+)\"", source(city, row.url))[1]
    return dates(label)[0].date() != dates(page[page.index("发布时间") :])[0].date()


def accessibility(city: WebCity, row: Seeded) -> bool:
    text = source(city, row.url)
    for tag in re.findall(rf"<(?:img|input|a|button)[^>]*{row.words}[^>]*>(?:</\w+>)?", text):
        named = "alt=" in tag or "aria-label" in tag or f"<label>关键词 {tag}" in text
        if not named:
            return True
    return False


def barrier(city: WebCity, row: Seeded) -> bool:
    text = source(city, row.url)
    nameless = [tag for tag in re.findall(r'<div role="img"[^>]*>', text) if "aria-label" not in tag]
    return bool("color:#c2c2c2" in text or "<ul><div>" in text or nameless)


def ipv6(city: WebCity, row: Seeded) -> bool:
    records = city.dns(urlsplit(row.url).netloc)
    return "::1" not in records.get("AAAA", []) or "NS_AAAA" not in records


def headers(city: WebCity, row: Seeded) -> bool:
    reply = asked(city, row.url)
    names = {name.lower(): value for name, value in reply.headers}
    text = reply.body.decode("utf-8", errors="replace")
    policy = names.get("content-security-policy", "") + "".join(
        re.findall(r'Content-Security-Policy" content="[^"]+', text)
    )
    framed = "x-frame-options" in names or "frame-ancestors" in policy
    return not (policy and framed and "strict-transport-security" in names and "x-content-type-options" in names)


def _account(city: WebCity, row: Seeded):
    return next(a for a in city.accounts if a.number == row.owner)


def _silent(days: int) -> Callable[[WebCity, Seeded], bool]:
    return lambda city, row: max(p.at for p in _account(city, row).posts) < city.now - timedelta(days=days)


LOOKS: dict[str, Callable[[WebCity, Seeded], bool]] = {
    "unreachable": unreachable, "home_stale": home_stale, "column_stale": column_stale, "column_blank": column_blank,
    "message_unanswered": message_unanswered, "message_late": message_late, "guide_incomplete": guide_incomplete,
    "interpretation_missing": interpretation_missing, "statistics_stale": column_stale, "link_dead": link_dead,
    "label_missing": label_missing, "footer_mark": footer_mark, "domain_name": domain_name, "repost": repost,
    "impersonation": impersonation, "date_forged": date_forged, "accessibility": accessibility, "barrier": barrier, "ipv6": ipv6, "headers": headers,
    "account_stale": _silent(14), "account_zombie": _silent(92),
    "account_mute": lambda city, row: not _account(city, row).interaction,
    "account_uncertified": lambda city, row: not _account(city, row).certified,
}  # fmt: skip
# what can only be seen to be there, whether a defect or not
THERE = {
    "wording_serious": said, "wording_wrong": said, "spelling": said, "privacy_leak": said, "secret_mark": said,
    "dark_link": changed, "tampered": changed,
}  # fmt: skip
