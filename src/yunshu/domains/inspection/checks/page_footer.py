"""页脚标识: the marks at the foot of the home page (国办发〔2017〕47号, part 4; forms as in sheet A5).

Host unit, identification code, ICP and police numbers with their links, the mark of party and government organs, the
entrance 政府网站找错. The home page stands for the site: a foot is a template.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from yunshu.domains.inspection.checks.finding import on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found

_CODE = re.compile(r"标识码[：:\s]*([0-9a-zA-Z]{10})")
_ICP = re.compile(r"([\u4e00-\u9fff])ICP备\s*\d{8}(\d{2})?号(-\d+)?")
_ANY_ICP = re.compile(r"ICP\s*备")
_POLICE = re.compile(r"公网安备\s*(\d{14})号?")
_POLICE_LINK = re.compile(r"(?:beian\.gov\.cn|beian\.mps\.gov\.cn)[^\"'\s<>]*?(?:recordcode|code)=([0-9a-zA-Z]*)")
_REPORT = re.compile(r"(?:https?:)?//([^/\"'\s<>]+)/exposure/jiucuo\.(?:html|js)\?([^\"'\s<>]*)")
_REPORT_CODE = re.compile(r"site_?code=([0-9a-zA-Z]+)")
_PARTY = re.compile(r"(?:dcs\.conac\.cn/js/|bszs\.conac\.cn/sitename\?)")
REPORT_HOSTS = ("zfwzgl.www.gov.cn",)


def look(seen: Seen, site: SiteCard, _kit: Kit) -> Iterator[Found]:
    """Yield what is missing or wrong at the foot of the home page."""
    if seen.role != "home":
        return
    html = unquote(seen.page.html.replace("&amp;", "&"))
    for key, words in (*_own(html, seen.page.text, site), *_numbers(html), *_report(html, site)):
        yield on_page(Check.FOOTER_MARK, seen, site, key=key, words=words, place="footer", detail={"mark": key})


def _own(html: str, text: str, site: SiteCard) -> Iterator[tuple[str, str]]:
    if not re.search(r"主办(?:单位)?[：:\s]*\S", text):
        yield "host", "页脚没有主办单位"
    code = _CODE.search(text)
    if not code:
        yield "code", "页脚没有网站标识码"
    elif code[1] != site.code:
        yield "code", f"页脚标识码 {code[1]} 与登记的 {site.code} 不一致"
    if not _PARTY.search(html):
        yield "party", "页脚没有党政机关网站标识"


def _numbers(html: str) -> Iterator[tuple[str, str]]:
    if not _ICP.search(html):
        yield "icp", "ICP 备案号格式不对" if _ANY_ICP.search(html) else "页脚没有 ICP 备案号"
    number, link = _POLICE.search(html), _POLICE_LINK.search(html)
    if not number:
        yield "police", "页脚没有公安备案号"
    elif link and link[1] != number[1]:
        yield "police", f"公安备案号 {number[1]} 与其链接的 {link[1]} 不一致"


def _report(html: str, site: SiteCard) -> Iterator[tuple[str, str]]:
    found = _REPORT.search(html)
    if not found:
        yield "report", "没有“政府网站找错”入口"
        return
    code = _REPORT_CODE.search(found[2])
    if found[1] not in REPORT_HOSTS:
        yield "report", f"“政府网站找错”入口指向失效的地址 {found[1]}"
    elif not code or code[1] != site.code:
        yield "report", f"“政府网站找错”入口的标识码 {code[1] if code else '缺失'} 不是本站的"
