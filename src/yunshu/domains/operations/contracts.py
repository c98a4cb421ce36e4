"""What operations shows others, as plain values: its rights, what it proves, its choices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yunshu.domains.ledger.contracts import declare_kind
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

TARGET_VIEW = declare("operations.target.view", label("查看运行监测"))
TARGET_EDIT = declare("operations.target.edit", label("维护监测对象"))
INCIDENT_REPORT = declare("operations.incident.report", label("报告故障"))
INCIDENT_HANDLE = declare("operations.incident.handle", label("处置故障"))
INCIDENT_CONFIRM = declare("operations.incident.confirm", label("确认故障恢复"))
INCIDENT_APPROVE = declare("operations.incident.approve", label("审批故障挂起"))
CHANGE_EDIT = declare("operations.change.edit", label("申请变更窗口"))
CHANGE_APPROVE = declare("operations.change.approve", label("审批变更窗口"))
CONFIGURE = declare("operations.configure", label("维护值班、服务级别与合同条款"))

PROOF_KIND = "operations."
"""How every kind of ledger record of this domain begins."""


class Proven(StrEnum):
    """What of operations is proven by the ledger."""

    TARGET = "target"
    SAMPLES = "samples"
    INCIDENT = "incident"
    INCIDENT_STEP = "incident_step"
    CHANGE = "change"
    PROBLEM = "problem"
    DUTY = "duty"
    PENALTY = "penalty"


PROVEN_NAMES = {
    Proven.TARGET: label("监测对象"),
    Proven.SAMPLES: label("监测样本日档"),
    Proven.INCIDENT: label("故障单"),
    Proven.INCIDENT_STEP: label("故障处置"),
    Proven.CHANGE: label("变更窗口"),
    Proven.PROBLEM: label("问题单"),
    Proven.DUTY: label("值班与换班"),
    Proven.PENALTY: label("服务扣款"),
}
for _proven, _name in PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_proven.value}", _name)


@dataclass(frozen=True, kw_only=True)
class IncidentCard:
    """An incident as other domains see it."""

    number: str
    title: str
    stage: str
    priority: str
    opened_at: datetime
    responded_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
