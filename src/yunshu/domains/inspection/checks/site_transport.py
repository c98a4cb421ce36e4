"""证书、安全响应头、IPv6 支持度 (sheet A5 [V]: certificate, name, chain, 30 days and more, TLS 1.2 and more; the headers of Mozilla's
Observatory; the seven IPv6 checks). What could not be tried is no fault.
"""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Ipv6Card, Kit, SiteCard, TransportCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found

VERSIONS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_ERRORS = {
    "tls_expired": "证书已过期",
    "tls_name": "证书与域名不符",
    "tls_self_signed": "证书是自签名的",
    "tls_untrusted": "证书链不可信",
    "no_tls": "没有开通 HTTPS",
}
NO_TLS = "no_tls"


def tried(card: TransportCard) -> dict[str, frozenset[str]]:
    """Return the checks that a card can answer, each with the keys of its parts that could not be tried.

    Where neither the handshake nor the page came about, the site was not there.
    """
    found = {
        Check.TLS: card.tls_error != NO_TLS or card.headers is not None,
        Check.HEADERS: card.headers is not None,
        Check.IPV6: card.ipv6.aaaa is not None,
    }
    untried = {Check.IPV6: frozenset(key for key, value in _parts(card.ipv6).items() if value is None)}
    return {check.value: untried.get(check, frozenset()) for check, is_tried in found.items() if is_tried}


def _parts(card: Ipv6Card) -> dict[str, object]:
    """Return what each part of the IPv6 check looks at; without records the parts that need them are settled by that."""
    there = bool(card.aaaa) or None
    return {
        "aaaa": card.aaaa,
        "reach": card.reachable if there else False,
        "rate": card.opened if there else False,
        "same": card.same if there else False,
        "servers": card.servers,
        "second": card.second,
        "third": card.third,
    }


def conclude(card: TransportCard, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield what is wrong with how a home page is carried, at most one find of each kind and cause."""
    if Check.TLS in tried(card):
        yield from _tls(card, site, kit)
    yield from _headers(card, site)
    yield from _ipv6(card.ipv6, site, kit)


def _tls(card: TransportCard, site: SiteCard, kit: Kit) -> Iterator[Found]:
    most, least = kit.param("tls", "days_left"), kit.param("tls", "version")
    detail = {"error": card.tls_error, "days_left": card.days_left, "version": card.version}
    if card.tls_error:
        words = _ERRORS.get(card.tls_error, "HTTPS 握手失败")
        yield on_site(Check.TLS, site, key=card.tls_error, words=words, detail=detail)
    elif card.days_left is not None and card.days_left < most:
        words = f"证书还有 {int(card.days_left)} 天到期（应不少于 {most} 天）"
        yield on_site(Check.TLS, site, key="soon", words=words, detail=detail)
    if card.version in VERSIONS and VERSIONS.index(card.version) < VERSIONS.index(least):
        yield on_site(Check.TLS, site, key="version", words=f"TLS 版本 {card.version} 低于 {least}", detail=detail)
    if kit.param("tls", "redirect") and card.redirects is False and card.tls_error != NO_TLS:
        yield on_site(Check.TLS, site, key="redirect", words="HTTP 没有跳转到 HTTPS", detail=detail)


def _headers(card: TransportCard, site: SiteCard) -> Iterator[Found]:
    """A policy may stand in the page; its ``frame-ancestors`` may not (CSP Level 3, 3.3)."""
    if card.headers is None:
        return
    given = {name.lower(): value for name, value in card.headers.items()}
    policy = given.get("content-security-policy", "")
    missing = []
    if card.tls_error != NO_TLS and "strict-transport-security" not in given:
        missing.append("Strict-Transport-Security")
    if not policy and not card.meta_policy:
        missing.append("Content-Security-Policy")
    if given.get("x-content-type-options", "").strip().lower() != "nosniff":
        missing.append("X-Content-Type-Options")
    if "x-frame-options" not in given and "frame-ancestors" not in policy.lower():
        missing.append("X-Frame-Options")
    if missing:
        words = f"缺少安全响应头：{'、'.join(missing)}"
        yield on_site(Check.HEADERS, site, key="", words=words, detail={"missing": missing})


def _ipv6(card: Ipv6Card, site: SiteCard, kit: Kit) -> Iterator[Found]:
    if card.aaaa is None:
        return
    if not card.aaaa:
        yield on_site(Check.IPV6, site, key="aaaa", words="域名没有 AAAA 记录")
    elif card.reachable is False:
        words = f"首页不能通过 IPv6 打开（{'、'.join(card.aaaa)}）"
        yield on_site(Check.IPV6, site, key="reach", words=words, detail={"aaaa": list(card.aaaa)})
    elif card.opened and card.opened[0] * 100 < card.opened[1] * kit.param("ipv6", "opened"):
        words = f"通过 IPv6 连接 {card.opened[1]} 次，成功 {card.opened[0]} 次"
        yield on_site(Check.IPV6, site, key="rate", words=words, detail={"opened": list(card.opened)})
    if card.same is False:
        yield on_site(Check.IPV6, site, key="same", words="IPv4 和 IPv6 打开的首页内容不一致")
    if card.servers and not any(card.servers.values()):
        words = f"权威域名服务器都没有 AAAA 记录（{'、'.join(card.servers)}）"
        yield on_site(Check.IPV6, site, key="servers", words=words, detail={"servers": dict(card.servers)})
    for key, level, hosts in (("second", "二级", card.second), ("third", "三级", card.third)):
        lacking = [name for name, has in (hosts or {}).items() if not has]
        if hosts and (len(hosts) - len(lacking)) * 100 < len(hosts) * kit.param("ipv6", key):
            words = (
                f"站内{level}链接的 {len(hosts)} 个域名中 {len(lacking)} 个没有 AAAA 记录（{'、'.join(lacking[:5])}）"
            )
            yield on_site(Check.IPV6, site, key=key, words=words, detail={"lacking": lacking})
