"""What the hotline shows others, as plain values: its rights, what it proves, a ticket's card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from yunshu.domains.directory.contracts import declare_look
from yunshu.domains.ledger.contracts import declare_kind
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

TICKET_VIEW = declare("hotline.ticket.view", label("查看热线工单"))
TICKET_REGISTER = declare("hotline.ticket.register", label("登记、受理和直接答复工单"))
TICKET_DISPATCH = declare("hotline.ticket.dispatch", label("派单，审核退单、延期和挂起"))
TICKET_HANDLE = declare("hotline.ticket.handle", label("承办工单"))
TICKET_REVIEW = declare("hotline.ticket.review", label("审核工单答复"))
TICKET_CALL_BACK = declare("hotline.ticket.call_back", label("回访诉求人"))
TICKET_MANAGE = declare("hotline.ticket.manage", label("督办、会办、上报和归档工单"))
IDENTITY_APPROVE = declare("hotline.identity.approve", label("审批查看密封的诉求人身份"))
KB_DRAFT = declare("hotline.kb.draft", label("采编知识条目，处理知识任务"))
KB_CHECK = declare("hotline.kb.check", label("初审本单位的知识条目"))
KB_APPROVE = declare("hotline.kb.approve", label("终审、发布、下架知识条目，指派知识任务"))
SMART_MANAGE = declare("hotline.smart.manage", label("启用和停用热线智能模型"))
CONFIGURE = declare("hotline.configure", label("维护派单目录、时限和热线名录"))
PHONE_ANSWER = declare("hotline.phone.answer", label("接听热线电话，话后办结，回拨来电"))
PHONE_SUPERVISE = declare("hotline.phone.supervise", label("话务班长：看板、座席技能、查看号码"))
RECORDING_LISTEN = declare("hotline.recording.listen", label("调听通话录音"))
ROSTER_MANAGE = declare("hotline.roster.manage", label("热线排班，审批请假"))
QUALITY_CHECK = declare("hotline.quality.check", label("热线质检评分"))
QUALITY_MANAGE = declare("hotline.quality.manage", label("维护质检方案和评分表，裁定申诉"))
DEMAND_FILE = declare("hotline.demand.file", label("通过接口提交和查询诉求"))
FIGURES_VIEW = declare("hotline.figures.view", label("查看热线指标"))
REPORT_MAKE = declare("hotline.report.make", label("编制和下载热线报告"))
LOG_VIEW = declare("hotline.log.view", label("查看热线操作日志"))
SCREEN_VIEW = declare("hotline.screen.view", label("打开热线大屏"))
JUDGE = declare("hotline.judge", label("审批不纳入评价认定"))

DESK_RIGHTS = (TICKET_REGISTER, TICKET_DISPATCH, TICKET_REVIEW, TICKET_CALL_BACK, TICKET_MANAGE)
"""Who works at the hotline's own desk; they see every ticket of it."""
PHONE_RIGHTS = (PHONE_ANSWER, PHONE_SUPERVISE, RECORDING_LISTEN)
"""Who works at the telephones; they see the desk's calls."""
UNIT_RIGHTS = (TICKET_HANDLE, TICKET_VIEW)
"""Who works in a unit; they see what was given to it."""
KB_RIGHTS = (KB_DRAFT, KB_CHECK, KB_APPROVE)
"""Who keeps the knowledge base."""

PROOF_KIND = "hotline."
"""How every kind of ledger record of this domain begins."""

CONTACT_LOOK = declare_look("hotline.contact", label("诉求人联系方式"))
CALL_LOOK = declare_look("hotline.call.number", label("来电号码"))


class Proven(StrEnum):
    """What of the hotline is proven by the ledger."""

    TICKET = "ticket"
    STEP = "step"
    REVEAL = "reveal"
    DIRECTORY = "directory"
    ARTICLE = "article"
    LISTEN = "listen"
    QUALITY = "quality"
    MODEL = "model"
    JUDGEMENT = "judgement"
    REPORT = "report"


PROVEN_NAMES = {
    Proven.TICKET: label("热线工单"),
    Proven.STEP: label("工单办理"),
    Proven.REVEAL: label("查看密封身份"),
    Proven.DIRECTORY: label("派单目录"),
    Proven.ARTICLE: label("知识条目"),
    Proven.LISTEN: label("调听录音"),
    Proven.QUALITY: label("热线质检"),
    Proven.MODEL: label("热线智能模型"),
    Proven.JUDGEMENT: label("不纳入评价认定"),
    Proven.REPORT: label("热线报告"),
}
for _proven, _name in PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_proven.value}", _name)


@dataclass(frozen=True, kw_only=True)
class KnowledgeCard:
    """An article in force as citizens see it; nothing internal."""

    number: str
    version: int
    title: str
    summary: str
    body: str
    sources: tuple[dict[str, str], ...]
    owner_name: str
    valid_to: date | None
    updated_at: datetime
    is_imported: bool


@dataclass(frozen=True, kw_only=True)
class TicketCard:
    """A ticket as its citizen and other domains see it; no name, no telephone."""

    number: str
    title: str
    content: str
    place: str
    files: int
    kind_name: str
    state: str
    state_name: str
    unit_name: str
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    answer: str
    progress: tuple[tuple[datetime, str, str], ...]
    may_supplement: bool
    may_rate: bool
    rating: int | None


@dataclass(frozen=True, kw_only=True)
class DemandField:
    """One question of the form of a demand. ``fills``: what of a known person answers it (HTML's ``autocomplete`` names)."""

    name: str
    label: str
    type: Literal["line", "text", "choice", "boolean"] = "line"
    most: int = 100
    is_required: bool = False
    help: str = ""
    fills: str = ""


@dataclass(frozen=True, kw_only=True)
class ChannelUser:
    """Somebody another platform vouches for. ``subject`` is a keyed digest of their number there; the number itself is kept nowhere."""

    channel: str
    subject: str
    name: str = ""
    phone: str = ""
