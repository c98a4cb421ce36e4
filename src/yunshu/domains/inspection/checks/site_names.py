"""域名不规范 (国办发〔2017〕47号; 国办函〔2018〕55号 [V]): below ``.gov.cn`` or ``.政务``; a portal ``www.<x>.gov.cn``, a department
below its government's name, ``<d>.<x>.gov.cn``.
"""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Kit, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check, SiteKind
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.rules.hosts import ZHENGWU, owner_of

FORM_CONFIDENCE = 0.8


def conclude(_view: SiteView, site: SiteCard, _kit: Kit) -> Iterator[Found]:
    """Yield what is wrong with a site's names; ``_view`` is not looked at."""
    for host in site.hosts:
        if not _is_government(host):
            words = f"域名 {host} 不以 .gov.cn 或 .政务 结尾"
            yield on_site(Check.DOMAIN_NAME, site, key=host, words=words, detail={"host": host})
    main = site.hosts[0] if site.hosts else ""
    if not main.endswith(".gov.cn"):
        return
    if site.kind == SiteKind.PORTAL and main != f"www.{owner_of(main)}":
        words = f"门户网站的域名 {main} 不是 www.{owner_of(main)} 的形式"
        yield on_site(Check.DOMAIN_NAME, site, key=main, words=words, confidence=FORM_CONFIDENCE)
    if site.kind == SiteKind.DEPARTMENT and main.removeprefix("www.") == owner_of(main):
        words = f"部门网站的域名 {main} 不是本级政府域名的下级域名"
        yield on_site(Check.DOMAIN_NAME, site, key=main, words=words, confidence=FORM_CONFIDENCE)


def _is_government(host: str) -> bool:
    return host.endswith((".gov.cn", ".政务", f".{ZHENGWU}"))
