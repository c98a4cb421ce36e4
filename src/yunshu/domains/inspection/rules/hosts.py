"""Names of hosts: what of a page's links could be a site of the city that nobody registered.

Source: 政府网站 are named below ``.gov.cn`` or ``.政务`` (国办发〔2017〕47号; 国办函〔2018〕55号, the sheet's A5 [V]); the two labels before
(``jieyang.gov.cn``) are one owner's. The rest is registrable-domain practice [I].
"""

from __future__ import annotations

import re
from collections.abc import Collection

ZHENGWU = "xn--zfr164b"
"""``.政务`` as it stands in the domain name system."""
SECOND_LEVEL = frozenset({"gov", "com", "net", "org", "edu", "ac", "mil"})
HOST = r"^(?=.{4,253}$)([a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
_HOST = re.compile(HOST)


def tidy(host: str) -> str:
    """Return a host in lower case, ASCII, without port and final dot; empty if it is no name (an address, say)."""
    name = host.strip().lower().partition(":")[0].rstrip(".")
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        return ""
    return name if _HOST.match(name) else ""


def owner_of(host: str) -> str:
    """Return the domain that one owner registered: ``rsj.jieyang.gov.cn`` → ``jieyang.gov.cn``; empty if there is none."""
    labels = host.split(".")
    count = 3 if len(labels) > 2 and labels[-1] == "cn" and labels[-2] in SECOND_LEVEL else 2
    return ".".join(labels[-count:]) if len(labels) >= count and host else ""


def candidates(hosts: Collection[str], known: Collection[str]) -> set[str]:
    """Return the hosts below a domain of the known ones that are not known themselves; ``www.`` in front makes no other site."""
    at_hand = {tidy(h) for h in known} - {""}
    owners = {owner_of(h) for h in at_hand}
    bare = {h.removeprefix("www.") for h in at_hand}
    found = {tidy(h) for h in hosts} - {""}
    return {h for h in found if owner_of(h) in owners and h.removeprefix("www.") not in bare}
