"""Choices of the hotline's figures with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Form(models.TextChoices):
    """How an indicator is computed."""

    SHARE = "share", _l("分子 ÷ 分母")
    REST = "rest", _l("1 − 分子 ÷ 分母")
    COUNT = "count", _l("件数")
    MEAN = "mean", _l("平均秒数")


class Better(models.TextChoices):
    """Which way an indicator is better."""

    HIGHER = "higher", _l("越高越好")
    LOWER = "lower", _l("越低越好")
    NEITHER = "neither", _l("不评优劣")


class Dimension(models.TextChoices):
    """By what figures are set side by side."""

    UNIT = "unit", _l("承办单位")
    DIVISION = "division", _l("辖区")
    CATEGORY = "category", _l("诉求分类")
    CHANNEL = "channel", _l("来源渠道")
    KIND = "kind", _l("诉求类型")
    QUEUE = "queue", _l("话务队列")


class Listed(models.TextChoices):
    """What stands in the list behind a count."""

    TICKETS = "tickets", _l("工单")
    CALLS = "calls", _l("通话记录")
    MISSED = "missed", _l("来电回拨")
    ARTICLES = "articles", _l("知识条目")


class Grade(models.TextChoices):
    """What a unit's figure is, against the rule; no places (国办函〔2025〕66号: 不追求排名)."""

    GOOD = "good", _l("优良")
    FAIR = "fair", _l("达标")
    POOR = "poor", _l("待改进")
    FEW = "few", _l("件数少，不分档")


class ReportKind(models.TextChoices):
    """Which report."""

    DAILY = "daily", _l("日报")
    WEEKLY = "weekly", _l("周报")
    MONTHLY = "monthly", _l("月报")
    SPECIAL = "special", _l("专题")


class ReportState(models.TextChoices):
    """How far a report is."""

    WAITING = "waiting", _l("等待生成")
    MAKING = "making", _l("正在生成")
    READY = "ready", _l("已生成")
