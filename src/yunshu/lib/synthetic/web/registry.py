"""The registry's view of the city's web as plain data, and the made-up DNS."""

from datetime import datetime
from typing import Any

from yunshu.lib.synthetic.web.accounts import Account
from yunshu.lib.synthetic.web.model import Site

# a documentation address (RFC 3849) where no server answers
_UNREACHABLE_V6 = "2001:db8::1"


def registry_of(
    sites: tuple[Site, ...], accounts: tuple[Account, ...], imitations: dict[str, tuple[str, str]], now: datetime
) -> dict[str, Any]:
    """Return sites with columns and windows, accounts without posts, and hosts that look like the city's."""
    return {
        "as_of": now.isoformat(),
        "sites": [_site(site) for site in sites],
        "accounts": [
            {
                "number": a.number, "platform": a.platform, "name": a.name, "unit": a.unit, "unit_code": a.unit_code,
                "certified": a.certified, "registered_no": a.registered_no, "main": a.main, "url": a.url,
                "interaction": a.interaction,
            }
            for a in accounts
        ],
        "candidates": sorted(imitations),
    }  # fmt: skip


def _site(site: Site) -> dict[str, Any]:
    return {
        "id_code": site.code, "name": site.name, "unit": site.short, "host": site.host, "aliases": site.aliases,
        "url": site.url("/"), "kind": site.kind.value, "service_duty": site.service, "platform_sid": site.sid,
        "police_number": site.footer.police, "status": "running",
        "maintenance": [{"from": start.isoformat(), "to": end.isoformat()} for start, end in site.maintenance],
        "columns": [
            {"id": c.number, "name": c.name, "type": c.type, "url": site.url(c.path), "promise_days": c.promise_days}
            for c in site.columns
        ],
    }  # fmt: skip


def dns_of(sites: tuple[Site, ...], hosts: dict[str, str], host: str) -> dict[str, list[str]]:
    """Return records of ``host``: of a name that does not exist none, of an outside host only A."""
    known = hosts.get(host, "nxdomain")
    if known == "nxdomain":
        return {}
    site = next((s for s in sites if host in (s.host, *s.aliases)), None)
    if site is None:
        return {"A": ["127.0.0.1"]}
    way = site.outlook.ipv6
    records = {"A": ["127.0.0.1"], "NS": [f"ns1.{host.split('.', 1)[1]}", f"ns2.{host.split('.', 1)[1]}"]}
    if way == "aaaa_refused":
        records["AAAA"] = [_UNREACHABLE_V6]
    elif way != "no_aaaa":  # else the loopback address of IPv6
        records["AAAA"] = ["::1", "::1"] if way == "two_addresses" else ["::1"]
    if way != "servers_without_aaaa":
        records["NS_AAAA"] = ["2001:db8::53"]
    if way == "cname":
        records["CNAME"] = [f"{host}.cdn.example"]
    return records
