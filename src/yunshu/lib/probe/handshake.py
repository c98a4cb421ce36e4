"""One TLS handshake: whether a host's certificate holds for its name, how long it lives, which version was agreed on."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from yunshu.lib.probe.looking import code_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Handshake:
    """``error`` as ``Outcome`` has it, empty if all is well; ``days_left`` and ``version`` where a handshake came about."""

    error: str = ""
    days_left: float | None = None
    version: str = ""


async def shake(
    address: str, port: int, name: str, context: ssl.SSLContext, *, now: datetime, timeout_s: float = 10.0
) -> Handshake:
    """Shake hands with ``name`` at an address, as ``context`` trusts. Never raises for what the host does."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=name)
    except (OSError, TimeoutError) as error:
        return Handshake(error=code_of(error))
    try:
        made = writer.get_extra_info("ssl_object")
        held, version = made.getpeercert(binary_form=True), str(made.version() or "")
    finally:
        writer.transport.abort()
    days_left = (x509.load_der_x509_certificate(held).not_valid_after_utc - now) / DAY
    return Handshake(days_left=round(days_left, 3), version=version)
