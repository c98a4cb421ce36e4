"""The last net under the logs: what is called a secret, or looks like one of ours, leaves no process in words.

Nothing should log a secret in the first place; a test drives marked secrets through the doors and looks for them. This net is for
the day somebody forgets: a request's headers in an exception, a database address in a message of a driver.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

HIDDEN = "***"
_NAMED = re.compile(
    r"passw|secret|token|passphrase|authorization|cookie|api_?key|private|credential|otp", re.IGNORECASE
)
_SHAPES = (
    re.compile(r"(\bys_[0-9a-f]{8}\.)[\w-]+"),  # our keys for programs
    re.compile(r"((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(\b[a-z][a-z0-9+]*://[^\s:/@]+:)[^\s@/]+(?=@)", re.IGNORECASE),  # an address with a password
    re.compile(r"((?:password|secret|token|signature|ticket)=)[^&\s\"']+", re.IGNORECASE),
    re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|\Z)"),
)
DEEPEST = 6


def scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: hide what must not be written."""
    for name, value in event.items():
        event[name] = HIDDEN if _NAMED.search(name) and isinstance(value, str) else scrubbed(value)
    return event


def scrubbed(value: Any, depth: int = 0) -> Any:
    """Return ``value`` with secrets hidden, in lists and mappings too."""
    if isinstance(value, str):
        for shape in _SHAPES:
            value = shape.sub(rf"\1{HIDDEN}", value)
        return value
    if depth < DEEPEST and isinstance(value, Mapping):
        return {
            k: HIDDEN if isinstance(v, str) and _NAMED.search(str(k)) else scrubbed(v, depth + 1)
            for k, v in value.items()
        }
    if depth < DEEPEST and isinstance(value, list | tuple):
        return [scrubbed(each, depth + 1) for each in value]
    return value
