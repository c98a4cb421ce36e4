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
PLATFORM_VIEW = declare("operations.platform.view", label("查看平台总览与请求路径"))
BACKUP_VIEW = declare("operations.backup.view", label("查看备份"))
ASSET_VIEW = declare("operations.asset.view", label("查看资产"))
ASSET_EDIT = declare("operations.asset.edit", label("登记、变动和盘点资产"))
CAMPAIGN_VIEW = declare("operations.campaign.view", label("查看终端替代"))
CAMPAIGN_EDIT = declare("operations.campaign.edit", label("推进终端替代"))
CAMPAIGN_APPROVE = declare("operations.campaign.approve", label("审批基数变更与替代例外、认定完成"))
TERMINAL_SIGN = declare("operations.terminal.sign", label("为本单位签收办公终端"))
TEST_VIEW = declare("operations.test.view", label("查看系统测试"))
TEST_EDIT = declare("operations.test.edit", label("编制和执行系统测试"))
TEST_APPROVE = declare("operations.test.approve", label("接受缺陷、签认系统测试"))
TRAINING_VIEW = declare("operations.training.view", label("查看培训"))
TRAINING_EDIT = declare("operations.training.edit", label("组织和确认培训"))

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
    ASSET = "asset"
    STOCKTAKE = "stocktake"
    CAMPAIGN = "campaign"
    BASE_CHANGE = "base_change"
    TERMINAL = "terminal"
    HANDOVER = "handover"
    EXCEPTION = "exception"
    CLAIM = "claim"
    TEST = "test"
    TRAINING = "training"


PROVEN_NAMES = {
    Proven.TARGET: label("监测对象"),
    Proven.SAMPLES: label("监测样本日档"),
    Proven.INCIDENT: label("故障单"),
    Proven.INCIDENT_STEP: label("故障处置"),
    Proven.CHANGE: label("变更窗口"),
    Proven.PROBLEM: label("问题单"),
    Proven.DUTY: label("值班与换班"),
    Proven.PENALTY: label("服务扣款"),
    Proven.ASSET: label("资产变动"),
    Proven.STOCKTAKE: label("资产盘点报告"),
    Proven.CAMPAIGN: label("替代任务基数"),
    Proven.BASE_CHANGE: label("基数变更"),
    Proven.TERMINAL: label("终端替代步骤"),
    Proven.HANDOVER: label("终端签收单"),
    Proven.EXCEPTION: label("替代例外"),
    Proven.CLAIM: label("替代完成认定"),
    Proven.TEST: label("系统测试"),
    Proven.TRAINING: label("培训"),
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
