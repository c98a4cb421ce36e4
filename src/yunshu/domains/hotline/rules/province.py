"""What city and province tell each other of a ticket: which step goes up as which letter, what a letter's kind is called.

The field set is recalled, not confirmed (no exchange specification of the provincial platform was found): ``data/province.toml``
maps it and says so.
"""

from collections.abc import Mapping

from yunshu.domains.hotline.rules import life
from yunshu.lib.kernel.labels import label

CITY, PROVINCE = "city", "province"
MOST_TRIES = 12
"""Failed tries of a letter, while others pass, after which a person must look at it; ours."""

UPGRADE, PROGRESS, OBJECTION = "ticket.upgrade", "ticket.progress", "ticket.objection"
EXTENSION, REPLY, CLOSED = "ticket.extension", "ticket.reply", "ticket.closed"
TOLD: Mapping[str, str] = {
    "accept": PROGRESS,
    "dispatch": PROGRESS,
    "redispatch": PROGRESS,
    "sign": PROGRESS,
    "recall": PROGRESS,
    "take_back": PROGRESS,
    "uphold": PROGRESS,
    "grant_extension": PROGRESS,
    "deny_extension": PROGRESS,
    "grant_pause": PROGRESS,
    "resume": PROGRESS,
    "end_pause": PROGRESS,
    "fail": PROGRESS,
    "rework": PROGRESS,
    "rework_desk": PROGRESS,
    "reopen": PROGRESS,
    "withdraw": CLOSED,
    "reject": OBJECTION,
    "ask_extension": EXTENSION,
    "pass": REPLY,
    "gather": REPLY,
    "answer": CLOSED,
    "confirm": CLOSED,
}
"""Which step of a ticket from the province goes up, and as what. A unit's objection is the city's own affair: only 不予受理 goes up."""

KIND_NAMES = {
    "ticket.assign": label("转办工单"),
    "ticket.chase": label("催办"),
    "ticket.supplement": label("补充情况"),
    "ticket.rework": label("要求重办"),
    "ticket.decision": label("对申请的决定"),
    "ticket.accepted": label("受理上报工单"),
    "ticket.answer": label("答复上报工单"),
    "ticket.return": label("退回上报工单"),
    UPGRADE: label("上报工单"),
    PROGRESS: label("办理进展"),
    OBJECTION: label("退单申请"),
    EXTENSION: label("延期申请"),
    REPLY: label("答复"),
    CLOSED: label("办结"),
}
FIELD_NAMES = {
    "number": label("市工单号"),
    "upper_number": label("省工单号"),
    "version": label("版次"),
    "title": label("标题"),
    "content": label("诉求内容"),
    "kind": label("诉求类型"),
    "urgency": label("紧急程度"),
    "category": label("诉求分类"),
    "channel": label("来源渠道"),
    "division": label("行政区划代码"),
    "street": label("镇街"),
    "address": label("地址"),
    "secret": label("身份保密"),
    "received_at": label("收到时间"),
    "due_at": label("办理时限"),
    "verb": label("动作"),
    "state": label("状态"),
    "unit": label("承办单位"),
    "at": label("时间"),
    "words": label("意见"),
    "answer": label("答复内容"),
    "about": label("申请事项"),
    "granted": label("是否同意"),
    "solved": label("是否解决"),
    "result_score": label("结果满意度"),
    "reworks": label("重办次数"),
}
"""What a letter's fields are called on its page."""
PERSON = ("name", "phone")
"""What of a letter names its caller: never kept in the clear with the letter."""

REWORK_VERBS: Mapping[str, str] = {life.CALLBACK: "rework_desk", life.CLOSED: "reopen"}
"""By which step a ticket is done again at the province's word."""
