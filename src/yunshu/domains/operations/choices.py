"""Choices of the tables of operations with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l

CHOOSE = ("", _l("请选择"))
"""The first choice of a form in which nothing may be chosen beforehand."""


class TargetKind(models.TextChoices):
    """What is watched."""

    LINE = "line", _l("线路")
    ROOM = "room", _l("机房")
    CLOUD = "cloud", _l("政务云")
    SYSTEM = "system", _l("信息系统")
    SITE = "site", _l("网站")
    ENDPOINT = "endpoint", _l("接口")
    DNS = "dns", _l("域名解析")
    TLS = "tls", _l("证书")
    DEVICE = "device", _l("网络设备")
    UPS = "ups", _l("不间断电源")
    COOLING = "cooling", _l("机房空调")
    PART = "part", _l("本平台组件")


class TargetState(models.TextChoices):
    """Where a target is in its life."""

    PLANNED = "planned", _l("未启用")
    ACTIVE = "active", _l("监测中")
    RETIRED = "retired", _l("已停用")


class Condition(models.TextChoices):
    """What is known of a target at one moment: ``lib.availability.State`` with its Chinese names."""

    UP = "up", _l("正常")
    DEGRADED = "degraded", _l("降级")
    DOWN = "down", _l("中断")
    UNKNOWN = "unknown", _l("未知")
    MAINT = "maint", _l("维护")
    NOT_IN_SERVICE = "not_in_service", _l("未投用")


BLANK, SILENT = "blank", "silent"
NOT_JUDGED = {BLANK: _l("待补"), SILENT: _l("尚无样本")}
"""What a target is called of which no condition is known: its address is missing, or nothing was heard of it yet."""


def condition_word(value: str) -> str:
    """Return a condition, or why there is none, in a word."""
    return str(NOT_JUDGED[value] if value in NOT_JUDGED else Condition(value).label)


class Boundaries(models.TextChoices):
    """Where between two samples that differ an outage begins and ends."""

    MIDPOINT = "midpoint", _l("两次探测的中点")
    FIRST_BAD = "first_bad", _l("首个失败样本")


class CheckKind(models.TextChoices):
    """How a target is looked at: ``lib.probe``'s kinds."""

    HTTP = "http", "HTTP(S)"
    TCP = "tcp", _l("TCP 端口")
    ICMP = "icmp", "ICMP (ping)"
    DNS = "dns", "DNS"
    TLS = "tls", _l("TLS 证书")
    SNMP = "snmp", "SNMP"
    MODBUS = "modbus", "Modbus TCP"
    PUSH = "push", _l("心跳（对方上报）")
    SCRAPE = "scrape", _l("Prometheus 指标")
