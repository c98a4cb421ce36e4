"""Who is calling, behind a proxy: ``X-Forwarded-For`` is believed of the proxies that ``YUNSHU_TRUSTED_PROXIES`` names.

``X-Request-Id`` and ``traceparent`` are taken of them alone: a stranger cannot choose the number of his request.
granian's wrapper reads the header from its right end and stops at the first address that is no trusted proxy: what a
caller wrote into it himself is never reached. What is then no address at all counts as unknown.
"""

import ipaddress
from typing import Any

from granian.utils.proxies import wrap_asgi_with_proxy_headers

from yunshu.config.body_limit import Application, Receive, Send
from yunshu.lib.kernel.errors import Refused

NUMBERS = frozenset({b"x-request-id", b"traceparent"})


def behind(application: Application, trusted: str) -> Application:
    """Return ``application`` behind the proxies ``trusted`` (addresses and networks, parted by commas; empty: none).

    Raises Refused (``proxies_malformed``) at the start: a typing mistake must not let callers name themselves.
    """
    hosts = [part.strip() for part in trusted.split(",") if part.strip()]
    for host in hosts:
        try:
            ipaddress.ip_network(host)
        except ValueError as error:
            message = f"YUNSHU_TRUSTED_PROXIES 中的“{host}”不是地址或网段：{error}"
            raise Refused("proxies_malformed", message, where="YUNSHU_TRUSTED_PROXIES") from error

    async def known(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client and not _is_address(client[0]):
            scope["client"] = None
        await application(scope, receive, send)

    wrapped: Application = wrap_asgi_with_proxy_headers(known, hosts) if hosts else application
    trusted_nets = [ipaddress.ip_network(host) for host in hosts]

    async def numbered(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if not client or not _is_in(client[0], trusted_nets):
            scope["headers"] = [pair for pair in scope.get("headers", ()) if pair[0].lower() not in NUMBERS]
        await wrapped(scope, receive, send)

    return numbered


def _is_in(text: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
