"""Digests of what is frozen: SHA-256 over canonical JSON, the same facts give the same digest."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from yunshu.domains.inspection.rules.formulas import plain
from yunshu.domains.inspection.rules.schemes import Written


def digest_of(facts: Any) -> str:
    """Return the digest of JSON values; decimals count by their value, not by how they are written."""
    text = json.dumps(_plain(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def version_digest(rows: Iterable[Written]) -> str:
    """Return the digest of a scheme version: that of its indicators, in the order of their codes."""
    return digest_of(sorted((asdict(row) for row in rows), key=lambda r: str(r["code"])))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
