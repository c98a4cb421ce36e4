"""Choices of the hotline's intelligence with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Suggested(models.TextChoices):
    """What the machine suggests."""

    CATEGORY = "category", _l("一级分类（学习）")
    BRANCH = "branch", _l("二、三级分类（按词语）")
    DEPARTMENT = "department", _l("承办单位")
    URGENCY = "urgency", _l("紧急程度")
    FIELDS = "fields", _l("填单")
    DUPLICATE = "duplicate", _l("可能重复")
    SUMMARY = "summary", _l("摘要")
    REPLY = "reply", _l("答复检查")


class Outcome(models.TextChoices):
    """What people did with a suggestion."""

    SHOWN = "shown", _l("看到")
    ACCEPTED = "accepted", _l("采用")
    CORRECTED = "corrected", _l("改为其他")


class HotspotState(models.TextChoices):
    """How a hotspot stands."""

    OPEN = "open", _l("待处理")
    MERGED = "merged", _l("已并案")
    DISMISSED = "dismissed", _l("已排除")


class DismissReason(models.TextChoices):
    """Why a hotspot is none; the first two teach the threshold of its topic."""

    NOT_SAME = "not_same", _l("不是同一件事")
    USUAL = "usual", _l("日常数量，不需预警")
    KNOWN = "known", _l("已知并在处理")
