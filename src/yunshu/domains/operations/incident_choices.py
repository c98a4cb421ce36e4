"""Choices of incidents, changes, duty and service clauses with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Priority(models.TextChoices):
    """How much is at stake; P1 is the gravest."""

    P1 = "P1", _l("P1 特别重大")
    P2 = "P2", _l("P2 重大")
    P3 = "P3", _l("P3 较大")
    P4 = "P4", _l("P4 一般")


class Origin(models.TextChoices):
    """Where an incident came from."""

    PERSON = "person", _l("人员报告")
    PROBE = "probe", _l("监测发现")
    HOTLINE = "hotline", _l("热线转来")


class Promised(models.TextChoices):
    """Which clock a promise is about."""

    RESPOND = "respond", _l("响应")
    RESTORE = "restore", _l("恢复")
    CLOSE = "close", _l("关闭")


class HoursKind(models.TextChoices):
    """What counts as service time."""

    ALWAYS = "always", _l("全天候（7×24）")
    WORKING = "working", _l("工作时间（含调休）")
    DUTY = "duty", _l("工作时间加值班日")


class StandKind(models.TextChoices):
    """Why clocks stand still."""

    SUSPENDED = "suspended", _l("已批准挂起")
    CONFIRMING = "confirming", _l("等待使用单位确认")
    CLOSED = "closed", _l("已关闭")


class PauseGround(models.TextChoices):
    """Why a suspension is asked for."""

    USER = "user", _l("等待使用单位配合")
    PARTS = "parts", _l("等待备件")
    THIRD = "third", _l("等待第三方")
    FORCE = "force", _l("不可抗力")
    OTHER = "other", _l("其他")


class CauseKind(models.TextChoices):
    """What broke."""

    POWER = "power", _l("供电")
    LINE = "line", _l("线路")
    HARDWARE = "hardware", _l("硬件")
    SOFTWARE = "software", _l("软件")
    CONFIG = "config", _l("配置或变更")
    SECURITY = "security", _l("安全事件")
    HUMAN = "human", _l("人为操作")
    OUTSIDE = "outside", _l("外部服务")
    UNKNOWN = "unknown", _l("未查明")


class Tier(models.TextChoices):
    """Who is called first, and who next."""

    FIRST = "first", _l("一线值班")
    SECOND = "second", _l("二线值班")
    LEADER = "leader", _l("带班领导")


class Risk(models.TextChoices):
    """How much a change may break."""

    LOW = "low", _l("低")
    MEDIUM = "medium", _l("中")
    HIGH = "high", _l("高")


class ProblemState(models.TextChoices):
    """How far a problem is understood."""

    OPEN = "open", _l("排查中")
    KNOWN = "known", _l("已知错误")
    SOLVED = "solved", _l("已根除")


class ClauseMetric(models.TextChoices):
    """What a service clause counts."""

    LATE_RESPONSE = "late_response", _l("响应超时（次）")
    LATE_RESTORE = "late_restore", _l("恢复超时（次）")
    LATE_RESTORE_HOURS = "late_restore_hours", _l("恢复超时（小时）")
    DOWNTIME_HOURS = "downtime_hours", _l("当月中断（小时）")


class ClauseBase(models.TextChoices):
    """What a deduction is reckoned from."""

    YUAN = "yuan", _l("每单位扣款（元）")
    PERCENT = "percent", _l("每单位扣当月服务费（%）")


class PenaltyState(models.TextChoices):
    """Whether a deduction stands."""

    PROPOSED = "proposed", _l("待确认")
    CONFIRMED = "confirmed", _l("已确认")
    WAIVED = "waived", _l("不予扣款")
