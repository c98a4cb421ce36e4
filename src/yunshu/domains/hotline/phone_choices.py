"""Choices of the telephones with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Direction(models.TextChoices):
    """Who dialled."""

    IN = "in", _l("呼入")
    OUT = "out", _l("呼出")


class Outcome(models.TextChoices):
    """What became of a call."""

    WAITING = "waiting", _l("等待接听")
    TALKING = "talking", _l("通话中")
    ANSWERED = "answered", _l("已接通")
    ABANDONED = "abandoned", _l("来电未接通")
    FAILED = "failed", _l("外呼未接通")
    LOST = "lost", _l("系统中断")


RUNNING = (Outcome.WAITING.value, Outcome.TALKING.value)


class Stage(models.TextChoices):
    """What happened to a call, as its timeline says it."""

    OFFERED = "offered", _l("来电")
    DIALLED = "dialled", _l("外呼")
    QUEUED = "queued", _l("排队")
    RINGING = "ringing", _l("座席振铃")
    SCREEN_POP = "screen_pop", _l("来电弹屏")
    ANSWERED = "answered", _l("接通")
    UNANSWERED = "unanswered", _l("未应答")
    HELD = "held", _l("保持")
    RESUMED = "resumed", _l("恢复")
    TRANSFERRED = "transferred", _l("转接")
    JOINED = "joined", _l("三方加入")
    LEFT = "left", _l("退出通话")
    REQUEUED = "requeued", _l("转队列")
    ENDED = "ended", _l("结束")
    RECORDED = "recorded", _l("录音完成")
    LOST = "lost", _l("系统中断")
    SETTLED = "settled", _l("话后办结")


class Seat(models.TextChoices):
    """What an agent is doing."""

    OUT = "out", _l("未签入")
    IDLE = "idle", _l("空闲")
    RINGING = "ringing", _l("振铃")
    TALKING = "talking", _l("通话")
    WRAP_UP = "wrap_up", _l("话后处理")
    BREAK = "break", _l("小休")


class Cause(models.TextChoices):
    """Why somebody is to be called back."""

    ABANDONED = "abandoned", _l("未接通")
    LOST = "lost", _l("通话中断")


class Recall(models.TextChoices):
    """What a call back came to."""

    REACHED = "reached", _l("已接通")
    NO_ANSWER = "no_answer", _l("无人接听")
    REFUSED = "refused", _l("不愿通话")
    WRONG = "wrong", _l("空号或错号")
    CAME_BACK = "came_back", _l("本人再次来电")
    SEALED = "sealed", _l("号码已密封，经工单回访")


OPEN_RECALLS = (Recall.NO_ANSWER.value,)
"""After these the person stays on the list."""
ENDED_BY = {
    "caller": _l("对方挂机"),
    "party": _l("座席挂机"),
    "command": _l("页面挂断"),
    "failed": _l("未能接通"),
    "lost": _l("话务平台中断"),
}
REASONS = {
    "busy": _l("忙"),
    "no_answer": _l("无应答"),
    "declined": _l("拒接"),
    "unreachable": _l("话机不可达"),
    "stopped": _l("停止振铃"),
} | ENDED_BY
