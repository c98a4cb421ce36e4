"""What other domains receive from the ledger, and who may do what here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

LEDGER_VIEW = declare("ledger.view", label("查看存证账本"))
LEDGER_OPEN = declare("ledger.open", label("调阅存证原文"))
LEDGER_OPERATE = declare("ledger.operate", label("维护账本成员与密钥"))
LEDGER_DESTROY = declare("ledger.destroy", label("依法销毁存证原文"))


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
    destroyed: bool
