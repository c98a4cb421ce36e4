"""Addresses of pages: one form for each, whose site they belong to, and how many of one pattern are believed."""

import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import parse_qsl, quote, quote_plus, urljoin, urlsplit

import idna

LONGEST = 2000
"""How long an address may be; longer ones grow from traps."""
REPEATS = 3
"""How often one piece of a path may stand in it: ``/a/b/a/b/a/b/`` is a relative link gone wrong."""
SESSION = frozenset({"jsessionid", "phpsessid", "sessionid", "session_id", "cfid", "cftoken", "zenid", "osid"}) | {
    f"utm_{part}" for part in ("source", "medium", "campaign", "term", "content")
}
"""Parameters that name a visit, not a page. ``sid`` is not among them: on the Guangdong platform it names the site."""

_SAFE_PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*(?:/(?=[A-Za-z0-9_~-])|/$|$))*")
_SAFE_URL = re.compile(r"(https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(/.*)?")
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sessionid)=[^/?#;]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_SPACE = re.compile(r"[\t\r\n]+")
_DIGITS = re.compile(r"\d+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORTS = {"http": 80, "https": 443}


def canonical(href: str, base: str = "") -> str | None:
    """Return the one form of an address, made absolute from ``base`` (itself in this form); None if it is no page's.

    Scheme and host in lower case, the host in IDNA's ASCII form, no default port, no fragment, no dot segments,
    escapes as RFC 3986 §6.2.2 has them, session ids and visit marks dropped, the query sorted.
    """
    if len(href) > LONGEST:
        return None
    if href.startswith("/") and base and _SAFE_PATH.fullmatch(href):
        return origin(base) + href
    plain = _SAFE_URL.fullmatch(href)
    if plain and (plain[2] is None or _SAFE_PATH.fullmatch(plain[2])):
        return plain[1] + (plain[2] or "/")
    return _canonical(href, base)


@lru_cache(maxsize=16_384)
def _canonical(href: str, base: str) -> str | None:
    href = _SPACE.sub("", href.strip())
    if href.rstrip("/").lower() in ("http:", "https:"):
        return None
    try:
        parts = urlsplit(urljoin(base, href))
        port, name = parts.port, parts.hostname
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not name or parts.username is not None:
        return None
    host = ascii_host(name)
    if host is None:
        return None
    if port is not None and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    path = _path(_PATH_SESSION.sub("", parts.path))
    query = _query(parts.query)
    whole = f"{parts.scheme}://{host}{path}{'?' + query if query else ''}"
    return whole if len(whole) <= LONGEST else None


@lru_cache(maxsize=4096)
def ascii_host(name: str) -> str | None:
    """Return a host's name in lower case and ASCII (IDNA 2008, UTS 46); None if it cannot be one."""
    name = name.rstrip(".").lower()
    if ":" in name:
        return f"[{name}]"
    if not name or len(name) > 253:
        return None
    if name.isascii():
        return name if re.fullmatch(r"[a-z0-9_.-]+", name) else None
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return None


def _path(path: str) -> str:
    path = quote(_unescape(path), safe="/%:@!$&'()*+,;=~")
    out: list[str] = []
    pieces = path.split("/")[1:]
    for place, piece in enumerate(pieces):
        last = place == len(pieces) - 1
        if piece == "..":
            out = out[:-1]
        elif piece != ".":
            out.append(piece)
            continue
        if last:
            out.append("")
    return "/" + "/".join(out)


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else f"%{match[1].upper()}"

    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", _ESCAPE.sub(one, text))


def _query(query: str) -> str:
    if not query:
        return ""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="strict")
    except ValueError:  # escapes of another charset: kept as they stand
        return "&".join(sorted(part for part in query.split("&") if part and not _is_session(part.split("=")[0])))
    kept = sorted((name, value) for name, value in pairs if not _is_session(name))
    bare = {part for part in query.split("&") if "=" not in part}
    return "&".join(
        quote_plus(name) if not value and name in bare else f"{quote_plus(name)}={quote_plus(value, safe='/:,')}"
        for name, value in kept
    )


def _is_session(name: str) -> bool:
    name = name.lower()
    return name in SESSION or name.startswith("aspsessionid")


def origin(url: str) -> str:
    """Return scheme and host of an address in canonical form: ``https://www.x.gov.cn``."""
    return url[: url.index("/", url.index("://") + 3)]


def host_of(url: str) -> str:
    """Return the host of an address in canonical form, without its port."""
    name = origin(url).partition("://")[2]
    return name.rpartition(":")[0] if ":" in name and not name.endswith("]") else name


def same_site(url: str, hosts: Collection[str]) -> bool:
    """Say whether a page lies on one of ``hosts``; an entry with a leading dot stands for a domain and all below it.

    ``www.x.gov.cn`` and ``x.gov.cn`` are one site.
    """
    host = host_of(url)
    bare = host.removeprefix("www.")
    for entry in hosts:
        if entry.startswith("."):
            if host.endswith(entry) or host == entry[1:]:
                return True
        elif entry.removeprefix("www.") == bare:
            return True
    return False


def pattern(url: str) -> str:
    """Return the pattern of an address: each run of digits as ``N``, values of the query dropped."""
    head, _, query = url.partition("?")
    head = _DIGITS.sub("N", head.partition("://")[2])
    if not query:
        return head
    return f"{head}?{'&'.join(sorted({_DIGITS.sub('N', part.partition('=')[0]) for part in query.split('&')}))}"


def winding(url: str) -> bool:
    """Say whether a path repeats itself as only a trap's does."""
    pieces = [piece for piece in url.partition("://")[2].partition("?")[0].split("/")[1:] if piece]
    return len(pieces) > REPEATS and max(Counter(pieces).values()) > REPEATS


def quota(pattern_of_url: str, plain: int, with_query: int) -> int:
    """Return how many pages of a pattern are believed: lists and calendars with a query are traps sooner."""
    return with_query if "?" in pattern_of_url else plain
