"""Looks at targets: ICMP, TCP, HTTP, DNS, TLS, SNMP, Modbus, heartbeats, Prometheus exporters. asyncio, no Django.

Start at ``Prober``; ``FarVantage`` is one that works elsewhere; ``look(target)`` makes one check alone (for a form's "try it" button). Samples are those of ``availability``.
"""

from yunshu.lib.probe.delivery import Sink
from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.looking import observe
from yunshu.lib.probe.outcome import Observed, Outcome
from yunshu.lib.probe.prober import Health, Limits, Prober, SelfCheck
from yunshu.lib.probe.targets import (
    BadTarget,
    Bound,
    Check,
    Dns,
    Http,
    Icmp,
    Modbus,
    Oid,
    Push,
    Register,
    Scrape,
    Snmp,
    Target,
    Tcp,
    TlsExpiry,
    Visit,
    from_json,
    kind_of,
    to_json,
)

__all__ = [
    "BadTarget",
    "Bound",
    "Check",
    "Dns",
    "Health",
    "Http",
    "Icmp",
    "Limits",
    "Modbus",
    "Observed",
    "Oid",
    "Outcome",
    "Prober",
    "Push",
    "Register",
    "Scrape",
    "SelfCheck",
    "Sink",
    "Snmp",
    "Target",
    "Tcp",
    "TlsExpiry",
    "Visit",
    "from_json",
    "kind_of",
    "look",
    "to_json",
]


async def look(target: Target) -> Outcome:
    """Make one check now. Never raises for what the target does: a failure is an Outcome."""
    async with Kit() as kit:
        return await observe(target, kit)
