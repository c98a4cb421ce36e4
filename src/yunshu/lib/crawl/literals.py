"""Object literals out of a page's scripts: found by matching braces, read more tolerantly than JSON."""

import json
import re
from typing import Any

LONGEST = 4 << 20
"""How many characters a literal may have."""
_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
      |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)
      |(?P<mark>[{}\[\],:])
      |(?P<word>[^\s{}\[\],:"'`]+(?:\([^()]*\))?)""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def assigned(html: str, name: str) -> Any:
    """Return the object or list that a script assigns to ``name`` (``window._CONFIG``); None if there is none.

    Read are: keys without quotes, single quotes, comments, trailing commas; what is no value (a call, a variable) is None.
    """
    for match in re.finditer(rf"{re.escape(name)}\s*=\s*(?=[{{\[])", html):
        found = literal(html, match.end())
        if found is not None:
            return found
    return None


def literal(source: str, start: int) -> Any:
    """Return the literal that begins at ``start``; None if its braces do not match or it cannot be read."""
    out: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(source, start, start + LONGEST):
        kind, piece = match.lastgroup, match[0]
        if kind == "mark" and piece in "}]" and out and out[-1] == ",":
            out.pop()
        if kind != "blank":
            out.append(_json(kind or "", piece, is_key=_is_key(source, match.end(), out)))
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(piece, 0) if kind == "mark" else 0
        if depth == 0:
            break
    if depth:
        return None
    try:
        return json.loads("".join(out))
    except ValueError:
        return None


def _is_key(source: str, end: int, out: list[str]) -> bool:
    return bool(out) and out[-1] in "{," and source[end : end + 20].lstrip().startswith(":")


def _json(kind: str, token: str, *, is_key: bool) -> str:
    if kind == "mark":
        return token
    if kind == "text":
        return json.dumps(_ESCAPE.sub(_unescaped, token[1:-1]))
    if is_key:
        return json.dumps(token)
    return token if token in ("true", "false", "null") or _NUMBER.fullmatch(token) else "null"


def _unescaped(match: re.Match[str]) -> str:
    token = match[1]
    if len(token) > 1:
        return chr(int(token[1:], 16))
    return _ESCAPED.get(token, token)
