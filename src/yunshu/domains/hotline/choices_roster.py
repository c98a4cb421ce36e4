"""Choices of the roster and of quality checks with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class WeekState(models.TextChoices):
    """Whether a week of the roster holds."""

    DRAFT = "draft", _l("草稿")
    PUBLISHED = "published", _l("已发布")


class DutyState(models.TextChoices):
    """Whether somebody comes."""

    ON = "on", _l("在班")
    LEAVE = "leave", _l("请假")
    OFF = "off", _l("已取消")


class LeaveKind(models.TextChoices):
    """Why somebody is away."""

    ANNUAL = "annual", _l("年休假")
    SICK = "sick", _l("病假")
    TRAINING = "training", _l("培训")
    OTHER = "other", _l("其他")


class VolumeSource(models.TextChoices):
    """Where an expected number of calls comes from."""

    ENTERED = "entered", _l("手工填写")
    COUNTED = "counted", _l("按登记工单统计")


class Subject(models.TextChoices):
    """What is checked."""

    TICKET = "ticket", _l("工单登记")
    REPLY = "reply", _l("单位答复")
    CALL = "call", _l("通话")


class FormState(models.TextChoices):
    """Whether a score form may be changed, is used, or was."""

    DRAFT = "draft", _l("草稿")
    USED = "used", _l("在用")
    RETIRED = "retired", _l("已停用")


class Pick(models.TextChoices):
    """By which rule checks are drawn."""

    RANDOM = "random", _l("每人每周随机")
    LOW = "low", _l("全部低分")
    REWORKED = "reworked", _l("全部重办")


class CheckState(models.TextChoices):
    """How far a check has come."""

    WAITING = "waiting", _l("待质检")
    CHECKED = "checked", _l("已评分")
    APPEALED = "appealed", _l("申诉中")
    FINAL = "final", _l("已定")
