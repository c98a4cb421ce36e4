"""Query interfaces: what a question must say, what is signed, what a node is asked. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Any

from yunshu.domains.exchange.rules.deliveries import field_form, rows_form

SIGNED_FOR = timedelta(minutes=5)
"""How far the time stamp of a signed request may be from the platform's clock."""
TOKEN_S = 900
MOST_VALUE = 200
"""How long a value that is asked for may be."""
PURPOSE_LEAST = 4
"""How many characters a call's purpose has at least."""
AGAIN = frozenset(
    {
        "node_away",
        "node_silent",
        "node_busy",
        "hub_away",
        "hub_silent",
        "hub_busy",
        "connection_lost",
        "service_away",
        "too_slow",
    }
)
"""Codes after which the same question may be answered later."""
NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def signing_text(method: str, path: str, body: bytes, stamp: str, nonce: str) -> bytes:
    """Return what a client signs with its SM2 key (SM3 with the default identity): five lines, the body by its SHA-256."""
    return "\n".join((method.upper(), path, sha256(body).hexdigest(), stamp, nonce)).encode()


def comes_from(address: str, networks: Sequence[str]) -> bool:
    """Say whether an address may be used: any, if no networks are named."""
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network, strict=False) for network in networks)


def spec(
    terms: Mapping[str, Any],
    source: Mapping[str, str],
    key: Mapping[str, str],
    limit: int,
    *,
    after: str | None = None,
) -> dict[str, Any]:
    """Return what the node is asked (``lib.outpost.answering``): the agreed items under their masks, of the agreed rows.

    ``after`` is where a view's page begins; None for a point query.
    """
    paged = {} if after is None else {"after": after}
    return {
        **paged,
        "mode": "swap",
        "database": "",
        "table": "",
        **source,
        "fields": [field_form(field) for field in terms["fields"]],
        "rows": rows_form(terms["rows"]),
        "key": dict(key),
        "limit": limit,
    }


def percentile(values: Sequence[int], share: float) -> int:
    """Return the smallest value that ``share`` of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
