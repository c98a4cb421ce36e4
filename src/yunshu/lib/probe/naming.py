"""Looks at the DNS: a name resolves, to what it should."""

import time

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver

from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.outcome import Outcome
from yunshu.lib.probe.targets import Dns

TRY_S = 2.0


async def dns_record(check: Dns, kit: Kit) -> Outcome:
    """Ask one server (over TCP if the answer was cut); asked again once if the datagram is lost."""
    server = await kit.address(check.server) if check.server else _system_server(kit)
    question = dns.message.make_query(check.name, check.record)
    started = time.perf_counter()
    try:
        answer, _ = await dns.asyncquery.udp_with_fallback(question, server, timeout=TRY_S, port=check.port)
    except dns.exception.Timeout:
        answer, _ = await dns.asyncquery.udp_with_fallback(question, server, timeout=None, port=check.port)
    taken = (time.perf_counter() - started) * 1000
    if answer.rcode() != dns.rcode.NOERROR:
        return Outcome(ok=False, latency_ms=taken, error=f"dns_{dns.rcode.to_text(answer.rcode()).lower()}")
    wanted = dns.rdatatype.from_text(check.record)
    found = {_plain(data.to_text()) for rows in answer.answer if rows.rdtype == wanted for data in rows}
    if not found:
        return Outcome(ok=False, latency_ms=taken, error="dns_empty")
    missing = {_plain(text) for text in check.expects} - found
    return Outcome(ok=not missing, latency_ms=taken, error="dns_other" if missing else "")


def _plain(text: str) -> str:
    return text.strip('"').rstrip(".").lower()


def _system_server(kit: Kit) -> str:
    resolver = kit.part("dns", lambda: dns.resolver.Resolver(configure=True))
    return str(resolver.nameservers[0])
