"""A check as one cell of a sheet: ``https://…``, ``tcp://host:port``, ``icmp://host``, ``dns://name?server=…&type=A``, ``tls://host:443``,
``snmp://host`` and ``modbus://host`` with their readings beside, ``push:``, ``scrape+http://…``. Secrets never stand in a sheet.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from yunshu.domains.operations.rules import readings

PORTS = {"tls": 443, "snmp": 161, "modbus": 502}


class BadAddress(ValueError):
    """A cell is no address that can be looked at."""


def parsed(address: str, lines: str) -> dict[str, Any]:
    """Return the JSON form of a check; empty for an empty cell. Raises BadAddress and ``readings.BadLine``."""
    text = address.strip()
    if not text:
        return {}
    if text in ("push", "push:"):
        return {"kind": "push"}
    if text.startswith("scrape+"):
        return {"kind": "scrape", "url": text.removeprefix("scrape+")}
    if text.startswith(("http://", "https://")):
        return {"kind": "http", "url": text}
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError as error:
        raise BadAddress(text) from error
    if not host:
        raise BadAddress(text)
    return _of_scheme(url.scheme, host, port, url.query, lines)


def _of_scheme(scheme: str, host: str, port: int | None, query: str, lines: str) -> dict[str, Any]:
    ports = {"port": port or PORTS.get(scheme, 0)}
    if scheme == "tcp" and port:
        return {"kind": "tcp", "host": host, "port": port}
    if scheme == "icmp":
        return {"kind": "icmp", "host": host}
    if scheme == "tls":
        return {"kind": "tls", "host": host} | ports
    if scheme == "snmp":
        return {"kind": "snmp", "host": host, "oids": readings.oids(lines)} | ports
    if scheme == "modbus":
        return {"kind": "modbus", "host": host, "registers": readings.registers(lines)} | ports
    if scheme == "dns":
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        return {"kind": "dns", "name": host, "record": asked.get("type", "A"), "server": asked.get("server", "")}
    raise BadAddress(scheme)


def written(form: Mapping[str, Any]) -> tuple[str, str]:
    """Return the cell and the readings of a kept form; what a sheet cannot say (headers, statuses …) stays with the target."""
    kind = form.get("kind", "")
    if kind == "http":
        return str(form["url"]), ""
    if kind == "scrape":
        return f"scrape+{form['url']}", ""
    if kind == "dns":
        words = f"dns://{form['name']}?type={form.get('record', 'A')}"
        return f"{words}&server={form['server']}" if form.get("server") else words, ""
    if kind in ("snmp", "modbus"):
        lines = form.get("oids", form.get("registers", ()))
        return f"{kind}://{form['host']}:{form.get('port', PORTS[kind])}", readings.written(lines)
    if kind in ("tcp", "tls"):
        return f"{kind}://{form['host']}:{form['port']}", ""
    return f"icmp://{form['host']}" if kind == "icmp" else "push:" if kind == "push" else "", ""
