"""Who is calling, behind a proxy: ``X-Forwarded-For`` is believed of the proxies that ``YUNSHU_TRUSTED_PROXIES`` names.

granian's wrapper reads the header from its right end and stops at the first address that is no trusted proxy: what a
caller wrote into it himself is never reached. What is then no address at all counts as unknown.
"""

import ipaddress
from typing import Any

from granian.utils.proxies import wrap_asgi_with_proxy_headers

from yunshu.config.body_limit import Application, Receive, Send
from yunshu.lib.kernel.errors import Refused


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
    return wrapped


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
