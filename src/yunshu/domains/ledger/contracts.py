"""What other domains receive from the ledger, and who may do what here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

LEDGER_VIEW = declare("ledger.view", label("查看存证账本"))
LEDGER_OPEN = declare("ledger.open", label("调阅存证原文"))
LEDGER_OPERATE = declare("ledger.operate", label("维护账本成员与密钥"))
LEDGER_DESTROY = declare("ledger.destroy", label("依法销毁存证原文"))


_KINDS: dict[str, str] = {}


def declare_kind(code: str, name: str) -> str:
    """Name a kind of record for the pages; return its code. A kind without a name is shown by its code."""
    if _KINDS.setdefault(code, name) != name:
        raise ValueError(f"the kind {code} has two names")
    return code


def kind_name(code: str) -> str:
    """Return the name of a kind, to be translated by whoever shows it."""
    return _KINDS.get(code, code)


OPENED = declare_kind("ledger.record.opened", label("调阅原文"))
DESTROYED = declare_kind("ledger.record.destroyed", label("销毁原文"))
DEMO = declare_kind("ledger.demo", label("演示"))


class State(StrEnum):
    """How far a record has come."""

    RECORDED = "recorded"
    ORDERED = "ordered"
    FINAL = "final"
    ALARM = "alarm"


@dataclass(frozen=True)
class Evidence:
    """One record as a domain's page shows it in its 证据 panel."""

    number: str
    kind: str
    subject: str
    by: str
    recorded_at: datetime
    state: State
    leaf_index: int | None
    final_at: datetime | None
    payload: Mapping[str, Any] | None
    """What was recorded; None once it is destroyed by law."""


@dataclass(frozen=True)
class Cosigner:
    """A member whose signature under a record's head was checked, and the time it states by its own clock."""

    title: str
    at: datetime


@dataclass(frozen=True)
class PublicRecord:
    """That a record stands in the ledger, and since when; not what it says."""

    number: str
    recorded_at: datetime
    state: State
    leaf_index: int | None
    final_at: datetime | None
    cosigners: tuple[Cosigner, ...]


@dataclass(frozen=True)
class PublicMember:
    """One organisation that keeps the ledger; ``counts``: its signature counts to the quorum (else it is a witness)."""

    name: str
    title: str
    answers: bool
    stopped: bool
    size: int
    counts: bool


@dataclass(frozen=True)
class PublicBlock:
    """A block's number, the ledger's size after it, and its two heads (base64)."""

    number: int
    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True)
class PublicLedger:
    """The ledger as anybody may see it. ``agree``: members of one size have one head; None with fewer than two heard."""

    name: str
    size: int
    members: tuple[PublicMember, ...]
    quorum: int
    agree: bool | None
    blocks: tuple[PublicBlock, ...]
