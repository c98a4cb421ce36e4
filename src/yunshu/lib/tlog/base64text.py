"""Base 64 (RFC 4648 section 4) and decimals, read strictly: one text for one value, or TlogError (``malformed``)."""

import re
from base64 import b64decode, b64encode
from binascii import Error

from yunshu.lib.tlog.errors import TlogError

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
LARGEST = (1 << 63) - 1


def encode(data: bytes) -> str:
    """Return ``data`` in base 64, padded."""
    return b64encode(data).decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of canonical, padded base 64."""
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, Error):
        raise TlogError("malformed", f"not base 64: {text[:60]!r}") from None
    if encode(data) != text:
        raise TlogError("malformed", f"not canonical base 64: {text[:60]!r}")
    return data


def decimal(text: str) -> int:
    """Return a number of 0 to 2**63 - 1 written in ASCII digits without leading zeros."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST:
        raise TlogError("malformed", f"not a decimal number: {text[:40]!r}")
    return int(text)
