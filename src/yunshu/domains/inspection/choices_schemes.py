"""Closed lists of schemes and assessments."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class VersionState(models.TextChoices):
    """指标版本状态."""

    DRAFT = "draft", _l("草稿")
    IN_FORCE = "in_force", _l("施行中")
    RETIRED = "retired", _l("已停用")


class Part(models.TextChoices):
    """指标类别 (国办秘函〔2019〕19号: three parts)."""

    VETO = "veto", _l("单项否决指标")
    DEDUCTION = "deduction", _l("扣分指标")
    BONUS = "bonus", _l("加分指标")


class Certainty(models.TextChoices):
    """核实情况. What was not read in an official text says so on every screen."""

    VERIFIED = "verified", _l("已核原文")
    RECALLED = "recalled", _l("未核原文")
    INFERRED = "inferred", _l("推定")


class ObjectKind(models.TextChoices):
    """适用对象."""

    PORTAL = "portal", _l("政府门户网站")
    DEPARTMENT = "department", _l("部门网站")
    SPECIAL = "special", _l("专项网站")
    ACCOUNT = "account", _l("政务新媒体")


class AssessmentKind(models.TextChoices):
    """考评周期."""

    QUARTER = "quarter", _l("季度检查")
    HALF = "half", _l("半年检查")
    YEAR = "year", _l("年度考评")
    AD_HOC = "adhoc", _l("专项检查")
    PRE = "pre", _l("预评估")


class AssessmentScope(models.TextChoices):
    """考评范围."""

    ALL = "all", _l("全部网站和账号")
    PORTAL = "portal", _l("政府门户网站")
    UNIT = "unit", _l("一个单位")


class AssessmentState(models.TextChoices):
    """考评状态."""

    DRAFT = "draft", _l("准备中")
    FROZEN = "frozen", _l("已定格")
    PUBLISHED = "published", _l("已通报")


class Grade(models.TextChoices):
    """考评结果."""

    PASS = "pass", _l("合格")
    FAIL = "fail", _l("不合格")
