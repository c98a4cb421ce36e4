"""What a kind of notice is, and how it may reach a person."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class NoticeKind:
    """One kind. ``mandatory`` kinds always reach the inbox; others a person may switch off."""

    code: str
    name: Any
    help: Any
    mandatory: bool = False


@dataclass(frozen=True, kw_only=True)
class NoticeSpec:
    """What to tell. ``once`` makes a notice the same one however often it is sent to the same person."""

    kind: str
    title: str
    body: str = ""
    url: str = ""
    once: str
